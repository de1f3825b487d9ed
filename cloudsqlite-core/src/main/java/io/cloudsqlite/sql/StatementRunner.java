package io.cloudsqlite.sql;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.sql.JudgedStatements.Judged;
import io.cloudsqlite.sql.PreparedStatements.Prepared;
import io.cloudsqlite.time.Deadline;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/**
 * Runs the statements of one request, for both executors: bind, run, read every row, and leave the connection as it was.
 *
 * <p>It goes through prepared statements only. The driver's {@code Statement.execute} understands commands of its own,
 * {@code backup to} and {@code restore from}, that read and write any file.
 */
final class StatementRunner {

    /** What an executor lets run. */
    interface Gate {

        /** Reads the one statement of {@code sql}, and refuses by its text one that must not run. */
        Judged judge(String sql);

        /**
         * Refuses by its program a statement that must not run.
         *
         * @return how large a value it may handle, in bytes
         */
        int maxValueBytes(SQLiteConnection connection, SqlText statement, StatementWatch watch) throws SQLException;

        /** What it means that a value or the database would grow too large; empty to leave it to SQLite's words. */
        String explain(SQLiteErrorCode code);
    }

    private static final Set<String> VERBS_THAT_COUNT_ROWS = Set.of("insert", "replace", "update", "delete");
    private static final Set<String> VERBS_THAT_INSERT = Set.of("insert", "replace");

    private final PreparedStatements statements;
    private final SQLiteConnection connection;
    private final Gate gate;
    private final ResultBudget budget;
    private final Duration statementTimeout;

    StatementRunner(PreparedStatements statements, Gate gate, ResultBudget budget, Duration statementTimeout) {
        this.statements = statements;
        this.connection = (SQLiteConnection) statements.connection();
        this.gate = gate;
        this.budget = budget;
        this.statementTimeout = statementTimeout;
    }

    /** Runs the statements of {@code request} in order, up to the first that fails. */
    List<SqlResult> run(List<SqlStatement> request, Deadline deadline) throws WriteAttemptedException {
        List<SqlResult> results = new ArrayList<>(request.size());
        for (SqlStatement statement : request) {
            try {
                results.add(run(statement, deadline.orAfter(statementTimeout)));
            } catch (CloudSqliteException e) {
                if (request.size() == 1) {
                    throw e;
                }
                throw SqlErrors.at("Statement " + (results.size() + 1) + " of " + request.size() + ": ", e);
            }
        }
        return results;
    }

    private SqlResult run(SqlStatement statement, Deadline deadline) throws WriteAttemptedException {
        Judged judged = gate.judge(statement.sql());
        if (judged.kind() == StatementKind.VACUUM) {
            throw StatementRules.refused("VACUUM within a transaction");
        }
        SqlText text = judged.text();
        SqlParameters parameters = SqlParameters.of(text.tokens());
        boolean unbound = text.explained()
                && statement.positional().isEmpty()
                && statement.named().isEmpty();
        @Nullable Object[] values = unbound ? new Object[0] : parameters.valuesFrom(statement);
        try {
            return watched(text, values, deadline);
        } catch (SQLException e) {
            throw SqlErrors.translate(e);
        }
    }

    private SqlResult watched(SqlText text, @Nullable Object[] values, Deadline deadline)
            throws SQLException, WriteAttemptedException {
        try (StatementWatch watch = StatementWatch.begin(connection, deadline)) {
            boolean prepared = false;
            try {
                Prepared known = statements.take(text);
                int maxValueBytes = known == null ? gate.maxValueBytes(connection, text, watch) : known.maxValueBytes();
                if (maxValueBytes < StatementProgram.ANY_SIZE) {
                    watch.lookEvery(StatementProgram.INSTRUCTIONS_PER_LOOK_IF_COSTLY);
                }
                try (ValueLimit limit = ValueLimit.holdDownTo(maxValueBytes, connection);
                        Prepared statement =
                                known == null ? new Prepared(limit.prepare(text.text()), maxValueBytes) : known) {
                    prepared = true;
                    SqlResult result = execute(text, values, statement.statement());
                    statements.keep(text, statement);
                    return result;
                }
            } catch (SQLException e) {
                throw translate(e, watch, prepared && values.length > 0);
            }
        }
    }

