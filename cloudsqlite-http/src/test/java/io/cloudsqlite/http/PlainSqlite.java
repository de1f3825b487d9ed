package io.cloudsqlite.http;

import io.cloudsqlite.sql.SqlStatement;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * A SQLite database on the local disk, and the answers of the API to the same statements as they follow from SQLite's own. It
 * shares nothing with CloudSQLite but the driver. Where the API means to differ from what SQLite does by itself, this class
 * and no other allows for it:
 *
 * <ul>
 *   <li>A request is one transaction, and one that fails has changed nothing; by itself, SQLite keeps what a statement with
 *       {@code OR FAIL} did before it failed.
 *   <li>{@code rows_affected} of anything but INSERT, REPLACE, UPDATE and DELETE is 0; SQLite repeats that of the statement
 *       before.
 *   <li>{@code last_insert_id} is null unless this statement inserted a row; SQLite repeats that of a statement before.
 *   <li>An infinite number is null, for JSON has none; and bytes that are no UTF-8 in a text are as Java reads them.
 *   <li>The codes of values that are as large as an answer, and of time limits, do not occur with statements as small as
 *       these.
 * </ul>
 */
final class PlainSqlite implements AutoCloseable {

    /** A rowid that no statement here gives to a row. */
    private static final long NO_ROW = -5_555_555_555L;

    private static final Pattern VERB = Pattern.compile("^(?:WITH w\\(x\\) AS \\([^)]*\\) )?(\\w+)");

    private static final int BASE_CODE_MASK = 0xff;

    private final Connection connection;

    PlainSqlite(Path file) throws SQLException {
        connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        execute("PRAGMA synchronous = OFF");
        execute("ATTACH ':memory:' AS aside");
        execute("CREATE TABLE aside.mark (id INTEGER PRIMARY KEY)");
    }

    Connection connection() {
        return connection;
    }

    /** What one statement gave. */
    record Result(
            @Nullable List<String> columns,
            List<List<@Nullable Object>> rows,
            long rowsAffected,
            @Nullable Long lastInsertId) {}

