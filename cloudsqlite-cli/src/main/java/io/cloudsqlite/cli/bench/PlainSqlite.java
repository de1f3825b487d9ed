package io.cloudsqlite.cli.bench;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * The same statements on a local file by sqlite-jdbc alone, with the settings that CloudSQLite's working copies have and
 * statements that are prepared once: the limit for execution. Used by one thread.
 */
final class PlainSqlite implements AutoCloseable {

    private final Connection connection;
    private final PreparedStatement read;
    private final PreparedStatement write;
    private final PreparedStatement insert;

    PlainSqlite(Path file) throws SQLException {
        connection = Items.open(file);
        Items.run(connection, "PRAGMA journal_mode=WAL");
        Items.run(connection, "PRAGMA synchronous=OFF");
        read = connection.prepareStatement(Items.READ);
        write = connection.prepareStatement(Items.WRITE);
        insert = connection.prepareStatement(Items.INSERT);
    }

    void read(long id) throws SQLException {
        read.setLong(1, id);
        try (ResultSet rows = read.executeQuery()) {
            Items.readAll(rows);
        }
    }

    void write(long id) throws SQLException {
        write.setLong(1, id);
        write.executeUpdate();
    }

    void transaction() throws SQLException {
        connection.setAutoCommit(false);
        for (int row = 0; row < Items.ROWS_OF_TRANSACTION; row++) {
            insert.setString(1, "new item");
            insert.executeUpdate();
        }
        connection.commit();
        connection.setAutoCommit(true);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