    private SqlResult execute(SqlText text, @Nullable Object[] values, PreparedStatement statement)
            throws SQLException {
        for (int i = 0; i < values.length; i++) {
            bind(statement, i + 1, values[i]);
        }
        if (text.explained() || !VERBS_THAT_INSERT.contains(text.verb())) {
            return readAll(text, statement);
        }
        try (InsertedRows inserted = InsertedRows.listenOn(connection)) {
            SqlResult result = readAll(text, statement);
            return new SqlResult(result.columns(), result.rows(), result.rowsAffected(), inserted.last());
        }
    }

    private static void bind(PreparedStatement statement, int number, @Nullable Object value) throws SQLException {
        if (value == null) {
            statement.setNull(number, Types.NULL);
        } else if (value instanceof String text) {
            statement.setString(number, text);
        } else if (value instanceof byte[] blob) {
            statement.setBytes(number, blob);
        } else if (value instanceof Boolean bool) {
            statement.setLong(number, bool ? 1 : 0);
        } else if (value instanceof Double || value instanceof Float) {
            statement.setDouble(number, ((Number) value).doubleValue());
        } else {
            statement.setLong(number, ((Number) value).longValue());
        }
    }

    /** Runs the statement to its end: one with RETURNING has done all its work only when its last row has been read. */
    private SqlResult readAll(SqlText text, PreparedStatement statement) throws SQLException {
        List<String> columns = new ArrayList<>();
        List<List<@Nullable Object>> rows = new ArrayList<>();
        if (statement.execute()) {
            try (ResultSet result = statement.getResultSet()) {
                ResultSetMetaData metadata = result.getMetaData();
                for (int column = 1; column <= metadata.getColumnCount(); column++) {
                    columns.add(metadata.getColumnName(column));
                }
                while (result.next()) {
                    budget.takeRow();
                    rows.add(readRow(result, columns.size()));
                }
            }
        }
        // After any other statement, changes() is still what it was after an earlier one.
        boolean counts = !text.explained() && VERBS_THAT_COUNT_ROWS.contains(text.verb());
        long affected = counts ? connection.getDatabase().changes() : 0;
        return new SqlResult(columns, rows, affected, OptionalLong.empty());
    }

    private List<@Nullable Object> readRow(ResultSet result, int columns) throws SQLException {
        List<@Nullable Object> row = new ArrayList<>(columns);
        for (int column = 1; column <= columns; column++) {
            Object value = result.getObject(column);
            // The driver makes an Integer of what fits one, so that a column's type would depend on its values.
            row.add(value instanceof Integer integer ? Long.valueOf(integer) : value);
            budget.takeValue(row.get(column - 1));
        }
        return Collections.unmodifiableList(row);
    }

    private CloudSqliteException translate(SQLException failure, StatementWatch watch, boolean mayQuoteValues)
            throws WriteAttemptedException, SQLException {
        SQLiteErrorCode code = SqlErrors.baseCode(failure);
        if (code == SQLiteErrorCode.SQLITE_READONLY && !canWrite()) {
            throw new WriteAttemptedException(failure);
        }
        CloudSqliteException translated =
                mayQuoteValues ? SqlErrors.translateWithoutValues(failure) : SqlErrors.translate(failure);
        if (code == SQLiteErrorCode.SQLITE_INTERRUPT) {
            return watch.reason(failure).orElse(translated);
        }
        return translated instanceof SqlFailedException
                ? SqlErrors.translate(failure, translated.getMessage() + gate.explain(code))
                : translated;
    }

    private boolean canWrite() throws SQLException {
        if (connection.isReadOnly()) {
            return false;
        }
        try (PreparedStatement statement = connection.prepareStatement("PRAGMA query_only");
                ResultSet result = statement.executeQuery()) {
            return result.getInt(1) == 0;
        }
    }
}
