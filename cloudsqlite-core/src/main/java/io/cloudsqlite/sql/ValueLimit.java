package io.cloudsqlite.sql;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteLimits;

/** How large a string, blob or row may be on a connection while one statement is prepared or run. */
final class ValueLimit implements AutoCloseable {

    private static final int LENGTH = SQLiteLimits.SQLITE_LIMIT_LENGTH.getId();

    private final SQLiteConnection connection;
    private final int before;

    private ValueLimit(SQLiteConnection connection, int before) {
        this.connection = connection;
        this.before = before;
    }

    /** Holds the connection's limit down to {@code maxBytes} until it is closed; never raises it. */
    static ValueLimit holdDownTo(int maxBytes, SQLiteConnection connection) throws SQLException {
        int before = connection.getDatabase().limit(LENGTH, maxBytes);
        if (before < maxBytes) {
            connection.getDatabase().limit(LENGTH, before);
        }
        return new ValueLimit(connection, before);
    }

    /** Prepares a statement that must be run before this is closed. */
    PreparedStatement prepare(String sql) throws SQLException {
        return connection.prepareStatement(sql);
    }

    @Override
    public void close() throws SQLException {
        connection.getDatabase().limit(LENGTH, before);
    }
}
