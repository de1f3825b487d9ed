package io.cloudsqlite.copy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteOpenMode;

/** Opens SQLite connections to files of the work directory, with the settings that CloudSQLite's protocol rests on. */
final class Connections {

    private Connections() {}

    /** A connection that cannot write. */
    static Connection openReader(Path file, ConnectionSetup setup) throws SQLException {
        Properties properties = baseProperties();
        properties.setProperty("open_mode", Integer.toString(SQLiteOpenMode.READONLY.flag));
        // Otherwise the driver looks at the text of each statement that it runs, for an INSERT.
        properties.setProperty(SQLiteConfig.Pragma.JDBC_GET_GENERATED_KEYS.pragmaName, "false");
        Connection connection = JDBC.createConnection(JDBC.PREFIX + file, properties);
        return configured(connection, setup);
    }

    /**
     * A connection that writes in WAL mode. It never checkpoints by itself, because the main file must stay on the durable
     * version until a commit is durable; it never syncs, because durability is the store's.
     */
    static Connection openWriter(Path file, ConnectionSetup setup) throws SQLException {
        Properties properties = baseProperties();
        // Without CREATE: a file that was taken away must not come back as an empty database.
        properties.setProperty("open_mode", Integer.toString(SQLiteOpenMode.READWRITE.flag));
        Connection connection = JDBC.createConnection(JDBC.PREFIX + file, properties);
        return configured(connection, fresh -> {
            run(fresh, "PRAGMA journal_mode=WAL");
            run(fresh, "PRAGMA wal_autocheckpoint=0");
            run(fresh, "PRAGMA synchronous=OFF");
            setup.configure(fresh);
        });
    }

    private static Properties baseProperties() {
        Properties properties = new Properties();
        properties.setProperty("enable_load_extension", "false");
        properties.setProperty("busy_timeout", "0");
        return properties;
    }

    private static Connection configured(Connection connection, ConnectionSetup setup) throws SQLException {
        boolean configured = false;
        try {
            setup.configure(connection);
            configured = true;
            return connection;
        } finally {
            if (!configured) {
                connection.close();
            }
        }
    }

    /** Runs a statement of CloudSQLite's own, whose answer does not matter. */
    static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Whether the transaction is still open that CloudSQLite began, which SQLite tells by refusing to begin another. */
    static boolean isInTransaction(Connection connection) throws SQLException {
        if (connection.isClosed() || !connection.getAutoCommit()) {
            return false;
        }
        try {
            run(connection, "BEGIN");
        } catch (SQLException e) {
            return true;
        }
        run(connection, "ROLLBACK");
        return false;
    }

    /**
     * Copies the frames of the {@code -wal} file into the main file, as far as no reader needs the pages before them.
     *
     * @return whether the main file is complete now, so that the {@code -wal} file adds nothing to it
     */
    static boolean checkpoint(Connection writer) throws SQLException {
        try (Statement statement = writer.createStatement();
                ResultSet result = statement.executeQuery("PRAGMA wal_checkpoint(PASSIVE)")) {
            result.next();
            boolean busy = result.getInt(1) != 0;
            return !busy && result.getInt(2) == result.getInt(3);
        } catch (SQLException e) {
            int code = e.getErrorCode() & 0xff;
            if (code == SQLiteErrorCode.SQLITE_LOCKED.code || code == SQLiteErrorCode.SQLITE_BUSY.code) {
                // Code that wrote with this connection has left a statement open.
                return false;
            }
            throw e;
        }
    }
}
