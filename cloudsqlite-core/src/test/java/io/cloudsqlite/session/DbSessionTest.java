package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.ConstraintViolatedException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StatementNotAllowedException;
import io.cloudsqlite.format.Checkout;
import io.cloudsqlite.lock.CountingLockManager;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.sql.PreparedStatements;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.sql.StatementKind;
import io.cloudsqlite.sql.WriteAttemptedException;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.CountingBlobStore;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.SystemRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What a session does when nothing goes wrong, and what that costs at the store. */
@ParameterizedClass
@EnumSource(DatabaseFormat.class)
class DbSessionTest {

    @Parameter
    DatabaseFormat format;

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final CountingBlobStore store = new CountingBlobStore(new InMemoryBlobStore(time));
    private final CountingLockManager locks =
            new CountingLockManager(new InMemoryLockManager(time, SystemRandom.create()));
    private Cloud cloud;
    private Cloud other;

    @BeforeEach
    void open() {
        cloud = new Cloud(store, locks, directory.resolve("work"), time, format);
        other = new Cloud(store, locks, directory.resolve("other-work"), time, format);
    }

    @AfterEach
    void close() {
        cloud.close();
        other.close();
    }

    @Test
    void first_write_creates_the_database_and_reads_see_it() {
        // given
        DbSession db = cloud.app();

        // when
        db.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)");
        SqlResult inserted = db.execute("INSERT INTO note (text) VALUES (?)", "hello");

