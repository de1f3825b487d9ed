package io.cloudsqlite.sql;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.time.Deadline;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteLimits;
import org.sqlite.core.DB;

/** Runs VACUUM, which SQLite implements with an attached database and therefore within a connection's limits. */
final class Vacuum {

    private static final int ATTACHED = SQLiteLimits.SQLITE_LIMIT_ATTACHED.getId();
    private static final int LENGTH = SQLiteLimits.SQLITE_LIMIT_LENGTH.getId();

    /** SQLite cuts what is asked for down to the largest value that it was built for. */
    private static final int LARGEST = Integer.MAX_VALUE;

    private Vacuum() {}

    /** @throws CloudSqliteException if it is stopped at the deadline, or its thread is interrupted */
    static void run(Connection connection, Deadline deadline) throws SQLException {
        DB database = ((SQLiteConnection) connection).getDatabase();
        int attached = database.limit(ATTACHED, LARGEST);
        int length = database.limit(LENGTH, LARGEST);
        try (StatementWatch watch = StatementWatch.begin(connection, deadline)) {
            execute(connection, watch);
        } finally {
            database.limit(ATTACHED, attached);
            database.limit(LENGTH, length);
        }
    }

    private static void execute(Connection connection, StatementWatch watch) throws SQLException {
        try (PreparedStatement vacuum = connection.prepareStatement("VACUUM")) {
            vacuum.execute();
        } catch (SQLException e) {
            if (SqlErrors.baseCode(e) == SQLiteErrorCode.SQLITE_INTERRUPT) {
                throw watch.reason(e).orElseGet(() -> SqlErrors.translate(e));
            }
            throw e;
        }
    }
}
