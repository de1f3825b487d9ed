package io.cloudsqlite.sql;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/**
 * What SQLite runs without showing it in the program of the statement: to check a database, and to add a column to a table
 * that has rows, it evaluates the CHECK constraints, the generated columns and the indexes of tables, some of them in
 * statements of its own. Their functions are seen in the program of an INSERT into the table, which evaluates all of them.
 */
final class HiddenPrograms {

    private static final Set<String> CHECKS = Set.of("integrity_check", "quick_check", "foreign_key_check");

    private HiddenPrograms() {}

    /** Whether {@code statement} runs such programs. */
    static boolean areRunBy(SqlText statement) {
        return statement.verb().equals("alter")
                || statement.tokens().stream().anyMatch(token -> token.canBeName() && isCheck(token.name()));
    }

    private static boolean isCheck(String name) {
        String prefix = "pragma_";
        return CHECKS.contains(name.startsWith(prefix) ? name.substring(prefix.length()) : name);
    }

    /** How large a value the programs may handle that {@code statement} runs, in bytes. */
    static int maxValueBytes(SQLiteConnection connection, SqlText statement, StatementWatch watch) throws SQLException {
        // What ALTER adds is in no table yet, so the text must do.
        boolean addsCostly = statement.verb().equals("alter")
                && statement.tokens().stream()
                        .anyMatch(token -> token.canBeName() && StatementProgram.isCostly(token.name()));
        int maxBytes = addsCostly ? StatementProgram.SIZE_AT_WHICH_ALL_IS_QUICK : StatementProgram.ANY_SIZE;
        for (String table : tablesThatMentionCostlyFunctions(connection)) {
            maxBytes = Math.min(maxBytes, maxValueBytes(connection, table, watch));
        }
        return maxBytes;
    }

    /** Virtual tables are left out: they have no constraints, and to look at one could run code of its module. */
    private static List<String> tablesThatMentionCostlyFunctions(SQLiteConnection connection) throws SQLException {
        String mentions = StatementProgram.costlyFunctions().stream()
                .map(name -> "sql LIKE '%" + name.replace("_", "\\_") + "%' ESCAPE '\\'")
                .collect(Collectors.joining(" OR "));
        List<String> tables = new ArrayList<>();
        try (PreparedStatement statement =
                        connection.prepareStatement("SELECT DISTINCT tbl_name FROM main.sqlite_schema"
                                + " WHERE type IN ('table', 'index') AND rootpage > 0 AND (" + mentions + ")");
                ResultSet result = statement.executeQuery()) {
            while (result.next()) {
                tables.add(result.getString(1));
            }
        }
        return tables;
    }

    private static int maxValueBytes(SQLiteConnection connection, String table, StatementWatch watch)
            throws SQLException {
        String insert = "INSERT INTO main.\"" + table.replace("\"", "\"\"") + "\" DEFAULT VALUES";
        try (ValueLimit limit = ValueLimit.holdDownTo(StatementProgram.SIZE_AT_WHICH_ALL_IS_QUICK, connection)) {
            return StatementProgram.inspect(limit, SqlText.parse(insert), watch).maxValueBytes();
        } catch (SQLException e) {
            if (SqlErrors.baseCode(e) == SQLiteErrorCode.SQLITE_INTERRUPT) {
                throw e;
            }
            // Nobody can say what a table does that SQLite cannot insert into.
            return StatementProgram.SIZE_AT_WHICH_ALL_IS_QUICK;
        }
    }
}
