package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.HookedBlobStore;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.SystemRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** That readers which stay where they are from one read to the next show nothing old, and are in nobody's way. */
@ParameterizedClass
@EnumSource(DatabaseFormat.class)
class ReadReuseTest {

    private static final RequestOptions STALE = RequestOptions.DEFAULT.withMaxStaleness(Duration.ofHours(1));
    private static final int READERS = 8;
    private static final Set<Thread.State> WAITING = Set.of(Thread.State.WAITING, Thread.State.TIMED_WAITING);

    @Parameter
    DatabaseFormat format;

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final HookedBlobStore store = new HookedBlobStore(new InMemoryBlobStore(time));
    private final InMemoryLockManager locks = new InMemoryLockManager(time, SystemRandom.create());
    private final ExecutorService threads = Executors.newFixedThreadPool(READERS);
    private Cloud cloud;
    private Cloud other;

    @BeforeEach
    void open() {
        cloud = new Cloud(store, locks, directory.resolve("work"), time, format);
        other = new Cloud(store, locks, directory.resolve("other"), time, format);
        cloud.createCounter();
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
        cloud.close();
        other.close();
    }

    @Test
    void read_without_a_request_sees_each_commit_of_its_process_at_once() {
        for (long n = 1; n <= 20; n++) {
            cloud.increment();
            for (int read = 0; read < 3; read++) {
                assertThat(cloud.counterWithin(Duration.ofHours(1))).isEqualTo(n);
                assertThat(counterByCode()).isEqualTo(n);
            }
        }
    }

    @Test
    void statement_that_was_kept_shows_the_schema_that_another_process_made() {
        // given
        SqlStatement all = SqlStatement.of("SELECT * FROM counter");
        assertThat(cloud.app().execute(all, STALE).value().columns()).containsExactly("n");

        // when
        other.app().execute("ALTER TABLE counter ADD COLUMN name TEXT DEFAULT 'x'");

        // then
        SqlResult result = cloud.app().execute(all, RequestOptions.DEFAULT).value();
        assertThat(result.columns()).containsExactly("n", "name");
        assertThat(result.rows()).containsExactly(List.of(0L, "x"));

        other.app().execute("DROP TABLE counter");
        assertThatThrownBy(() -> cloud.app().execute(all, RequestOptions.DEFAULT))
                .isInstanceOf(SqlFailedException.class)
                .hasMessage("no such table: counter");
    }

    @Test
    void reader_that_failed_reads_on() {
        for (int i = 0; i < 2 * READERS; i++) {
            assertThatThrownBy(() -> cloud.app().execute(SqlStatement.of("SELECT abs(?)", Long.MIN_VALUE), STALE))
                    .isInstanceOf(SqlFailedException.class);
            assertThatThrownBy(() -> cloud.app().read(connection -> query(connection, "SELECT no_such"), STALE))
                    .isInstanceOf(SqlFailedException.class);
            assertThat(cloud.counterWithin(Duration.ofHours(1))).isZero();
        }
    }

    @Test
    void code_leaves_nothing_for_the_next() throws Exception {
        // given
        Path file = Files.createFile(directory.resolve("attached.db"));
        List<ConnectionWork<Long>> works = List.of(
                connection -> {
                    run(connection, "CREATE TEMP TABLE counter (n)", "INSERT INTO temp.counter VALUES (99)");
                    return query(connection, "SELECT n FROM counter");
                },
                connection -> {
                    run(connection, "ATTACH '" + file + "' AS attached");
                    return 99L;
                },
                connection -> {
                    run(connection, "SAVEPOINT mine", "CREATE TEMP VIEW counter AS SELECT 99 AS n");
                    return query(connection, "SELECT n FROM counter");
                });

        for (ConnectionWork<Long> work : works) {
            for (int i = 0; i < 3; i++) {
                // when
                assertThat(cloud.app().read(work, STALE).value()).isEqualTo(99);

                // then
                assertThat(counterByCode()).isZero();
                assertThat(cloud.counterWithin(Duration.ofHours(1))).isZero();
            }
        }
    }

    @Test
    void code_that_leaves_results_open_does_not_keep_the_next_in_the_past() {
        for (long n = 1; n <= 5; n++) {
            // when
            cloud.app()
                    .read(
                            connection -> {
                                ResultSet open = connection
                                        .createStatement()
                                        .executeQuery("SELECT n FROM counter, (VALUES (1), (2))");
                                return open.next();
                            },
                            STALE);
            cloud.increment();

            // then
            assertThat(counterByCode()).isEqualTo(n);
            assertThat(cloud.counterWithin(Duration.ofHours(1))).isEqualTo(n);
        }
    }

    @Test
    void wal_begins_anew_although_there_are_readers_that_stay() throws IOException {
        // given
        cloud.app().execute("CREATE TABLE blob (b)");
        cloud.app().execute("INSERT INTO blob VALUES (zeroblob(100000))");

        // when
        for (int i = 0; i < 12; i++) {
            cloud.app().execute("UPDATE blob SET b = randomblob(100000)");
            cloud.counterWithin(Duration.ofHours(1));
            counterByCode();
        }

        // then
        assertThat(walBytes()).as("of 1.2 MB that were written").isLessThan(300_000);
    }

    @Test
    void reads_that_arrive_together_share_one_check_of_freshness() throws Exception {
        // given
        CountDownLatch firstAsks = new CountDownLatch(1);
        CountDownLatch othersWait = new CountDownLatch(1);
        AtomicBoolean isFirst = new AtomicBoolean(true);
        store.forget();
        store.before(call -> {
            if (isFirst.getAndSet(false)) {
                firstAsks.countDown();
                await(othersWait);
            }
        });

        // when
        List<Future<Long>> reads = new ArrayList<>();
        reads.add(threads.submit(cloud::counter));
        await(firstAsks);
        List<Thread> waiting = new ArrayList<>();
        for (int i = 1; i < READERS; i++) {
            CountDownLatch started = new CountDownLatch(1);
            reads.add(threads.submit(() -> {
                synchronized (waiting) {
                    waiting.add(Thread.currentThread());
                }
                started.countDown();
                return cloud.counter();
            }));
            await(started);
        }
        awaitAllWait(waiting);
        othersWait.countDown();

        // then
        for (Future<Long> read : reads) {
            assertThat(read.get()).isZero();
        }
        assertThat(store.count(""))
                .as("one that had begun, one for all who came later, and perhaps one for who came late")
                .isLessThan(READERS / 2);
    }

    @Test
    void reads_within_their_bound_ask_for_nothing() throws Exception {
        // given
        cloud.counter();
        store.forget();

        // when
        List<Future<Long>> reads = new ArrayList<>();
        for (int i = 0; i < 4 * READERS; i++) {
            reads.add(threads.submit(() -> cloud.counterWithin(Duration.ofHours(1))));
        }

        // then
        for (Future<Long> read : reads) {
            assertThat(read.get()).isZero();
        }
        assertThat(store.count("")).isZero();
    }

    private long counterByCode() {
        return cloud.app()
                .read(connection -> query(connection, "SELECT n FROM counter"), STALE)
                .value();
    }

    private static long query(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            return result.getLong(1);
        }
    }

    private static void run(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private long walBytes() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("work"))) {
            long bytes = 0;
            for (Path file :
                    (Iterable<Path>) files.filter(path -> path.toString().endsWith("-wal"))::iterator) {
                bytes += Files.size(file);
            }
            return bytes;
        }
    }

    private static void awaitAllWait(List<Thread> threads) {
        while (!threads.stream().allMatch(thread -> WAITING.contains(thread.getState()))) {
            Thread.onSpinWait();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