    /** What one request gave: its results, or what it failed with. */
    record Outcome(List<Result> results, String code) {}

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private long number(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            return result.getLong(1);
        }
    }

    /** Runs the statements of one request. */
    Outcome run(List<SqlStatement> statements) throws SQLException {
        boolean vacuum = verb(statements.get(0)).equals("vacuum");
        if (vacuum && statements.size() == 1) {
            execute("VACUUM main");
            return new Outcome(List.of(new Result(null, List.of(), 0, null)), "OK");
        }
        List<Result> results = new ArrayList<>();
        execute("BEGIN IMMEDIATE");
        try {
            for (SqlStatement statement : statements) {
                if (verb(statement).equals("vacuum")) {
                    execute("ROLLBACK");
                    return new Outcome(List.of(), "STATEMENT_NOT_ALLOWED");
                }
                results.add(run(statement));
            }
            execute("COMMIT");
            return new Outcome(results, "OK");
        } catch (SQLiteException e) {
            rollback();
            SQLiteErrorCode base = SQLiteErrorCode.getErrorCode(e.getResultCode().code & BASE_CODE_MASK);
            return new Outcome(
                    List.of(),
                    base == SQLiteErrorCode.SQLITE_CONSTRAINT ? "SQLITE_CONSTRAINT" : "SQL_ERROR " + base.name());
        }
    }

    /** SQLite may have done so by itself. */
    private void rollback() throws SQLException {
        try {
            execute("ROLLBACK");
        } catch (SQLException e) {
            if (!String.valueOf(e.getMessage()).contains("no transaction is active")) {
                throw e;
            }
        }
    }

    private static String verb(SqlStatement statement) {
        Matcher matcher = VERB.matcher(statement.sql());
        return matcher.find() ? matcher.group(1).toLowerCase(Locale.ROOT) : "";
    }

    private Result run(SqlStatement statement) throws SQLException {
        execute("REPLACE INTO aside.mark VALUES (" + NO_ROW + ")");
        String verb = verb(statement);
        List<String> columns = null;
        List<List<@Nullable Object>> rows = new ArrayList<>();
        try (PreparedStatement prepared = connection.prepareStatement(statement.sql())) {
            bind(prepared, statement);
            if (prepared.execute()) {
                columns = new ArrayList<>();
                ResultSet result = prepared.getResultSet();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    columns.add(result.getMetaData().getColumnName(i));
                }
                while (result.next()) {
                    List<@Nullable Object> row = new ArrayList<>();
                    for (int i = 1; i <= columns.size(); i++) {
                        row.add(shown(result.getObject(i)));
                    }
                    rows.add(row);
                }
            }
        }
        boolean inserts = List.of("insert", "replace").contains(verb);
        boolean counts = inserts || List.of("update", "delete").contains(verb);
        long rowsAffected = counts ? number("SELECT changes()") : 0;
        long last = number("SELECT last_insert_rowid()");
        return new Result(columns, rows, rowsAffected, inserts && last != NO_ROW ? (Long) last : null);
    }

    /** A statement of a {@code RandomSql} has each name once, in the order of the values. */
    private static void bind(PreparedStatement prepared, SqlStatement statement) throws SQLException {
        List<@Nullable Object> values = new ArrayList<>(statement.positional());
        values.addAll(statement.named().values());
        for (int i = 0; i < values.size(); i++) {
            Object value = values.get(i);
            prepared.setObject(i + 1, value instanceof Boolean bool ? (Object) (bool ? 1L : 0L) : value);
        }
    }

    /** A value as the API shows it. */
    private static @Nullable Object shown(@Nullable Object value) {
        if (value instanceof Integer integer) {
            return integer.longValue();
        }
        if (value instanceof Double real) {
            return Double.isFinite(real) ? real : null;
        }
        return value instanceof byte[] blob
                ? Map.of("base64", Base64.getEncoder().encodeToString(blob))
                : value;
    }

    /** All that the database holds. */
    List<String> dump() throws SQLException {
        return dump(connection);
    }

    /** All that a database holds, in SQLite's own notation of values. */
    static List<String> dump(Connection connection) throws SQLException {
        List<String> lines = new ArrayList<>();
        read(connection, "PRAGMA main.integrity_check", lines);
        read(connection, "PRAGMA main.user_version", lines);
        read(connection, "PRAGMA main.application_id", lines);
        read(connection, "PRAGMA main.page_size", lines);
        read(connection, "PRAGMA main.encoding", lines);
        read(connection, "SELECT type, name, tbl_name, sql FROM main.sqlite_schema ORDER BY 1, 2", lines);
        List<String> tables = new ArrayList<>();
        read(connection, "SELECT name FROM main.sqlite_schema WHERE type = 'table' ORDER BY 1", tables);
        for (String table : tables) {
            String name = table.substring(0, table.length() - 1);
            lines.add("-- " + name);
            List<String> columns = new ArrayList<>();
            read(
                    connection,
                    "SELECT 'quote(\"' || replace(name, '\"', '\"\"') || '\")' FROM pragma_table_xinfo('" + name + "')",
                    columns);
            String values = String.join(
                    " || ',' || ",
                    columns.stream().map(c -> c.substring(0, c.length() - 1)).toList());
            boolean hasRowid = !name.startsWith("sqlite_") && hasRowid(connection, name);
            read(
                    connection,
                    "SELECT " + values + (hasRowid ? ", rowid" : "") + " FROM main.\"" + name + "\" ORDER BY 1",
                    lines);
        }
        return lines;
    }

    private static boolean hasRowid(Connection connection, String table) throws SQLException {
        List<String> found = new ArrayList<>();
        read(connection, "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = '" + table + "'", found);
        return found.equals(List.of("0|"));
    }

    private static void read(Connection connection, String sql, List<String> lines) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                StringBuilder line = new StringBuilder();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    line.append(result.getString(i)).append('|');
                }
                lines.add(line.toString());
            }
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
