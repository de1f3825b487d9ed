package io.cloudsqlite.sql;

import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What one statement answered.
 *
 * <p>A cell is {@code null}, a {@link Long}, a {@link Double}, a {@link String} or a {@code byte[]}: SQLite's own five
 * types, and nothing else.
 *
 * @param columns the names of the result's columns, in order and as SQLite names them, so a name may occur twice; empty
 *     for a statement that returns no rows, such as INSERT without RETURNING
 * @param rows the rows, each with one cell per column
 * @param rowsAffected how many rows the statement itself inserted, updated or deleted: SQLite's {@code changes()}, which
 *     leaves out what triggers and foreign keys do in addition; 0 for a statement of another kind
 * @param lastInsertId the rowid of the last row that this INSERT inserted; empty if it inserted none, for example because
 *     an upsert updated one, or its table has no rowids
 */
public record SqlResult(
        List<String> columns, List<List<@Nullable Object>> rows, long rowsAffected, OptionalLong lastInsertId) {

    public SqlResult {
        columns = List.copyOf(columns);
        rows = Collections.unmodifiableList(rows);
    }

    /** Whether the statement was one that returns rows, be they none: it has columns. */
    public boolean returnsRows() {
        return !columns.isEmpty();
    }

    /**
     * The only cell of a result that has one row and one column, such as that of {@code SELECT count(*)}.
     *
     * @throws IllegalStateException if it has more, or less
     */
    public @Nullable Object single() {
        if (rows.size() != 1 || columns.size() != 1) {
            throw new IllegalStateException(
                    "the result has " + rows.size() + " rows and " + columns.size() + " columns, not one of each");
        }
        return rows.get(0).get(0);
    }
}
