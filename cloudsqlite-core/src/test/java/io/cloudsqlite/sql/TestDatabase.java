package io.cloudsqlite.sql;

import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteLimits;
import org.sqlite.SQLiteOpenMode;

/**
 * A database in a directory of its own, and one connection to it as a working copy hands them to an executor: a reader that
 * is reused, or a writer, each in an open transaction that {@link #rollback} or {@link #commit} ends and begins anew.
 */
final class TestDatabase implements AutoCloseable {

    /** PRAGMAs that are no settings: to read them does something, or says something about the data. */
    private static final Pattern ACTS_OR_DESCRIBES_DATA = Pattern.compile(
            "(foreign_key|integrity|quick)_check|.*vacuum|optimize|shrink_memory|wal_checkpoint|.*_count|.*_list|stats"
                    + "|(data|schema|user)_version");

    private final Path file;
    private final SqlExecutor executor;
    private final boolean writes;
    private final Connection connection;

    private TestDatabase(Path file, SqlExecutor executor, boolean writes) throws SQLException {
        this.file = file;
        this.executor = executor;
        this.writes = writes;
        Properties properties = new Properties();
        if (!writes) {
            properties.setProperty("open_mode", Integer.toString(SQLiteOpenMode.READONLY.flag));
        }
        connection = JDBC.createConnection(JDBC.PREFIX + file, properties);
        if (writes) {
            run("PRAGMA journal_mode=WAL");
        }
        executor.configure(connection);
        begin();
    }

    static TestDatabase writer(Path file, SqlExecutor executor) throws SQLException {
        return new TestDatabase(file, executor, true);
    }

    static TestDatabase reader(Path file, SqlExecutor executor) throws SQLException {
        return new TestDatabase(file, executor, false);
    }

    static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(30), TimeSource.system());
    }

    Connection connection() {
        return connection;
    }

    SqlResult execute(String sql, Object... values) throws WriteAttemptedException {
        return execute(SqlStatement.of(sql, values));
    }

    SqlResult execute(SqlStatement statement) throws WriteAttemptedException {
        return executor.execute(connection, List.of(statement), soon()).get(0);
    }

    private void begin() throws SQLException {
        run(writes ? "BEGIN IMMEDIATE" : "BEGIN");
    }

    /** Undoes the transaction, which SQLite may have done itself, and begins another. */
    void rollback() throws SQLException {
        if (isInTransaction()) {
            run("ROLLBACK");
        }
        begin();
    }

    void commit() throws SQLException {
        run("COMMIT");
        begin();
    }

    boolean isInTransaction() throws SQLException {
        try {
            run("BEGIN");
        } catch (SQLException e) {
            return true;
        }
        run("ROLLBACK");
        return false;
    }

    /** Runs SQL past the executor. */
    List<String> run(String sql) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            if (statement.execute()) {
                ResultSet result = statement.getResultSet();
                while (result.next()) {
                    StringBuilder row = new StringBuilder();
                    for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                        row.append(result.getString(i)).append('|');
                    }
                    rows.add(row.toString());
                }
            }
        }
        return rows;
    }

    /** Every setting and limit of the connection, and what it has in the schema temp. */
    List<String> settings() throws SQLException {
        List<String> settings = new ArrayList<>();
        for (String row : run("PRAGMA pragma_list")) {
            String name = row.substring(0, row.length() - 1);
            if (!ACTS_OR_DESCRIBES_DATA.matcher(name).matches()) {
                settings.add(name + "=" + run("PRAGMA " + name));
            }
        }
        settings.add("max_page_count=" + run("PRAGMA max_page_count"));
        for (SQLiteLimits limit : SQLiteLimits.values()) {
            settings.add(
                    limit + "=" + ((SQLiteConnection) connection).getDatabase().limit(limit.getId(), -1));
        }
        settings.add("temp=" + run("SELECT name FROM sqlite_temp_schema"));
        settings.add("databases=" + run("PRAGMA database_list"));
        return settings;
    }

    /** The names of the files beside the database. */
    List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(file.toAbsolutePath().getParent())) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
