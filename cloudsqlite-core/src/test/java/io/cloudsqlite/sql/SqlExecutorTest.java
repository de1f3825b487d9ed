package io.cloudsqlite.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.ConstraintViolatedException;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.ResultTooLargeException;
import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StatementNotAllowedException;
import io.cloudsqlite.StatementTimeoutException;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.TimeSource;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SqlExecutorTest {

    private static final String ENDLESS =
            "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT max(x) FROM r";

    enum Kind {
        TRUSTED,
        GUARDED;

        SqlExecutor executor() {
            return this == TRUSTED ? SqlExecutor.trusted() : SqlExecutor.guarded(SqlLimits.DEFAULT);
        }
    }

    /** Each look at the clock takes a millisecond, so that a deadline passes without waiting for it. */
    static final class TickingTime implements TimeSource {

        private final ManualTime time = new ManualTime();

        @Override
        public Instant instant() {
            return time.instant();
        }

        @Override
        public long nanoTime() {
            time.advance(Duration.ofMillis(1));
            return time.nanoTime();
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
            time.sleep(duration);
        }
    }

    @TempDir
    private Path directory;

    private TestDatabase writer(SqlExecutor executor) throws SQLException {
        return TestDatabase.writer(directory.resolve("app.db"), executor);
    }

    @ParameterizedTest
    @EnumSource
    void the_first_projects_statements_work_unchanged(Kind kind) throws Exception {
        try (TestDatabase db = writer(kind.executor())) {
            assertThat(db.execute("SELECT 1 as test;"))
                    .isEqualTo(new SqlResult(List.of("test"), List.of(List.of(1L)), 0, OptionalLong.empty()));
            assertThat(db.execute("CREATE TABLE test (id INTEGER PRIMARY KEY, name TEXT);")
                            .rowsAffected())
                    .isZero();
            assertThat(db.execute("INSERT INTO test (name) VALUES (\"Hello World\");"))
                    .isEqualTo(new SqlResult(List.of(), List.of(), 1, OptionalLong.of(1)));
            assertThat(db.execute("SELECT * FROM test;").rows()).containsExactly(List.of(1L, "Hello World"));
            db.execute("CREATE TABLE IF NOT EXISTS test_table (id INTEGER PRIMARY KEY, name TEXT,"
                    + " created_at DATETIME DEFAULT CURRENT_TIMESTAMP)");
            assertThat(db.execute("INSERT INTO test_table (name) VALUES ('Alice'), ('Bob'), ('Charlie')")
                            .rowsAffected())
                    .isEqualTo(3);
            assertThat(db.execute("UPDATE test_table SET name = 'Alice Updated' WHERE id = 1")
                            .rowsAffected())
                    .isEqualTo(1);
            db.execute("CREATE TABLE logs (message TEXT, timestamp TEXT)");
            db.execute("INSERT INTO logs (message, timestamp) VALUES ('Load test message', datetime('now'));");
        }
    }

    @ParameterizedTest
    @EnumSource
    void creating_what_exists_and_dropping_what_does_not_is_fine_if_said_so(Kind kind) throws Exception {
        try (TestDatabase db = writer(kind.executor())) {
            for (int i = 0; i < 2; i++) {
                db.execute("CREATE TABLE IF NOT EXISTS t (x)");
                db.execute("CREATE INDEX IF NOT EXISTS i ON t (x)");
                db.execute("CREATE VIEW IF NOT EXISTS v AS SELECT x FROM t");
                db.execute("DROP TABLE IF EXISTS absent");
                db.execute("DROP VIEW IF EXISTS absent");
            }
            assertThat(db.execute("SELECT count(*) FROM sqlite_schema").single())
                    .isEqualTo(3L);
        }
    }

    @ParameterizedTest
    @EnumSource
    void tables_and_columns_are_renamed_added_and_dropped(Kind kind) throws Exception {
        try (TestDatabase db = writer(kind.executor())) {
            db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, age INTEGER)");
            db.execute("CREATE VIEW adults AS SELECT name FROM t WHERE age > 17");
            db.execute("INSERT INTO t VALUES (1, 'first', 20)");

            db.execute("ALTER TABLE t RENAME TO people");
            db.execute("ALTER TABLE people RENAME COLUMN age TO years");
            db.execute("ALTER TABLE people ADD COLUMN note TEXT DEFAULT 'none'");
            db.execute("ALTER TABLE people DROP COLUMN note");

            assertThat(db.execute("SELECT * FROM people").columns()).containsExactly("id", "name", "years");
            assertThat(db.execute("SELECT * FROM adults").rows()).containsExactly(List.of("first"));
            assertThat(db.run("SELECT count(*) FROM sqlite_temp_schema")).containsExactly("0|");
        }
    }

    @ParameterizedTest
    @EnumSource
    void values_come_back_as_they_went_in(Kind kind) throws Exception {
        try (TestDatabase db = writer(kind.executor())) {
            // given
            Object[] values = {
                null,
                true,
                (byte) -1,
                (short) 2,
                3,
                Long.MIN_VALUE,
                1.5f,
                0.0,
                Double.POSITIVE_INFINITY,
                "a\0b \ud83d\ude00",
                "",
                new byte[] {0, -1},
                new byte[0],
                Double.NaN
            };

            // when
            List<Object> row = db.execute("SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?", values)
                    .rows()
                    .get(0);

            // then
            assertThat(row)
                    .containsExactly(
                            null,
                            1L,
                            -1L,
                            2L,
                            3L,
                            Long.MIN_VALUE,
                            1.5,
                            0.0,
                            Double.POSITIVE_INFINITY,
                            "a\0b \ud83d\ude00",
                            "",
                            new byte[] {0, -1},
                            new byte[0],
                            null);
            assertThat(db.execute("SELECT typeof(?), typeof(?), typeof(?), typeof(?)", 1, 1.0, "1", new byte[] {1})
                            .rows())
                    .containsExactly(List.of("integer", "real", "text", "blob"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void columns_keep_their_names_and_a_query_without_rows_has_columns(Kind kind) throws Exception {
        try (TestDatabase db = writer(kind.executor())) {
            SqlResult twice = db.execute("SELECT 1 AS a, 2 AS a");
            assertThat(twice.columns()).containsExactly("a", "a");
            assertThat(twice.rows()).containsExactly(List.of(1L, 2L));
            SqlResult none = db.execute("SELECT 1 AS a WHERE 0");
            assertThat(none.returnsRows()).isTrue();
            assertThat(none.rows()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void rows_affected_are_those_of_the_statement_itself(Kind kind) throws Exception {
        try (TestDatabase db = writer(kind.executor())) {
            db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a)");
            db.execute("CREATE TABLE audit (a)");
            db.execute("CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO audit VALUES (1), (2); END");
            assertThat(db.execute("INSERT INTO t (a) VALUES (1), (2)").rowsAffected())
                    .isEqualTo(2);
            assertThat(db.execute("SELECT * FROM t").rowsAffected()).isZero();
            assertThat(db.execute("UPDATE t SET a = 3 WHERE a = 9").rowsAffected())
                    .isZero();
            assertThat(db.execute("CREATE TABLE u AS SELECT * FROM t").rowsAffected())
                    .isZero();
            assertThat(db.execute("EXPLAIN DELETE FROM t").rowsAffected()).isZero();
            assertThat(db.execute("WITH x AS (SELECT 1) UPDATE t SET a = 3").rowsAffected())
                    .isEqualTo(2);
            assertThat(db.execute("CREATE VIRTUAL TABLE docs USING fts5(body)").rowsAffected())
                    .isZero();
            assertThat(db.execute("INSERT INTO docs VALUES ('words')"))
                    .isEqualTo(new SqlResult(List.of(), List.of(), 1, OptionalLong.of(1)));
            assertThat(db.execute("DELETE FROM t").rowsAffected()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void the_last_insert_id_is_that_of_a_row_that_this_statement_inserted(Kind kind) throws Exception {
        try (TestDatabase db = writer(kind.executor())) {
            db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE)");
            db.execute("CREATE TABLE w (id PRIMARY KEY) WITHOUT ROWID");
            db.execute("CREATE TABLE audit (a)");
            db.execute("CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO audit VALUES (1); END");
            assertThat(db.execute("INSERT INTO t VALUES (40, 'x'), (41, 'y')").lastInsertId())
                    .hasValue(41);
            assertThat(db.execute("INSERT INTO w VALUES (7)").lastInsertId()).isEmpty();
            assertThat(db.execute("INSERT OR IGNORE INTO t VALUES (50, 'x')").lastInsertId())
                    .isEmpty();
            assertThat(db.execute("INSERT INTO t VALUES (50, 'x') ON CONFLICT DO UPDATE SET a = 'z'")
                            .lastInsertId())
                    .isEmpty();
            assertThat(db.execute("UPDATE t SET a = 'u' WHERE id = 40").lastInsertId())
                    .isEmpty();
            assertThat(db.execute("SELECT 1").lastInsertId()).isEmpty();
            assertThat(db.execute("REPLACE INTO t VALUES (41, 'y')").lastInsertId())
                    .hasValue(41);
        }
    }

    @ParameterizedTest
    @EnumSource
    void rows_that_triggers_insert_into_the_same_table_do_not_hide_the_last_insert_id(Kind kind) throws Exception {
        try (TestDatabase db = writer(kind.executor())) {
            db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a)");
            db.execute("CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO t (id) VALUES (new.id + 100); END");

            assertThat(db.execute("INSERT INTO t (id) VALUES (4), (5)").lastInsertId())
                    .hasValue(5);
            assertThat(db.execute("INSERT OR IGNORE INTO t (id) VALUES (4)").lastInsertId())
                    .isEmpty();
            db.execute("DELETE FROM t");
            assertThat(db.execute("INSERT INTO t (id) VALUES (5)").lastInsertId())
                    .hasValue(5);
        }
    }

    @ParameterizedTest
    @EnumSource
    void returning_inserts_every_row_before_it_answers(Kind kind) throws Exception {
        try (TestDatabase db = writer(kind.executor())) {
            db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a)");
            SqlResult result = db.execute("INSERT INTO t (a) VALUES ('x'), ('y') RETURNING id, a");
            assertThat(result)
                    .isEqualTo(new SqlResult(
                            List.of("id", "a"), List.of(List.of(1L, "x"), List.of(2L, "y")), 2, OptionalLong.of(2)));
            assertThat(db.execute("SELECT count(*) FROM t").rows()).containsExactly(List.of(2L));
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_write_on_a_reader_is_an_attempt_and_leaves_the_reader_as_it_was(Kind kind) throws Exception {
        Path file = directory.resolve("app.db");
        try (TestDatabase writer = TestDatabase.writer(file, kind.executor())) {
            writer.execute("CREATE TABLE t (a)");
            writer.commit();
            try (TestDatabase reader = TestDatabase.reader(file, kind.executor())) {
                List<String> settings = reader.settings();
                assertThatThrownBy(() -> reader.execute("INSERT INTO t VALUES (1)"))
                        .isInstanceOf(WriteAttemptedException.class);
                assertThatThrownBy(() -> reader.execute("WITH x AS (SELECT 1) DELETE FROM t"))
                        .isInstanceOf(WriteAttemptedException.class);
                assertThat(reader.execute("SELECT * FROM t").rows()).isEmpty();
                assertThat(reader.settings()).isEqualTo(settings);
            }
            writer.run("PRAGMA query_only = ON");
            assertThatThrownBy(() -> writer.execute("INSERT INTO t VALUES (1)"))
                    .isInstanceOf(WriteAttemptedException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void failures_speak_sqlites_words_and_show_no_values(Kind kind) throws Exception {
        try (TestDatabase db = writer(kind.executor())) {
            db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a NOT NULL CHECK (a <> 'bad'), u UNIQUE)");
            db.execute("CREATE VIRTUAL TABLE docs USING fts5(body)");
            db.execute("INSERT INTO t VALUES (1, 'a', 'secret')");
            assertThatThrownBy(() -> db.execute("SELECT * FROM missing"))
                    .isInstanceOfSatisfying(
                            SqlFailedException.class,
                            e -> assertThat(e.sqliteCode()).isEqualTo("SQLITE_ERROR"))
                    .hasMessage("no such table: missing");
            assertThatThrownBy(() -> db.execute("SELECT 1 +")).hasMessage("incomplete input");
            assertThatThrownBy(() -> db.execute("INSERT INTO t (a, u) VALUES (?, ?)", "b", "secret"))
                    .isInstanceOf(ConstraintViolatedException.class)
                    .hasMessage("UNIQUE constraint failed: t.u");
            assertThatThrownBy(() -> db.execute("INSERT INTO t (a) VALUES (?)", "bad"))
                    .isInstanceOf(ConstraintViolatedException.class)
                    .hasMessage("CHECK constraint failed: a <> 'bad'");
            assertThatThrownBy(() -> db.execute("SELECT json_extract('{}', ?)", "secret"))
                    .hasMessage("bad JSON path: '...'");
            assertThatThrownBy(() -> db.execute("SELECT * FROM docs WHERE docs MATCH ?", "secret: x"))
                    .hasMessage("no such column: ...");
            assertThatThrownBy(() -> db.execute("SELECT absent, ?", "x")).hasMessage("no such column: absent");
        }
    }

    @Test
    void a_message_for_several_statements_names_the_first_that_failed() throws Exception {
        SqlExecutor executor = SqlExecutor.trusted();
        try (TestDatabase db = writer(executor)) {
            List<SqlStatement> statements = List.of(
                    SqlStatement.of("CREATE TABLE t (a UNIQUE)"),
                    SqlStatement.of("INSERT INTO t VALUES (1), (1)"),
                    SqlStatement.of("SELECT 1"));
            assertThatThrownBy(() -> executor.execute(db.connection(), statements, TestDatabase.soon()))
                    .isInstanceOf(ConstraintViolatedException.class)
                    .hasMessage("Statement 2 of 3: UNIQUE constraint failed: t.a");
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_statement_is_stopped_at_the_deadline_and_the_next_one_runs(Kind kind) throws Exception {
        SqlExecutor executor = kind.executor();
        try (TestDatabase db = writer(executor)) {
            // given
            TimeSource time = new TickingTime();
            Deadline deadline = Deadline.after(Duration.ofMillis(100), time);

            // when
            assertThatThrownBy(() -> executor.execute(db.connection(), List.of(SqlStatement.of(ENDLESS)), deadline))
                    .isInstanceOf(StatementTimeoutException.class)
                    .hasMessageContaining("was stopped after")
                    .hasMessageContaining("nothing was changed");

            // then
            assertThatThrownBy(() -> executor.execute(db.connection(), List.of(SqlStatement.of("SELECT 1")), deadline))
                    .isInstanceOf(StatementTimeoutException.class);
            db.rollback();
            assertThat(db.execute("WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r LIMIT 100000)"
                                    + " SELECT max(x) FROM r")
                            .rows())
                    .containsExactly(List.of(100_000L));
        }
    }

    @Test
    void an_interrupted_thread_stops_its_statement_and_stays_interrupted() throws Exception {
        try (TestDatabase db = writer(SqlExecutor.trusted())) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> db.execute(ENDLESS)).isInstanceOf(OperationInterruptedException.class);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void results_share_one_budget_of_rows_and_bytes() throws Exception {
        SqlExecutor executor = SqlExecutor.guarded(new SqlLimits(3, 100, 1 << 20, Duration.ofSeconds(5)));
        try (TestDatabase db = writer(executor)) {
            SqlStatement two = SqlStatement.of("VALUES (1), (2)");
            assertThat(executor.execute(db.connection(), List.of(two), TestDatabase.soon()))
                    .hasSize(1);
            assertThatThrownBy(() -> executor.execute(db.connection(), List.of(two, two), TestDatabase.soon()))
                    .isInstanceOf(ResultTooLargeException.class)
                    .hasMessageContaining("3 rows");
            assertThat(db.execute("SELECT ?", "\u00e9".repeat(50)).rows()).hasSize(1);
            assertThatThrownBy(() -> db.execute("SELECT ?", "\u00e9".repeat(51)))
                    .isInstanceOf(ResultTooLargeException.class)
                    .hasMessageContaining("100 bytes");
            assertThatThrownBy(() ->
                            db.execute("SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, 1"))
                    .isInstanceOf(ResultTooLargeException.class);
        }
    }

    @Test
    void a_full_database_says_what_to_do() throws Exception {
        SqlExecutor executor = SqlExecutor.guarded(new SqlLimits(100, 1 << 20, 1 << 16, Duration.ofSeconds(5)));
        try (TestDatabase db = writer(executor)) {
            db.execute("CREATE TABLE t (a)");
            assertThatThrownBy(() -> db.execute("INSERT INTO t VALUES (zeroblob(100000))"))
                    .isInstanceOfSatisfying(
                            SqlFailedException.class,
                            e -> assertThat(e.sqliteCode()).isEqualTo("SQLITE_FULL"))
                    .hasMessageContaining("65536 bytes")
                    .hasMessageContaining("VACUUM");
        }
    }

    @ParameterizedTest
    @EnumSource
    void vacuum_runs_outside_a_transaction_whatever_the_limits(Kind kind) throws Exception {
        SqlExecutor executor = kind.executor();
        try (TestDatabase setup = writer(SqlExecutor.trusted())) {
            setup.run("CREATE TABLE t (a)");
            setup.run("INSERT INTO t VALUES (zeroblob(6000000)), (zeroblob(5000000))");
            setup.run("DELETE FROM t WHERE length(a) = 6000000");
            setup.commit();
        }
        try (TestDatabase db = writer(executor)) {
            // given
            List<String> settings = db.settings();

            // when
            db.run("ROLLBACK");
            executor.vacuum(db.connection(), TestDatabase.soon());

            // then
            assertThat(db.settings()).isEqualTo(settings);
            assertThat(db.run("PRAGMA freelist_count")).containsExactly("0|");
            assertThatThrownBy(() -> db.execute("VACUUM")).isInstanceOf(StatementNotAllowedException.class);
        }
    }

    @Test
    void explain_needs_no_values() throws Exception {
        try (TestDatabase db = writer(SqlExecutor.guarded(SqlLimits.DEFAULT))) {
            assertThat(db.execute("EXPLAIN QUERY PLAN SELECT ?").columns()).contains("detail");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT replace('a-b', '-', '+'), instr('abc', 'c'), trim('xax', 'x'), trim(' a '), json_patch('{}', '{}')",
                "SELECT json_pretty('[1]'), printf('%5d', 3), upper('a'), group_concat(a, '-') FROM (SELECT 1 AS a)",
                "SELECT percentile_cont(a, 0.5), median(a), stdev(a), sqrt(4), strftime('%Y', 'now') FROM (SELECT 1 AS a)",
                "SELECT value, key FROM json_each('[1,2]')",
                "SELECT row_number() OVER (ORDER BY column1) FROM (VALUES (1), (2))",
                "CREATE VIEW v AS WITH RECURSIVE r(x) AS (SELECT 1 UNION SELECT x + 1 FROM r LIMIT 3) SELECT * FROM r",
                "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b GENERATED ALWAYS AS (upper(a)) STORED, CHECK (b > 0))",
                "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1)",
                "SELECT name FROM pragma_table_list",
                "PRAGMA integrity_check",
                "PRAGMA table_list",
                "PRAGMA foreign_key_check",
                "PRAGMA user_version = 12"
            })
    void what_is_harmless_runs_for_strangers(String sql) throws Exception {
        try (TestDatabase db = writer(SqlExecutor.guarded(SqlLimits.DEFAULT))) {
            assertThat(db.execute(sql).rowsAffected()).isZero();
        }
    }

    @Test
    void costly_functions_are_seen_within_triggers() throws Exception {
        try (TestDatabase db = writer(SqlExecutor.guarded(SqlLimits.DEFAULT))) {
            db.execute("CREATE TABLE t (a)");
            db.execute("CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT instr(new.a, new.a || 'b'); END");
            assertThatThrownBy(() -> db.execute("INSERT INTO t VALUES (?)", "a".repeat(1_000_000)))
                    .isInstanceOfSatisfying(
                            SqlFailedException.class,
                            e -> assertThat(e.sqliteCode()).isEqualTo("SQLITE_TOOBIG"))
                    .hasMessageContaining("instr");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER TABLE t ADD COLUMN b CHECK (instr(a, a || 'b') = 0)",
                "ALTER TABLE t ADD COLUMN b AS (instr(a, a || 'b')) NOT NULL",
                "PRAGMA integrity_check",
                "PRAGMA quick_check(t)",
                "SELECT * FROM pragma_integrity_check"
            })
    void costly_functions_are_seen_in_what_sqlite_checks_by_itself(String sql) throws Exception {
        try (TestDatabase db = writer(SqlExecutor.guarded(SqlLimits.DEFAULT))) {
            boolean adds = sql.startsWith("ALTER");
            db.execute(adds ? "CREATE TABLE t (a)" : "CREATE TABLE t (a, CHECK (instr(a, a || 'b') = 0))");
            db.run("PRAGMA ignore_check_constraints = ON");
            db.run("INSERT INTO t VALUES (printf('%.*c', 1000000, 'a'))");
            db.run("PRAGMA ignore_check_constraints = OFF");

            assertThatThrownBy(() -> db.execute(sql))
                    .isInstanceOfSatisfying(
                            SqlFailedException.class,
                            e -> assertThat(e.sqliteCode()).isEqualTo("SQLITE_TOOBIG"));
        }
    }

    @Test
    void large_values_do_not_keep_a_database_from_being_checked() throws Exception {
        try (TestDatabase db = writer(SqlExecutor.guarded(SqlLimits.DEFAULT))) {
            db.execute("CREATE TABLE t (a, b CHECK (trim(b) <> '' AND b <> 'replace'))");
            db.execute("INSERT INTO t VALUES (?, 'x')", "a".repeat(1_000_000));

            assertThat(db.execute("PRAGMA integrity_check").rows()).containsExactly(List.of("ok"));
            assertThat(db.execute("ALTER TABLE t ADD COLUMN c CHECK (c <> 1)").rows())
                    .isEmpty();
        }
    }

    /** A new version of the driver may bring functions that nobody has judged: judge them, then mend this list. */
    @Test
    void every_function_that_the_driver_adds_to_sqlite_has_been_judged() throws Exception {
        try (TestDatabase db = writer(SqlExecutor.trusted())) {
            Set<String> judged = new TreeSet<>(Arrays.asList(
                    "atn2",
                    "bm25",
                    "charindex",
                    "cot",
                    "coth",
                    "difference",
                    "fts3_tokenizer",
                    "fts5",
                    "fts5_get_locale",
                    "fts5_insttoken",
                    "fts5_locale",
                    "fts5_source_id",
                    "highlight",
                    "leftstr",
                    "lower_quartile",
                    "match",
                    "matchinfo",
                    "mode",
                    "offsets",
                    "optimize",
                    "padc",
                    "padl",
                    "padr",
                    "proper",
                    "replicate",
                    "reverse",
                    "rightstr",
                    "rtreecheck",
                    "rtreedepth",
                    "rtreenode",
                    "snippet",
                    "square",
                    "stdev",
                    "strfilter",
                    "upper_quartile",
                    "variance"));
            Set<String> added = new TreeSet<>();
            db.run("SELECT DISTINCT name FROM pragma_function_list WHERE NOT builtin")
                    .forEach(row -> added.add(row.substring(0, row.length() - 1)));
            assertThat(added).isEqualTo(judged);
        }
    }

    @Test
    void named_values_are_bound_by_their_number() throws Exception {
        try (TestDatabase db = writer(SqlExecutor.trusted())) {
            SqlStatement statement = SqlStatement.named("SELECT @b, :a, $c, :a", Map.of("a", 1, "b", 2, "$c", 3));
            assertThat(db.execute(statement).rows()).containsExactly(List.of(2L, 1L, 3L, 1L));
        }
    }
}
