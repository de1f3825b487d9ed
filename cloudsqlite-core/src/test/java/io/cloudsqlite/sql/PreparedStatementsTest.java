package io.cloudsqlite.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.ResultTooLargeException;
import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StatementNotAllowedException;
import io.cloudsqlite.StatementTimeoutException;
import io.cloudsqlite.time.Deadline;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** That a statement which is used again is the same as a new one, whatever happened in between. */
@ParameterizedClass
@EnumSource(SqlExecutorTest.Kind.class)
class PreparedStatementsTest {

    private static final String POINT = "SELECT v FROM t WHERE id = ?";

    @Parameter
    SqlExecutorTest.Kind kind;

    @TempDir
    Path directory;

    private SqlExecutor executor;
    private Connection writer;
    private TestDatabase reader;
    private PreparedStatements prepared;

    @BeforeEach
    void open() throws SQLException {
        executor = kind.executor();
        Path file = directory.resolve("app.db");
        writer = DriverManager.getConnection("jdbc:sqlite:" + file);
        write(
                "PRAGMA journal_mode=WAL",
                "CREATE TABLE t (id INTEGER PRIMARY KEY, v)",
                "INSERT INTO t VALUES (1, 'one')");
        reader = TestDatabase.reader(file, executor);
        prepared = PreparedStatements.on(reader.connection());
        prepared.enterSnapshot();
    }

    @AfterEach
    void close() throws SQLException {
        reader.close();
        writer.close();
    }

    @Test
    void results_are_the_same_with_and_without_reuse() throws Exception {
        // given
        write("INSERT INTO t VALUES (2, NULL), (3, x'00ff'), (4, 4.5), (5, 9223372036854775807), (6, '')");
        enterNewSnapshot();
        List<SqlStatement> statements = new ArrayList<>();
        for (Object id : Arrays.asList(1, 2L, 3, null, 4.0, 5, "6", 7, new byte[] {1}, true)) {
            statements.add(SqlStatement.of(POINT, id));
            statements.add(SqlStatement.of("SELECT *, ? FROM t ORDER BY id", id));
            statements.add(SqlStatement.of("SELECT typeof(?), ?2", id, "x"));
            statements.add(SqlStatement.of("WITH a AS (SELECT 1) SELECT count(*), max(id) FROM t, a"));
            statements.add(SqlStatement.of("EXPLAIN SELECT v FROM t"));
            statements.add(SqlStatement.of("PRAGMA table_info(t)"));
        }

        // when, then
        for (SqlStatement statement : statements) {
            SqlResult anew = reader.execute(statement);
            SqlResult again = execute(statement);
            assertThat(again.columns()).isEqualTo(anew.columns());
            assertThat(again.rows()).usingRecursiveComparison().isEqualTo(anew.rows());
            assertThat(again.rowsAffected()).isEqualTo(anew.rowsAffected());
        }
    }

    @Test
    void values_of_the_run_before_are_gone() throws Exception {
        // given
        execute("SELECT ?1, ?3", 1, 2, 3);

        // when, then
        assertThat(execute("SELECT ?1, ?3", null, null, null).rows()).containsExactly(Arrays.asList(null, null));
        assertThatThrownBy(() -> execute("SELECT ?1, ?3", 1))
                .isInstanceOf(SqlFailedException.class)
                .hasMessageContaining("parameters");
    }

    @Test
    void number_of_statements_is_bounded_and_long_ones_are_not_kept() throws Exception {
        for (int i = 0; i < 3 * PreparedStatements.MAX_STATEMENTS; i++) {
            assertThat(execute("SELECT " + i).single()).isEqualTo((long) i);
        }
        assertThat(prepared.size()).isEqualTo(PreparedStatements.MAX_STATEMENTS);

        prepared.close();
        execute("SELECT '" + "x".repeat(JudgedStatements.MAX_TEXT_LENGTH) + "'");
        assertThat(prepared.size()).isZero();
    }

