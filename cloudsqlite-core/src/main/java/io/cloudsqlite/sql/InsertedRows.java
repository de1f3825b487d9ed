package io.cloudsqlite.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteUpdateListener;

/**
 * Learns whether an INSERT inserted a row, and which.
 *
 * <p>{@code last_insert_rowid()} alone does not tell: after an upsert that updated, an INSERT OR IGNORE that ignored, or an
 * INSERT into a table WITHOUT ROWID it still holds the row of an earlier statement, perhaps another caller's. SQLite's
 * update hook tells of each inserted rowid, but also of those that triggers insert. What both agree on is the answer. The
 * hook costs about a microsecond a row, so it is set for INSERT only.
 */
final class InsertedRows implements SQLiteUpdateListener, AutoCloseable {

    private final SQLiteConnection connection;
    private final Map<String, Long> lastByTable = new HashMap<>();

    private InsertedRows(SQLiteConnection connection) {
        this.connection = connection;
    }

    /** Listens until it is closed. */
    static InsertedRows listenOn(SQLiteConnection connection) {
        InsertedRows rows = new InsertedRows(connection);
        connection.addUpdateListener(rows);
        return rows;
    }

    @Override
    public void onUpdate(Type type, String database, String table, long rowId) {
        if (type == Type.INSERT) {
            lastByTable.put(table, rowId);
        }
    }

    OptionalLong last() throws SQLException {
        if (lastByTable.isEmpty()) {
            return OptionalLong.empty();
        }
        long last = lastInsertRowid(connection);
        return lastByTable.containsValue(last) ? OptionalLong.of(last) : OptionalLong.empty();
    }

    private static long lastInsertRowid(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT last_insert_rowid()");
                ResultSet result = statement.executeQuery()) {
            result.next();
            return result.getLong(1);
        }
    }

    @Override
    public void close() {
        connection.removeUpdateListener(this);
    }
}