        // then
        assertThat(inserted.rowsAffected()).isEqualTo(1);
        assertThat(inserted.lastInsertId()).hasValue(1);
        SqlResult result = db.execute("SELECT id, text FROM note");
        assertThat(result.columns()).containsExactly("id", "text");
        assertThat(result.rows()).containsExactly(List.of(1L, "hello"));
    }

    @Test
    void transactions_are_numbered_without_gaps_and_reads_tell_the_newest() {
        // given
        DbSession db = cloud.app();

        // when
        Answer<SqlResult> created = db.execute(SqlStatement.of("CREATE TABLE t (x)"), RequestOptions.DEFAULT);
        Answer<SqlResult> inserted = db.execute(SqlStatement.of("INSERT INTO t VALUES (1)"), RequestOptions.DEFAULT);
        Answer<SqlResult> read = db.execute(SqlStatement.of("SELECT x FROM t"), RequestOptions.DEFAULT);

        // then
        assertThat(List.of(created.txid(), inserted.txid(), read.txid())).containsExactly(1L, 2L, 2L);
        assertThat(read.version()).isEqualTo(inserted.version()).isNotEqualTo(created.version());
    }

    @Test
    void read_of_an_unchanged_database_costs_exactly_one_request_and_no_lock() {
        // given
        cloud.createCounter();
        store.reset();
        locks.reset();

        // when
        Answer<SqlResult> answer =
                cloud.app().execute(SqlStatement.of("SELECT n FROM counter"), RequestOptions.DEFAULT);

        // then
        CountingBlobStore.Counts counts = store.counts();
        assertThat(counts.requests()).isEqualTo(1);
        assertThat(counts.notModified()).isEqualTo(1);
        assertThat(locks.counts()).isEqualTo(CountingLockManager.Counts.NONE);
        assertThat(answer.cost().storeRequests()).isEqualTo(1);
        assertThat(answer.cost().cache()).isEqualTo(Checkout.HIT);
    }

    @Test
    void write_costs_one_acquire_at_most_one_get_one_put_and_one_release() {
        // given
        cloud.createCounter();
        store.reset();
        locks.reset();

        // when
        cloud.increment();

        // then
        CountingBlobStore.Counts counts = store.counts();
        assertThat(counts.gets()).isLessThanOrEqualTo(1);
        assertThat(counts.puts()).isEqualTo(1);
        assertThat(counts.requests()).isEqualTo(counts.gets() + counts.puts());
        assertThat(locks.counts()).isEqualTo(new CountingLockManager.Counts(1, 1, 0, 0));
    }

    @Test
    void write_that_changes_nothing_uploads_nothing_and_keeps_the_txid() {
        // given
        cloud.createCounter();
        store.reset();

        // when
        Answer<SqlResult> answer =
                cloud.app().execute(SqlStatement.of("UPDATE counter SET n = 5 WHERE n = 99"), RequestOptions.DEFAULT);

        // then
        assertThat(answer.value().rowsAffected()).isZero();
        assertThat(answer.txid()).isEqualTo(1);
        assertThat(store.counts().puts()).isZero();
    }

    @Test
    void write_that_changes_nothing_does_not_create_a_database() {
        // given
        DbSession db = cloud.app();

        // when
        db.execute("DROP TABLE IF EXISTS absent");

        // then
        assertThat(store.counts().puts()).isZero();
        assertThatThrownBy(() -> db.read(connection -> 1)).isInstanceOf(DatabaseNotFoundException.class);
    }

    @Test
    void bounded_stale_read_asks_the_store_only_once_the_bound_has_passed() {
        // given
        cloud.createCounter();
        other.increment();
        time.advance(Duration.ofSeconds(2));
        store.reset();

        // when
        long tolerated = cloud.counterWithin(Duration.ofSeconds(3));
        int requestsWithinBound = store.reset().requests();
        long fresh = cloud.counterWithin(Duration.ofSeconds(1));

        // then
        assertThat(tolerated).isZero();
        assertThat(requestsWithinBound).isZero();
        assertThat(fresh).isEqualTo(1);
    }

    @Test
    void bookmark_makes_a_stale_copy_look_again() {
        // given
        cloud.createCounter();
        cloud.counter();
        long bookmark = other.app()
                .execute(SqlStatement.of("UPDATE counter SET n = 7"), RequestOptions.DEFAULT)
                .txid();
        RequestOptions options = RequestOptions.DEFAULT.withMaxStaleness(Duration.ofHours(1));

        // when
        Answer<SqlResult> without = cloud.app().execute(SqlStatement.of("SELECT n FROM counter"), options);
        Answer<SqlResult> with =
                cloud.app().execute(SqlStatement.of("SELECT n FROM counter"), options.withMinTxid(bookmark));

        // then
        assertThat(without.value().rows()).containsExactly(List.of(0L));
        assertThat(with.value().rows()).containsExactly(List.of(7L));
    }

    @Test
    void bookmark_that_the_database_never_had_is_refused() {
        // given
        cloud.createCounter();

        // when, then
        assertThatThrownBy(
                        () -> cloud.app().execute(SqlStatement.of("SELECT 1"), RequestOptions.DEFAULT.withMinTxid(99)))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("99");
        assertThatThrownBy(() -> cloud.app()
                        .execute(SqlStatement.of("UPDATE counter SET n = 5"), RequestOptions.DEFAULT.withMinTxid(99)))
                .isInstanceOf(InvalidRequestException.class);
        assertThat(cloud.counter()).isZero();
    }

    @Test
    void two_processes_see_each_other() {
        // given
        cloud.createCounter();

        // when
        other.increment();
        cloud.increment();
        other.increment();

        // then
        assertThat(cloud.counter()).isEqualTo(3);
        assertThat(other.counter()).isEqualTo(3);
        assertThat(other.txid()).isEqualTo(4);
    }

    @Test
    void statement_that_needs_no_database_is_answered_without_one() {
        // given
        DbSession db = cloud.app();

        // when
        SqlResult result = db.execute("SELECT 1 AS test;");

        // then
        assertThat(result.columns()).containsExactly("test");
        assertThat(result.rows()).containsExactly(List.of(1L));
    }

    @Test
    void reading_a_database_that_does_not_exist_is_told_as_such() {
        // given
        DbSession db = cloud.app();

        // when, then
        assertThatThrownBy(() -> db.execute("SELECT * FROM t")).isInstanceOf(DatabaseNotFoundException.class);
        assertThatThrownBy(() -> db.execute("SELECT count(*) FROM sqlite_schema"))
                .isInstanceOf(DatabaseNotFoundException.class);
        assertThatThrownBy(() -> db.read(connection -> 1)).isInstanceOf(DatabaseNotFoundException.class);
        assertThat(store.counts().puts()).isZero();
    }

    @Test
    void transaction_without_statements_is_refused() {
        // when, then
        assertThatThrownBy(() -> cloud.app().transaction(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void transaction_is_all_or_nothing() {
        // given
        cloud.app().execute("CREATE TABLE t (x INTEGER UNIQUE)");

        // when, then
        assertThatThrownBy(() -> cloud.app()
                        .transaction(List.of(
                                SqlStatement.of("INSERT INTO t VALUES (1)"),
                                SqlStatement.of("INSERT INTO t VALUES (1)"))))
                .isInstanceOf(ConstraintViolatedException.class);
        assertThat(cloud.app().execute("SELECT count(*) FROM t").rows()).containsExactly(List.of(0L));
        assertThat(cloud.txid()).isEqualTo(1);
    }

    @Test
    void statement_that_looks_like_a_read_and_writes_is_run_as_a_write() {
        // given
        cloud.createCounter();
        SqlExecutor takingAllForReads = new ForwardingExecutor(SqlExecutor.trusted());
        try (CloudSqlite mistaken = CloudSqlite.builder(store, locks)
                .workDirectory(directory.resolve("mistaken"))
                .executor(takingAllForReads)
                .build()) {

            // when
            mistaken.database("app.db").execute("UPDATE counter SET n = 7");
        }

        // then
        assertThat(other.counter()).isEqualTo(7);
        cloud.app().execute("PRAGMA user_version = 7");
        assertThat(other.app().execute("PRAGMA user_version").single()).isEqualTo(7L);
    }

    /** Presumes of each statement that it reads. */
    private record ForwardingExecutor(SqlExecutor executor) implements SqlExecutor {
        @Override
        public StatementKind classify(SqlStatement statement) {
            return StatementKind.READ;
        }

        @Override
        public void configure(Connection connection) throws SQLException {
            executor.configure(connection);
        }

        @Override
        public List<SqlResult> execute(PreparedStatements prepared, List<SqlStatement> statements, Deadline deadline)
                throws WriteAttemptedException {
            return executor.execute(prepared, statements, deadline);
        }

        @Override
        public void vacuum(Connection connection, Deadline deadline) throws SQLException {
            executor.vacuum(connection, deadline);
        }
    }

    @Test
    void jdbc_work_reads_and_writes() {
        // given
        cloud.createCounter();

        // when
        int updated = cloud.app().write(connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.executeUpdate("UPDATE counter SET n = 41")
                        + statement.executeUpdate("UPDATE counter SET n = n + 1");
            }
        });

        // then
        assertThat(updated).isEqualTo(2);
        long read = other.app().read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet result = statement.executeQuery("SELECT n FROM counter")) {
                return result.getLong(1);
            }
        });
        assertThat(read).isEqualTo(42);
        assertThat(cloud.txid()).isEqualTo(2);
    }

    @Test
    void work_that_throws_changes_nothing() {
        // given
        cloud.createCounter();

        // when, then
        assertThatThrownBy(() -> cloud.app().write(connection -> {
                    run(connection, "UPDATE counter SET n = 5");
                    throw new IllegalStateException("changed my mind");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("changed my mind");
        assertThat(cloud.counter()).isZero();
        assertThat(cloud.txid()).isEqualTo(1);
    }

    @Test
    void work_cannot_write_where_it_reads() {
        // given
        cloud.createCounter();

        // when, then
        assertThatThrownBy(() -> cloud.app().read(connection -> {
                    run(connection, "UPDATE counter SET n = 5");
                    return null;
                }))
                .isInstanceOf(SqlFailedException.class);
        assertThat(cloud.counter()).isZero();
    }

    @Test
    void work_that_ends_the_transaction_itself_is_refused_and_publishes_nothing() {
        // given
        cloud.createCounter();
        List<ConnectionWork<Void>> misuses = List.of(
                connection -> run(connection, "UPDATE counter SET n = 5", "COMMIT"),
                connection -> run(connection, "UPDATE counter SET n = 5", "COMMIT", "BEGIN"),
                connection ->
                        run(connection, "UPDATE counter SET n = 5", "COMMIT", "BEGIN", "UPDATE counter SET n = 6"),
                connection -> run(connection, "ROLLBACK"),
                connection -> run(connection, "ROLLBACK", "UPDATE counter SET n = 5"),
                connection -> run(connection, "UPDATE counter SET n = 5", "BEGIN"),
                connection -> {
                    connection.setAutoCommit(false);
                    return run(connection, "UPDATE counter SET n = 5");
                },
                connection -> {
                    run(connection, "UPDATE counter SET n = 5");
                    connection.commit();
                    return null;
                },
                connection -> {
                    run(connection, "UPDATE counter SET n = 5");
                    connection.rollback();
                    return null;
                },
                connection -> {
                    run(connection, "UPDATE counter SET n = 5");
                    connection.close();
                    return null;
                });

        for (ConnectionWork<Void> misuse : misuses) {
            // when, then
            assertThatThrownBy(() -> cloud.app().write(misuse))
                    .isInstanceOf(StatementNotAllowedException.class)
                    .hasMessageContaining("is the session's to end");
            assertThat(cloud.counterWithin(Duration.ofHours(1))).isZero();
            assertThat(cloud.txid()).isEqualTo(1);
        }
        cloud.increment();
        assertThat(other.counter()).isEqualTo(1);
    }

    @Test
    void reading_work_that_ends_the_transaction_is_refused_and_its_connection_not_used_again() {
        // given
        cloud.createCounter();
        List<ConnectionWork<Void>> misuses = List.of(
                connection -> run(connection, "ROLLBACK"),
                connection -> run(connection, "COMMIT", "PRAGMA user_version"),
                connection -> {
                    connection.setAutoCommit(false);
                    return null;
                },
                connection -> {
                    connection.rollback();
                    return null;
                },
                connection -> {
                    connection.close();
                    return null;
                });

        for (ConnectionWork<Void> misuse : misuses) {
            // when, then
            assertThatThrownBy(() -> cloud.app().read(misuse)).isInstanceOf(StatementNotAllowedException.class);
            assertThat(cloud.counter()).isZero();
        }
    }

    @Test
    void work_that_commits_and_then_throws_leaves_no_trace() {
        // given
        cloud.createCounter();

        // when, then
        assertThatThrownBy(() -> cloud.app().write(connection -> {
                    run(connection, "UPDATE counter SET n = 5", "COMMIT");
                    throw new IllegalStateException("after the commit");
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(cloud.counterWithin(Duration.ofHours(1))).isZero();
    }

    @Test
    void journal_mode_cannot_be_changed() {
        // given
        cloud.createCounter();

        // when
        String whileReading = cloud.app().read(DbSessionTest::tryToLeaveWalMode);
        String whileWriting = cloud.app().write(DbSessionTest::tryToLeaveWalMode);

        // then
        assertThat(List.of(whileReading, whileWriting)).containsOnly("wal");
        cloud.increment();
        assertThat(other.counter()).isEqualTo(1);
    }

    private static String tryToLeaveWalMode(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            try {
                statement.execute("PRAGMA journal_mode = DELETE");
            } catch (SQLException e) {
                // SQLite says so at times, and at times leaves the mode as it is without a word.
            }
            return statement.executeQuery("PRAGMA journal_mode").getString(1);
        }
    }

    @Test
    void vacuum_gives_space_back() {
        // given
        cloud.app().execute("CREATE TABLE blob (b)");
        cloud.app().execute("INSERT INTO blob VALUES (zeroblob(1000000))");
        cloud.app().execute("DELETE FROM blob");
        long before = cloud.cloud().describe(DatabaseName.of("app.db")).info().sizeBytes();

        // when
        cloud.app().execute("VACUUM");

        // then
        long after = cloud.cloud().describe(DatabaseName.of("app.db")).info().sizeBytes();
        assertThat(before).isGreaterThan(1_000_000);
        assertThat(after).isLessThan(20_000);
        assertThat(cloud.txid()).isEqualTo(4);
        cloud.app().execute("INSERT INTO blob VALUES (zeroblob(100000))");
        assertThat(other.app().execute("SELECT sum(length(b)) FROM blob").rows())
                .containsExactly(List.of(100_000L));
    }

    @Test
    void vacuum_among_other_statements_is_refused() {
        // given
        cloud.createCounter();

        // when, then
        assertThatThrownBy(() -> cloud.app()
                        .transaction(List.of(SqlStatement.of("DELETE FROM counter"), SqlStatement.of("VACUUM"))))
                .isInstanceOf(InvalidRequestException.class);
        assertThat(cloud.counter()).isZero();
    }

    @Test
    void plain_file_that_lies_in_the_store_is_a_database_at_txid_0() throws Exception {
        for (String journalMode : List.of("DELETE", "WAL")) {
            // given
            Path file = directory.resolve(journalMode + ".db");
            try (Connection plain = DriverManager.getConnection("jdbc:sqlite:" + file)) {
                run(
                        plain,
                        "PRAGMA journal_mode = " + journalMode,
                        "CREATE TABLE counter (n)",
                        "INSERT INTO counter VALUES (5)");
            }
            store.put("app.db", BlobBody.of(Files.readAllBytes(file)), Map.of(), PutCondition.ALWAYS, soon());

            // when
            long txidBefore = cloud.txid();
            cloud.increment();

            // then
            assertThat(txidBefore).isZero();
            assertThat(other.counter()).isEqualTo(6);
            assertThat(cloud.txid()).isEqualTo(1);
        }
    }

    @Test
    void database_that_is_deleted_and_created_again_is_another_one() {
        // given
        cloud.createCounter();
        cloud.increment();
        other.counter();

        // when
        cloud.cloud().delete(DatabaseName.of("app.db"));
        cloud.createCounter();

        // then
        assertThat(other.counter()).isZero();
        assertThat(other.txid()).isEqualTo(1);
        other.increment();
        assertThat(cloud.counter()).isEqualTo(1);
    }

    @Test
    void more_databases_than_are_kept_open_can_be_used() throws IOException {
        // given
        Path work = directory.resolve("few");
        try (CloudSqlite few = CloudSqlite.builder(store, locks)
                .workDirectory(work)
                .time(time)
                .format(format)
                .maxOpenDatabases(2)
                .build()) {

            // when
            for (int i = 0; i < 5; i++) {
                few.database(i + ".db").execute("CREATE TABLE t AS SELECT 1 AS x");
            }

            // then
            for (int i = 0; i < 5; i++) {
                store.reset();
                assertThat(few.database(i + ".db").execute("SELECT x FROM t").single())
                        .isEqualTo(1L);
                assertThat(store.reset().readBytes()).as("still here").isZero();
            }
            try (Stream<Path> files = Files.walk(work)) {
                assertThat(files.filter(file -> file.toString().endsWith("-shm")))
                        .as("those with connections")
                        .hasSize(2);
            }
        }
    }

    private Deadline soon() {
        return Deadline.after(Duration.ofMinutes(1), time);
    }

    private static Void run(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
        return null;
    }
}
