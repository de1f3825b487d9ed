package io.cloudsqlite.sql;

import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StatementNotAllowedException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Tells whether a statement looks at a database at all: {@code SELECT 1} does not. */
public final class StatementScope {

    private StatementScope() {}

    /**
     * Whether {@code statement} needs the database of {@code connection}, or may need it. SQLite itself tells: the program of
     * a statement that looks at a database begins a transaction on it.
     */
    public static boolean needsDatabase(Connection connection, SqlStatement statement) {
        try {
            SqlText text = SqlText.parse(statement.sql());
            // Looking at a PRAGMA's program may already run it.
            return text.explained() || text.verb().equals("pragma") || beginsTransaction(connection, text);
        } catch (SQLException | SqlFailedException | StatementNotAllowedException e) {
            // Its tables are missing, or it is not SQL.
            return true;
        }
    }

    private static boolean beginsTransaction(Connection connection, SqlText text) throws SQLException {
        try (PreparedStatement explain = connection.prepareStatement("EXPLAIN " + text.text());
                ResultSet program = explain.executeQuery()) {
            while (program.next()) {
                if (program.getString("opcode").equals("Transaction")) {
                    return true;
                }
            }
            return false;
        }
    }
}
