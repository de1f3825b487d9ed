package io.cloudsqlite.session;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.format.Operation;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.sql.WriteAttemptedException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import org.sqlite.JDBC;

/**
 * Answers statements that need no database, such as {@code SELECT 1}, where there is none.
 *
 * <p>SQLite itself tells which they are: a program that looks at a database begins a transaction on it. (The first
 * CloudSQLite's users call {@code SELECT 1 as test;} to see whether it is there.)
 */
final class NoDatabase {

    private NoDatabase() {}

    /** @throws DatabaseNotFoundException if a statement needs a database */
    static List<SqlResult> execute(
            SqlExecutor executor, DatabaseName database, List<SqlStatement> statements, Operation operation) {
        try (Connection connection = JDBC.createConnection(JDBC.PREFIX + ":memory:", new Properties())) {
            executor.configure(connection);
            for (SqlStatement statement : statements) {
                if (looksAtDatabase(connection, statement)) {
                    throw new DatabaseNotFoundException(database);
                }
            }
            return executor.execute(connection, statements, operation.deadline());
        } catch (WriteAttemptedException e) {
            throw new IllegalStateException("a database in memory can be written", e);
        } catch (SQLException e) {
            throw SqlExecutor.translate(e);
        }
    }

    private static boolean looksAtDatabase(Connection connection, SqlStatement statement) {
        try (PreparedStatement explain = connection.prepareStatement("EXPLAIN " + statement.sql());
                ResultSet program = explain.executeQuery()) {
            while (program.next()) {
                if (program.getString("opcode").equals("Transaction")) {
                    return true;
                }
            }
            return false;
        } catch (SQLException e) {
            // Its tables are missing, or it is not SQL; what is certain is that there is no database to run it on.
            return true;
        }
    }
}
