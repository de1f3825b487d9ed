package io.cloudsqlite.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.OptionalLong;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteUpdateListener;

/**
 * Learns whether an INSERT inserted a row, and which.
 *
 * <p>{@code last_insert_rowid()} alone does not tell: after an upsert that updated, an INSERT OR IGNORE that ignored, or an
 * INSERT into a table WITHOUT ROWID it still holds the row of an earlier statement, perhaps another caller's. If it has
 * changed, a row was inserted, for SQLite takes back what triggers do to it. If it has not, then the row would have the same
 * rowid, in another table or after a DELETE; SQLite's update hook tells of that. It tells of rows that triggers insert too,
 * so it is not asked for more. The hook costs about a microsecond a row, so it is set for INSERT only.
 */
final class InsertedRows implements SQLiteUpdateListener, AutoCloseable {

    private final SQLiteConnection connection;
    private final long before;
    private boolean insertedAgain;

    private InsertedRows(SQLiteConnection connection, long before) {
        this.connection = connection;
        this.before = before;
    }

    /** Listens until it is closed. */
    static InsertedRows listenOn(SQLiteConnection connection) throws SQLException {
        InsertedRows rows = new InsertedRows(connection, lastInsertRowid(connection));
        connection.addUpdateListener(rows);
        return rows;
    }

    @Override
    public void onUpdate(Type type, String database, String table, long rowId) {
        insertedAgain |= type == Type.INSERT && rowId == before;
    }

    OptionalLong last() throws SQLException {
        long last = lastInsertRowid(connection);
        return last != before || insertedAgain ? OptionalLong.of(last) : OptionalLong.empty();
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
