package io.cloudsqlite.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.Fuzz;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.store.InMemoryBlobStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Damaged SQLite files: an import refuses them, or publishes a database that SQLite finds sound and can be worked with. */
@Timeout(3600)
final class ImportFuzzTest {

    private static final int HEADER_BYTES = 100;

    @TempDir
    private Path directory;

    @Test
    void a_damaged_file_is_refused_or_is_sound_after_all() throws Exception {
        byte[] sound = soundFile();
        try (LocalApi local = LocalApi.patient(
                new InMemoryBlobStore(), new InMemoryLockManager(), directory.resolve("work"), DatabaseFormat.LOG)) {
            Fuzz.cases("files to import", 60, random -> {
                byte[] file = damaged(random, sound);
                HttpRequest put = HttpRequest.of("PUT", "/databases/a.db", "").withBody(HttpBody.of(file));
                Reply imported = call(local, put);

                assertThat(imported.status()).as(imported.text()).isIn(200, 400);
                assertThat(imported.text()).doesNotContain(directory.toString(), "Exception", "\tat ");
                if (imported.status() == 200) {
                    assertSound(local);
                }
            });
        }
    }

    /** To evaluate this constraint would take hours, and nothing could interrupt it. */
    @Test
    @Timeout(120)
    void a_constraint_that_takes_hours_holds_nobody_up() throws Exception {
        Path file = directory.resolve("slow.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE t (a, CHECK (instr(a, substr(a, 1, 5000000) || 'b') = 0))");
            statement.execute("PRAGMA ignore_check_constraints = ON");
            statement.execute("INSERT INTO t VALUES (printf('%.*c', 10000000, 'a'))");
        }
        try (LocalApi local = LocalApi.patient(
                new InMemoryBlobStore(), new InMemoryLockManager(), directory.resolve("work"), DatabaseFormat.LOG)) {
            HttpRequest put =
                    HttpRequest.of("PUT", "/databases/a.db", "").withBody(HttpBody.of(Files.readAllBytes(file)));

            Reply imported = call(local, put);

            Reply checked = sql(local, "PRAGMA integrity_check");
            Reply altered = sql(local, "ALTER TABLE t ADD COLUMN b CHECK (b <> 1)");

            assertThat(imported.status()).as(imported.text()).isIn(200, 400);
            assertThat(checked.status()).as(checked.text()).isIn(200, 400, 404);
            assertThat(altered.status()).as(altered.text()).isIn(400, 404);
        }
    }

    private record Reply(int status, String text) {}

    private static Reply call(LocalApi local, HttpRequest request) throws IOException {
        try (HttpResponse response = local.handle(request)) {
            return new Reply(
                    response.status(), new String(response.body().stream().readAllBytes(), UTF_8));
        }
    }

    private static Reply sql(LocalApi local, String sql) throws IOException {
        return call(
                local,
                HttpRequest.post("/sql", StrictJson.write(Map.of("sql_statement", sql, "database_name", "a.db"))));
    }

    private static void assertSound(LocalApi local) throws IOException {
        Reply check = sql(local, "PRAGMA integrity_check");
        assertThat(check.text()).contains("\"data\":[{\"integrity_check\":\"ok\"}]");
        for (String statement : new String[] {
            "SELECT count(*), max(name) FROM t",
            "SELECT * FROM docs WHERE docs MATCH 'word'",
            "INSERT INTO t (name) VALUES ('more')",
            "DELETE FROM t WHERE id > 3",
            "CREATE TABLE another (a)"
        }) {
            Reply ran = sql(local, statement);
            assertThat(ran.status()).as("%s -> %s", statement, ran.text()).isIn(200, 400, 409);
            Map<String, @Nullable Object> answer =
                    StrictJson.readObject(ran.text().getBytes(UTF_8));
            assertThat(answer).as(statement).containsKey("success");
        }
    }

    private byte[] soundFile() throws SQLException, IOException {
        Path file = directory.resolve("sound.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA page_size = 1024");
            statement.execute(
                    "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, data BLOB, CHECK (id > 0))");
            statement.execute("CREATE INDEX t_name ON t (name, lower(name)) WHERE name IS NOT NULL");
            statement.execute("CREATE TABLE w (a TEXT PRIMARY KEY, b) WITHOUT ROWID");
            statement.execute("CREATE VIEW v AS SELECT name FROM t");
            statement.execute(
                    "CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT OR IGNORE INTO w VALUES (new.id, 1); END");
            statement.execute("CREATE VIRTUAL TABLE docs USING fts5(body)");
            statement.execute("INSERT INTO docs VALUES ('one word'), ('another')");
            statement.execute(
                    "INSERT INTO t (name, data) WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 60)"
                            + " SELECT 'name' || n, zeroblob(n * n) FROM r");
            statement.execute("DELETE FROM t WHERE id BETWEEN 20 AND 30");
        }
        return Files.readAllBytes(file);
    }

    private static byte[] damaged(SplittableRandom random, byte[] sound) {
        byte[] file = sound.clone();
        switch (random.nextInt(6)) {
            case 0 -> flip(random, file, 0, HEADER_BYTES);
            case 1 -> flip(random, file, HEADER_BYTES, 1024);
            case 2 -> flip(random, file, 1024, file.length);
            case 3 -> {
                int pages = file.length / 1024 + random.nextInt(3) - 1;
                return Arrays.copyOf(file, random.nextBoolean() ? random.nextInt(file.length) : pages * 1024);
            }
            case 4 -> {
                int field = random.nextInt(25) * 4;
                ByteBuffer.wrap(file).putInt(field, random.nextBoolean() ? random.nextInt() : random.nextInt(5));
            }
            default -> {
                int from = random.nextInt(file.length / 1024) * 1024;
                int to = random.nextInt(file.length / 1024) * 1024;
                System.arraycopy(sound, from, file, to, random.nextBoolean() ? 1024 : 8);
            }
        }
        return file;
    }

    private static void flip(SplittableRandom random, byte[] file, int from, int to) {
        for (int i = random.nextInt(8); i >= 0; i--) {
            file[random.nextInt(from, to)] ^= (byte) (1 << random.nextInt(8));
        }
    }
}
