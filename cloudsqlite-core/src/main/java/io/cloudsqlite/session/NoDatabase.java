package io.cloudsqlite.session;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.format.Operation;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.sql.StatementScope;
import io.cloudsqlite.sql.WriteAttemptedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import org.sqlite.JDBC;

/**
 * Answers statements that need no database, such as {@code SELECT 1}, where there is none.
 *
 * <p>The first CloudSQLite's users call {@code SELECT 1 as test;} to see whether the service is there.
 */
final class NoDatabase {

    private NoDatabase() {}

    /** @throws DatabaseNotFoundException if a statement needs a database */
    static List<SqlResult> execute(
            SqlExecutor executor, DatabaseName database, List<SqlStatement> statements, Operation operation) {
        try (Connection connection = JDBC.createConnection(JDBC.PREFIX + ":memory:", new Properties())) {
            executor.configure(connection);
            for (SqlStatement statement : statements) {
                if (StatementScope.needsDatabase(connection, statement)) {
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
}
