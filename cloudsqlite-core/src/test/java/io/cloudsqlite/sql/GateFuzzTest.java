package io.cloudsqlite.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.Fuzz;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutations of hostile statements, and random ones: what the gate lets through stays within its database. No file appears or
 * changes, the connection keeps its settings, and SQLite runs the statement or refuses it.
 */
@Timeout(3600)
final class GateFuzzTest {

    private final SqlExecutor executor =
            SqlExecutor.guarded(new SqlLimits(500, 1 << 20, 8 << 20, Duration.ofMillis(200)));

    @TempDir
    private Path directory;

    @Test
    void whatever_the_gate_lets_through_stays_within_the_database() throws Exception {
        Path sentinel = Files.writeString(directory.resolve("other.db"), "another tenant's");
        List<String> words = words();
        try (TestDatabase db = TestDatabase.writer(directory.resolve("app.db"), executor)) {
            db.run("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, data)");
            db.run("CREATE TABLE logs (id INTEGER PRIMARY KEY, message)");
            db.commit();
            List<String> files = db.files();
            List<String> settings = db.settings();
            Fuzz.cases("statements to the gate", 300, random -> {
                String sql = statement(random, words);
                try {
                    SqlStatement statement = SqlStatement.of(sql);
                    if (executor.classify(statement) != StatementKind.VACUUM) {
                        db.execute(statement);
                    }
                } catch (CloudSqliteException e) {
                    assertThat(e.getMessage()).as(sql).doesNotContain(directory.toString());
                }
                db.rollback();
                assertThat(db.files()).as(sql).isEqualTo(files);
                assertThat(sentinel).as(sql).hasContent("another tenant's");
                assertThat(db.settings()).as(sql).isEqualTo(settings);
            });
        }
    }

    /** The pieces of every hostile statement. */
    private static List<String> words() {
        List<String> words = new ArrayList<>();
        for (String line : HostileLines.read("hostile.txt")) {
            String sql =
                    HostileLines.unescape(line.substring(line.indexOf('|') + 1).strip());
            if (sql.length() < 300) {
                try {
                    SqlTokenizer.tokenize(sql).forEach(token -> words.add(token.text()));
                } catch (CloudSqliteException e) {
                    words.add(sql);
                }
            }
        }
        return words;
    }

    private static String statement(SplittableRandom random, List<String> words) {
        List<String> lines = HostileLines.read("hostile.txt");
        String line = lines.get(random.nextInt(lines.size()));
        StringBuilder sql = new StringBuilder(
                HostileLines.unescape(line.substring(line.indexOf('|') + 1).strip()));
        for (int i = random.nextInt(4); i > 0 && sql.length() < 300; i--) {
            int at = random.nextInt(sql.length() + 1);
            switch (random.nextInt(5)) {
                case 0 -> sql.insert(at, ' ' + words.get(random.nextInt(words.size())) + ' ');
                case 1 -> sql.delete(at, Math.min(sql.length(), at + 1 + random.nextInt(8)));
                case 2 -> sql.insert(at, "'\"`[]();/**/--\n\u0000\ufeff".charAt(random.nextInt(17)));
                case 3 ->
                    sql.insert(0, new String[] {"EXPLAIN ", "WITH x AS (SELECT 1) ", ";", "/**/"}[random.nextInt(4)]);
                default -> sql.append(' ').append(words.get(random.nextInt(words.size())));
            }
        }
        return sql.toString();
    }
}
