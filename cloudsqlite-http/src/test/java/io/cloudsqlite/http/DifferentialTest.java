package io.cloudsqlite.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.Fuzz;
import io.cloudsqlite.http.PlainSqlite.Outcome;
import io.cloudsqlite.http.PlainSqlite.Result;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.sql.RandomSql;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.InMemoryBlobStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same random SQL through the HTTP API and on a plain SQLite file: the same values, column names, counts and errors, and
 * in the end the same database. Each format has two processes that take turns, so that what one wrote the other reads. What
 * differs for a reason is in {@link PlainSqlite}.
 */
final class DifferentialTest {

    private static final int REQUESTS = 60;
    private static final int MAX_STATEMENTS = 5;

    @TempDir
    private Path directory;

    private int cases;

    @Test
    void sql_through_the_api_does_what_sqlite_does() {
        Fuzz.cases("SQL through the API and on plain SQLite", 4, this::compare);
    }

    private void compare(SplittableRandom random) throws Exception {
        // given
        Path here = Files.createDirectory(directory.resolve("case" + cases++));
        RandomSql statements = new RandomSql(random.split());
        try (PlainSqlite plain = new PlainSqlite(here.resolve("plain.db"));
                Subject log = new Subject(DatabaseFormat.LOG, here);
                Subject file = new Subject(DatabaseFormat.FILE, here)) {
            run(
                    List.of(SqlStatement.of(
                            "CREATE TABLE t0 (id INTEGER PRIMARY KEY CHECK (id < 1000000), c0, c1 TEXT)")),
                    plain,
                    log,
                    file,
                    random);
            run(List.of(SqlStatement.of("CREATE TABLE t1 (id INTEGER, c0 REAL UNIQUE)")), plain, log, file, random);

            // when
            for (int i = 0; i < REQUESTS; i++) {
                statements.learn(plain.connection());
                List<SqlStatement> request = new ArrayList<>();
                int count = random.nextInt(5) == 0 ? 1 + random.nextInt(MAX_STATEMENTS) : 1;
                for (int n = 0; n < count; n++) {
                    request.add(statements.next());
                }
                run(request, plain, log, file, random);
            }

            // then
            List<String> dump = plain.dump();
            assertThat(log.dump()).as("format log").isEqualTo(dump);
            assertThat(file.dump()).as("format file").isEqualTo(dump);
        }
    }

    private static void run(
            List<SqlStatement> request, PlainSqlite plain, Subject log, Subject file, SplittableRandom random)
            throws Exception {
        boolean asList = request.size() > 1 || random.nextInt(8) == 0;
        boolean arrays = random.nextBoolean();
        boolean vacuumInList =
                asList && request.stream().anyMatch(statement -> statement.sql().equals("VACUUM"));
        if (vacuumInList) {
            request = List.of(SqlStatement.of("SELECT 1"));
        }
        Outcome expected = plain.run(request);
        for (Subject subject : List.of(log, file)) {
            Map<String, @Nullable Object> answer = subject.post(random.nextBoolean(), body(request, asList, arrays));
            assertThat(shown(answer, asList)).as("%s -> %s", request, answer).isEqualTo(shown(expected, arrays));
        }
    }

    private static String body(List<SqlStatement> request, boolean asList, boolean arrays) {
        Map<String, @Nullable Object> body = new LinkedHashMap<>();
        if (asList) {
            body.put(
                    "statements",
                    request.stream().map(DifferentialTest::members).toList());
        } else {
            body.putAll(members(request.get(0)));
        }
        body.put("row_format", arrays ? "arrays" : "objects");
        return StrictJson.write(body);
    }

    private static Map<String, @Nullable Object> members(SqlStatement statement) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        members.put("sql_statement", statement.sql());
        if (!statement.named().isEmpty()) {
            members.put("parameters", statement.named());
        } else if (!statement.positional().isEmpty()) {
            members.put("parameters", statement.positional());
        }
        return members;
    }

    /** What of an answer follows from the SQL. */
    private static List<@Nullable Object> shown(Map<String, @Nullable Object> answer, boolean asList) {
        List<@Nullable Object> shown = new ArrayList<>();
        if (Boolean.FALSE.equals(answer.get("success"))) {
            Object sqliteCode = answer.get("sqlite_code");
            shown.add(answer.get("code") + (sqliteCode == null ? "" : " " + sqliteCode));
            return shown;
        }
        shown.add("OK");
        for (Object result : asList ? (List<?>) member(answer, "results") : List.of(answer)) {
            Map<?, ?> members = (Map<?, ?>) result;
            Map<?, ?> meta = (Map<?, ?>) member(members, "meta");
            shown.add(members.get("columns"));
            shown.add(members.get("data"));
            shown.add(meta.get("rows_affected"));
            shown.add(meta.get("last_insert_id"));
        }
        return shown;
    }

    private static Object member(Map<?, ?> members, String name) {
        Object value = members.get(name);
        assertThat(value).as(name).isNotNull();
        return value;
    }

    private static List<@Nullable Object> shown(Outcome outcome, boolean arrays) {
        List<@Nullable Object> shown = new ArrayList<>();
        shown.add(outcome.code());
        for (Result result : outcome.results()) {
            shown.add(result.columns());
            shown.add(result.columns() == null ? null : arrays ? result.rows() : objects(result));
            shown.add(result.rowsAffected());
            shown.add(result.lastInsertId());
        }
        return shown;
    }

    /** Of columns that share a name, an object has the last. */
    private static List<Map<String, @Nullable Object>> objects(Result result) {
        List<Map<String, @Nullable Object>> objects = new ArrayList<>();
        List<String> columns = result.columns();
        for (List<@Nullable Object> row : result.rows()) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            for (int i = 0; columns != null && i < columns.size(); i++) {
                object.put(columns.get(i), row.get(i));
            }
            objects.add(object);
        }
        return objects;
    }

    /** Two processes over one store. */
    private static final class Subject implements AutoCloseable {

        private final LocalApi first;
        private final LocalApi second;
        private final Path exported;

        Subject(DatabaseFormat format, Path directory) {
            InMemoryBlobStore store = new InMemoryBlobStore();
            InMemoryLockManager locks = new InMemoryLockManager();
            first = LocalApi.patient(store, locks, directory.resolve(format + "-first"), format);
            second = LocalApi.patient(store, locks, directory.resolve(format + "-second"), format);
            exported = directory.resolve(format + ".db");
        }

        Map<String, @Nullable Object> post(boolean toFirst, String json) throws IOException {
            try (HttpResponse response = (toFirst ? first : second).handle(HttpRequest.post("/sql", json))) {
                return StrictJson.readObject(response.body().stream().readAllBytes());
            }
        }

        List<String> dump() throws IOException, SQLException {
            try (HttpResponse response = first.handle(HttpRequest.of("GET", "/databases/database.db/export", ""))) {
                byte[] bytes = response.body().stream().readAllBytes();
                assertThat(response.status()).as(new String(bytes, UTF_8)).isEqualTo(200);
                Files.write(exported, bytes);
            }
            try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + exported)) {
                return PlainSqlite.dump(connection);
            }
        }

        @Override
        public void close() {
            first.close();
            second.close();
        }
    }
}