    @Test
    void table_that_gets_a_column_shows_it() throws Exception {
        // given
        assertThat(execute("SELECT * FROM t").columns()).containsExactly("id", "v");

        // when
        write("ALTER TABLE t ADD COLUMN w DEFAULT 5");
        enterNewSnapshot();

        // then
        SqlResult result = execute("SELECT * FROM t");
        assertThat(result.columns()).containsExactly("id", "v", "w");
        assertThat(result.rows()).containsExactly(List.of(1L, "one", 5L));
    }

    @Test
    void table_that_is_dropped_is_missed_in_the_words_of_sqlite_and_found_when_it_is_back() throws Exception {
        // given
        assertThat(execute(POINT, 1).single()).isEqualTo("one");

        // when
        write("DROP TABLE t");
        enterNewSnapshot();

        // then
        assertThatThrownBy(() -> execute(POINT, 1))
                .isInstanceOf(SqlFailedException.class)
                .hasMessage("no such table: t");

        write("CREATE TABLE t (v, id)", "INSERT INTO t VALUES ('other', 1)");
        enterNewSnapshot();
        assertThat(execute(POINT, 1).single()).isEqualTo("other");
    }

    @Test
    void new_data_under_the_same_schema_is_seen() throws Exception {
        // given
        execute(POINT, 1);

        // when
        write("UPDATE t SET v = 'two'");
        assertThat(execute(POINT, 1).single()).as("in the snapshot").isEqualTo("one");
        enterNewSnapshot();

        // then
        assertThat(execute(POINT, 1).single()).isEqualTo("two");
        assertThat(prepared.size()).isEqualTo(1);
    }

    @Test
    void what_a_statement_may_do_is_found_out_anew_for_another_schema() throws Exception {
        // given
        write("CREATE VIEW safe AS SELECT 1 AS x");
        enterNewSnapshot();
        execute("SELECT x FROM safe");
        execute("SELECT x FROM safe");

        // when
        write("DROP VIEW safe", "CREATE VIEW safe AS SELECT json_pretty('[1]', '  ') AS x");
        enterNewSnapshot();

        // then
        if (kind == SqlExecutorTest.Kind.GUARDED) {
            assertThatThrownBy(() -> execute("SELECT x FROM safe"))
                    .isInstanceOf(StatementNotAllowedException.class)
                    .hasMessageContaining("json_pretty");
        } else {
            assertThat(execute("SELECT x FROM safe").single().toString()).contains("  1");
        }
    }

    @Test
    void statement_that_is_not_kept_is_judged_by_the_newest_schema_too() throws Exception {
        // given
        write("CREATE VIEW safe AS SELECT 1 AS x");
        reader.rollback();
        assertThat(reader.execute("SELECT x FROM safe").single()).isEqualTo(1L);

        // when
        write("DROP VIEW safe", "CREATE VIEW safe AS SELECT json_pretty('[1]', '  ') AS x");
        reader.rollback();

        // then
        if (kind == SqlExecutorTest.Kind.GUARDED) {
            assertThatThrownBy(() -> reader.execute("SELECT x FROM safe"))
                    .isInstanceOf(StatementNotAllowedException.class);
        } else {
            assertThat(reader.execute("SELECT x FROM safe").single().toString()).contains("  1");
        }
    }

    @Test
    void size_of_values_is_bounded_in_each_run_of_a_costly_statement() throws Exception {
        String costly = "SELECT length(trim(?, 'x'))";
        for (int run = 0; run < 3; run++) {
            assertThat(execute(costly, "xyx").single()).isEqualTo(1L);
            if (kind == SqlExecutorTest.Kind.GUARDED) {
                assertThatThrownBy(() -> execute(costly, "y".repeat(StatementProgram.SIZE_AT_WHICH_ALL_IS_QUICK + 1)))
                        .isInstanceOf(SqlFailedException.class);
            }
            // The limit is the statement's own.
            assertThat(execute("SELECT length(?)", "y".repeat(100_000)).single())
                    .isEqualTo(100_000L);
        }
    }

