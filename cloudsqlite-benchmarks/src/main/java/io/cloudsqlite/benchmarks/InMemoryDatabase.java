package io.cloudsqlite.benchmarks;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.DbSession;
import io.cloudsqlite.session.Export;
import io.cloudsqlite.sql.SqlExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A database in a store in memory, and the same as a plain file, so that a session can be compared with JDBC alone. */
final class InMemoryDatabase implements AutoCloseable {

    static final int ROWS = 10_000;

    static final String READ = "SELECT id, name, version, payload FROM item WHERE id = ?";

    /** The parameters are the first id and the last. */
    static final String WRITE = "UPDATE item SET version = version + 1 WHERE id BETWEEN ? AND ?";

    /** How many rows are on a page, about. */
    static final int ROWS_OF_PAGE = 18;

    private static final DatabaseName NAME = DatabaseName.of("benchmark.db");

    private static final String CREATE =
            "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL, payload TEXT NOT NULL)";

    private static final String FILL = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
            + ROWS + ") INSERT INTO item SELECT i, 'item ' || i, 0, hex(randomblob(96)) FROM n";

    private final Path directory;
    private final CloudSqlite cloud;

    private InMemoryDatabase(Path directory, CloudSqlite cloud) {
        this.directory = directory;
        this.cloud = cloud;
    }

    static InMemoryDatabase open(SqlExecutor executor) throws IOException {
        Path directory = Files.createTempDirectory("cloudsqlite-benchmarks-");
        CloudSqlite cloud = CloudSqlite.inMemory()
                .workDirectory(directory.resolve("work"))
                .executor(executor)
                .build();
        InMemoryDatabase database = new InMemoryDatabase(directory, cloud);
        database.create();
        return database;
    }

    private void create() {
        cloud.database(NAME).write(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute(CREATE);
                return statement.executeUpdate(FILL);
            }
        });
    }

    /** Begins anew, without what has been written since. */
    void recreate() {
        cloud.delete(NAME);
        create();
    }

    DbSession session() {
        return cloud.database(NAME);
    }

    /** A connection to a copy of the database in a plain file, with the settings of a working copy. */
    Connection openPlain() throws IOException, SQLException {
        Path file = directory.resolve("plain.db");
        try (Export export = cloud.export(NAME)) {
            Files.copy(export.body(), file);
        }
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode=WAL");
            statement.execute("PRAGMA synchronous=OFF");
        }
        return connection;
    }

    /** Every value of the next row, as a caller would read them. */
    static List<Object> valuesOf(ResultSet rows) throws SQLException {
        rows.next();
        return List.of(rows.getObject(1), rows.getObject(2), rows.getObject(3), rows.getObject(4));
    }

    @Override
    public void close() throws IOException {
        cloud.close();
        List<Path> deepestFirst;
        try (Stream<Path> found = Files.walk(directory)) {
            deepestFirst = found.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.delete(path);
        }
    }
}
