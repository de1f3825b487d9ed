package io.cloudsqlite.cli.bench;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The table that all workloads use, and their statements: the same for CloudSQLite and for what it is compared with. */
final class Items {

    /** A point read by the key; the parameter is the id. */
    static final String READ = "SELECT id, name, version, payload FROM item WHERE id = ?";

    /** Changes one page; the parameter is the id. */
    static final String WRITE = "UPDATE item SET version = version + 1 WHERE id = ?";

    /** Adds a row; the parameter is its name. */
    static final String INSERT = "INSERT INTO item (name, version, payload) VALUES (?, 1, hex(randomblob(96)))";

    /** How many writes have been made: each adds 1 to the version of a row, or a row of version 1. */
    static final String COUNT_WRITES = "SELECT coalesce(sum(version), 0) FROM item";

    static final String CREATE =
            "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL, payload TEXT NOT NULL)";

    /** How many rows a transaction of the workload inserts. */
    static final int ROWS_OF_TRANSACTION = 100;

    /** With its share of a page: a little less than it is, so that databases are as large as they are said to be. */
    private static final int BYTES_OF_ROW = 216;

    /** Most of a row are random hexadecimal digits, of which LZ4 takes hardly anything off. */
    private static final String FILL = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            + " INSERT INTO item (name, version, payload) SELECT 'item ' || i, 0, hex(randomblob(96)) FROM n";

    private Items() {}

    /**
     * Makes a database of that size, or a little more.
     *
     * @return how many rows it has, whose ids are 1 and up
     */
    static int build(Path file, long sizeBytes) throws SQLException {
        int rows = Math.toIntExact(Math.max(ROWS_OF_TRANSACTION, sizeBytes / BYTES_OF_ROW));
        try (Connection connection = open(file)) {
            run(connection, "PRAGMA journal_mode=OFF");
            run(connection, "PRAGMA synchronous=OFF");
            run(connection, CREATE);
            try (PreparedStatement fill = connection.prepareStatement(FILL)) {
                fill.setInt(1, rows);
                fill.executeUpdate();
            }
        }
        return rows;
    }

    static Connection open(Path file) throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + file);
    }

    static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Reads every value of every row, as a caller would. */
    static void readAll(ResultSet rows) throws SQLException {
        int columns = rows.getMetaData().getColumnCount();
        while (rows.next()) {
            for (int column = 1; column <= columns; column++) {
                rows.getObject(column);
            }
        }
    }

    /** How many writes have been made to a database file. */
    static long countWrites(Path file) throws SQLException {
        try (Connection connection = open(file);
                Statement statement = connection.createStatement();
                ResultSet count = statement.executeQuery(COUNT_WRITES)) {
            count.next();
            return count.getLong(1);
        }
    }
}