    @Test
    void write_does_not_get_through_however_often_it_comes() throws Exception {
        for (int run = 0; run < 3; run++) {
            assertThatThrownBy(() -> execute("INSERT INTO t VALUES (?, 'x')", 9))
                    .isInstanceOf(WriteAttemptedException.class);
            assertThatThrownBy(() -> execute("WITH a AS (SELECT 9) DELETE FROM t"))
                    .isInstanceOf(WriteAttemptedException.class);
        }
        assertThat(prepared.size()).isZero();
        assertThat(execute("SELECT count(*) FROM t").single()).isEqualTo(1L);
    }

    @Test
    void statement_that_failed_is_not_kept() throws Exception {
        // given
        String fails = "SELECT json_extract(?, '$')";
        execute(fails, "1");

        // when
        assertThatThrownBy(() -> execute(fails, "{")).isInstanceOf(SqlFailedException.class);

        // then
        assertThat(prepared.size()).isZero();
        assertThat(execute(fails, "[7]").single()).isEqualTo("[7]");
        assertThat(execute(fails, "8").single()).isEqualTo(8L);
    }

    @Test
    void statement_that_was_stopped_is_not_kept_and_runs_when_it_has_time() throws Exception {
        // given
        String slow = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r LIMIT ?) SELECT max(x) FROM r";
        assertThat(execute(slow, 10).single()).isEqualTo(10L);
        assertThat(prepared.size()).isEqualTo(1);
        Deadline passing = Deadline.after(Duration.ofMillis(100), new SqlExecutorTest.TickingTime());

        // when
        assertThatThrownBy(() -> executor.execute(prepared, List.of(SqlStatement.of(slow, Long.MAX_VALUE)), passing))
                .isInstanceOf(StatementTimeoutException.class);

        // then
        assertThat(prepared.size()).isZero();
        assertThat(execute(slow, 10).single()).isEqualTo(10L);
    }

    @Test
    void statement_whose_result_was_too_large_is_not_kept() throws Exception {
        // given
        SqlExecutor narrow = SqlExecutor.guarded(new SqlLimits(2, 1 << 20, 1 << 30, Duration.ofSeconds(10)));
        SqlStatement three = SqlStatement.of("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT ?", 3);

        // when, then
        for (int run = 0; run < 2; run++) {
            assertThatThrownBy(() -> narrow.execute(prepared, List.of(three), TestDatabase.soon()))
                    .isInstanceOf(ResultTooLargeException.class);
            assertThat(prepared.size()).isZero();
        }
        reader.rollback();
        assertThat(reader.isInTransaction()).isTrue();
    }

    @Test
    void statements_of_one_list_see_the_schema_that_the_list_has_made() throws Exception {
        // given
        try (TestDatabase database = TestDatabase.writer(directory.resolve("other.db"), executor)) {
            SqlStatement all = SqlStatement.of("SELECT * FROM t");

            // when
            List<SqlResult> results = executor.execute(
                    database.connection(),
                    List.of(
                            SqlStatement.of("CREATE TABLE t (a)"),
                            SqlStatement.of("INSERT INTO t VALUES (?)", 1),
                            SqlStatement.of("INSERT INTO t VALUES (?)", 2),
                            all,
                            SqlStatement.of("ALTER TABLE t ADD COLUMN b DEFAULT 0"),
                            all,
                            SqlStatement.of("DROP TABLE t"),
                            SqlStatement.of("CREATE TABLE t (c)"),
                            all),
                    TestDatabase.soon());

            // then
            assertThat(results.get(3).rows()).containsExactly(List.of(1L), List.of(2L));
            assertThat(results.get(5).columns()).containsExactly("a", "b");
            assertThat(results.get(8).columns()).containsExactly("c");
            assertThat(results.get(2).lastInsertId()).hasValue(2);
        }
    }

    private SqlResult execute(String sql, Object... values) throws WriteAttemptedException {
        return execute(SqlStatement.of(sql, values));
    }

    private SqlResult execute(SqlStatement statement) throws WriteAttemptedException {
        return executor.execute(prepared, List.of(statement), TestDatabase.soon())
                .get(0);
    }

    private void enterNewSnapshot() throws SQLException {
        reader.rollback();
        prepared.enterSnapshot();
    }

    private void write(String... statements) throws SQLException {
        try (Statement statement = writer.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
