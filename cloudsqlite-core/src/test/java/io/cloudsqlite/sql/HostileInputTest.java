package io.cloudsqlite.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.ConstraintViolatedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.ResultTooLargeException;
import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StatementNotAllowedException;
import io.cloudsqlite.StatementTimeoutException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What strangers may send, see {@code hostile.txt}: each is refused with the right code, or harmless, and leaves nothing
 * behind on the connection, which all of them share, nor on the disk.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HostileInputTest {

    private static final Duration STATEMENT_TIMEOUT = Duration.ofMillis(300);

    /** The timeout, what a single instruction may take beyond it, and a slow machine. */
    private static final Duration BOUND = Duration.ofSeconds(10);

    private static final long MAX_DATABASE_BYTES = 16 << 20;

    private final SqlExecutor executor =
            SqlExecutor.guarded(new SqlLimits(500, 1 << 20, MAX_DATABASE_BYTES, STATEMENT_TIMEOUT));

    private Path directory;
    private TestDatabase writer;
    private TestDatabase reader;

    @BeforeAll
    void create_database(@TempDir Path temporary) throws SQLException {
        directory = temporary;
        Path file = directory.resolve("app.db");
        try (TestDatabase setup = TestDatabase.writer(file, SqlExecutor.trusted())) {
            setup.run("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, data)");
            setup.run("INSERT INTO t (name) VALUES ('first')");
            setup.run("CREATE TABLE logs (id INTEGER PRIMARY KEY, message)");
            setup.run("CREATE INDEX logs_message ON logs (message)");
            setup.run(
                    "INSERT INTO logs (message) WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r LIMIT 1000)"
                            + " SELECT x FROM r");
            setup.run("CREATE VIEW v AS SELECT name FROM t");
            setup.run("CREATE VIEW unsafe_view AS SELECT * FROM pragma_database_list");
            setup.run("CREATE TABLE guarded (a CHECK (a > 5))");
            setup.run("CREATE VIRTUAL TABLE docs USING fts5(body)");
            setup.run("INSERT INTO docs VALUES ('some words')");
            setup.run("ANALYZE");
            setup.commit();
        }
        writer = TestDatabase.writer(file, executor);
        reader = TestDatabase.reader(file, executor);
    }

    @AfterAll
    void close() throws SQLException {
        reader.close();
        writer.close();
    }

    static List<String> statements() {
        return HostileLines.read("hostile.txt");
    }

    static List<String> names() {
        return HostileLines.read("hostile-names.txt");
    }

    @Test
    void there_are_more_than_a_hundred() {
        assertThat(statements()).hasSizeGreaterThan(100).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("statements")
    void hostile_statement_is_refused_and_leaves_nothing_behind(String line) throws Exception {
        // given
        String expected = line.substring(0, line.indexOf(" |"));
        String sql = HostileLines.unescape(line.substring(line.indexOf('|') + 1).stripLeading());
        List<String> files = writer.files();
        List<String> writerSettings = writer.settings();
        List<String> readerSettings = reader.settings();

        // when
        String outcome = assertTimeout(BOUND, () -> outcomeOf(SqlStatement.of(sql)));

        // then
        if (expected.equals("HARMLESS")) {
            assertThat(outcome).matches("RAN|SQLITE_.*|TIMEOUT|TOO_LARGE|CONSTRAINT");
        } else if (expected.matches("SQLITE_FULL|SQLITE_TOOBIG|SQLITE_NOMEM|TOO_LARGE")) {
            // On a slow machine the time is up before the space is.
            assertThat(outcome).isIn(expected, "TIMEOUT");
        } else {
            assertThat(outcome).isEqualTo(expected);
        }
        boolean rolledBack = outcome.matches("CONSTRAINT|TIMEOUT|SQLITE_.*|TOO_LARGE");
        assertThat(reader.isInTransaction()).isTrue();
        assertThat(writer.isInTransaction() || rolledBack).isTrue();
        assertThat(writer.files()).isEqualTo(files);
        writer.rollback();
        reader.rollback();
        assertThat(writer.settings()).isEqualTo(writerSettings);
        assertThat(reader.settings()).isEqualTo(readerSettings);
        assertThat(reader.run("SELECT count(*), max(id) FROM logs")).containsExactly("1000|1000|");
    }

    /** Runs it as a session does: what looks like a read on a reader, and what writes on a writer. */
    private String outcomeOf(SqlStatement statement) {
        try {
            StatementKind kind = executor.classify(statement);
            assertThat(kind).isNotEqualTo(StatementKind.VACUUM);
            if (kind == StatementKind.READ) {
                try {
                    reader.execute(statement);
                    return "RAN";
                } catch (WriteAttemptedException e) {
                    // It is run as a write below.
                }
            }
            writer.execute(statement);
            return "RAN";
        } catch (WriteAttemptedException e) {
            throw new AssertionError("a writer can write", e);
        } catch (CloudSqliteException e) {
            assertThat(e.getMessage()).doesNotContain(directory.toString());
            return codeOf(e);
        }
    }

    private static String codeOf(CloudSqliteException failure) {
        if (failure instanceof SqlFailedException sql) {
            return sql.sqliteCode();
        } else if (failure instanceof StatementNotAllowedException) {
            return "NOT_ALLOWED";
        } else if (failure instanceof StatementTimeoutException) {
            return "TIMEOUT";
        } else if (failure instanceof ResultTooLargeException) {
            return "TOO_LARGE";
        } else if (failure instanceof ConstraintViolatedException) {
            return "CONSTRAINT";
        }
        throw failure;
    }

    @ParameterizedTest
    @MethodSource("names")
    void hostile_name_is_refused_and_shown_without_harm(String line) {
        // given
        String name = HostileLines.unescape(line);

        // when and then
        assertThatThrownBy(() -> DatabaseName.of(name))
                .isInstanceOf(InvalidRequestException.class)
                .message()
                .hasSizeLessThan(300)
                .matches("[\\x20-\\x7e]*");
    }
}
