package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.copy.WorkDirectory;
import io.cloudsqlite.format.DatabaseStore;
import io.cloudsqlite.format.LogPolicy;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.CountingBlobStore;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.SystemRandom;
import io.cloudsqlite.time.TimeSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Working copies have a number of bytes together, for which those make way that nobody uses. */
class WorkBytesTest {

    /** Room for three databases such as {@link #create} makes, with the WALs that are left of that, but not for four. */
    private static final long SMALL = 3L << 20;

    private static final int ROW_BYTES = 400_000;

    @TempDir
    Path work;

    private final CountingBlobStore store = new CountingBlobStore(new InMemoryBlobStore());
    private final InMemoryLockManager locks = new InMemoryLockManager();

    private CloudSqlite open(long workBytes) {
        return CloudSqlite.builder(store, locks)
                .workDirectory(work)
                .workBytes(workBytes)
                .build();
    }

    private static void create(CloudSqlite cloud, String name) {
        cloud.database(name).execute("CREATE TABLE t AS SELECT 7 AS x, randomblob(" + ROW_BYTES + ") AS filler");
    }

    private static void requireSound(CloudSqlite cloud, String name) {
        assertThat(cloud.database(name).execute("SELECT x FROM t").single()).isEqualTo(7L);
    }

    private boolean downloads(Runnable use) {
        store.reset();
        use.run();
        return store.reset().readBytes() > ROW_BYTES / 2;
    }

    @Test
    void many_databases_are_used_with_few_bytes_descriptors_and_threads() throws Exception {
        new ManyDatabases(work, 500, 4L << 20).run();
    }

    @Test
    void what_was_unused_for_longest_makes_way() {
        try (CloudSqlite cloud = open(SMALL)) {
            // given
            create(cloud, "a.db");
            create(cloud, "b.db");
            create(cloud, "c.db");
            requireSound(cloud, "a.db");

            // when
            create(cloud, "d.db");

            // then
            assertThat(downloads(() -> requireSound(cloud, "c.db"))).isFalse();
            assertThat(downloads(() -> requireSound(cloud, "d.db"))).isFalse();
            assertThat(downloads(() -> requireSound(cloud, "a.db"))).isFalse();
            assertThat(downloads(() -> requireSound(cloud, "b.db"))).isTrue();
        }
    }

    @Test
    void what_is_in_use_does_not_make_way() {
        try (CloudSqlite cloud = open(SMALL)) {
            // given
            create(cloud, "used.db");

            // when
            long read = cloud.database("used.db").read(connection -> {
                for (int i = 0; i < 10; i++) {
                    create(cloud, i + ".db");
                }
                try (var statement = connection.createStatement();
                        var row = statement.executeQuery("SELECT sum(length(filler)) FROM t")) {
                    return row.getLong(1);
                }
            });

            // then
            assertThat(read).isEqualTo(ROW_BYTES);
            assertThat(downloads(() -> requireSound(cloud, "used.db"))).isFalse();
        }
    }

    @Test
    void where_all_is_in_use_an_error_says_so() {
        try (CloudSqlite cloud = open(SMALL)) {
            // given
            for (int i = 0; i < 20; i++) {
                create(cloud, i + ".db");
            }

            // when, then
            assertThatThrownBy(() -> readAllAtOnce(cloud, 20))
                    .isInstanceOf(StorageUnavailableException.class)
                    .hasMessageContaining("in use")
                    .hasMessageContaining("workBytes");
            requireSound(cloud, "19.db");
        }
    }

    private static long readAllAtOnce(CloudSqlite cloud, int databases) {
        return databases == 0
                ? 0
                : cloud.database(databases - 1 + ".db").read(connection -> 1 + readAllAtOnce(cloud, databases - 1));
    }

    @Test
    void a_database_that_is_too_large_is_refused_with_what_it_needs() throws IOException {
        // given
        try (CloudSqlite large = open(64L << 20)) {
            create(large, "small.db");
            large.database("large.db").execute("CREATE TABLE t AS SELECT 7 AS x, randomblob(5000000) AS filler");
        }
        try (CloudSqlite cloud = open(SMALL)) {
            requireSound(cloud, "small.db");

            // when, then
            assertThatThrownBy(() -> requireSound(cloud, "large.db"))
                    .isInstanceOf(StorageUnavailableException.class)
                    .hasMessageContaining("'large.db' needs 5")
                    .hasMessageContaining("may take " + SMALL)
                    .hasMessageContaining("workBytes");
            assertThat(downloads(() -> requireSound(cloud, "small.db")))
                    .as("nothing made way for it")
                    .isFalse();
            assertThat(ManyDatabases.bytesIn(work)).isLessThanOrEqualTo(SMALL);
        }
    }

    @Test
    void a_stale_copy_makes_way_for_the_download_that_replaces_it(@TempDir Path elsewhere) {
        // given: two of it do not fit
        try (CloudSqlite cloud = open(1_500_000);
                CloudSqlite other = CloudSqlite.builder(store, locks)
                        .workDirectory(elsewhere)
                        .build()) {
            other.database("a.db").execute("CREATE TABLE t AS SELECT 7 AS x, randomblob(900000) AS filler");
            requireSound(cloud, "a.db");

            // when
            other.database("a.db").execute("UPDATE t SET x = 8, filler = randomblob(900000)");
            other.maintain(DatabaseName.of("a.db"), Duration.ofMinutes(1));

            // then
            assertThat(cloud.database("a.db").execute("SELECT x FROM t").single())
                    .isEqualTo(8L);
        }
    }

    @Test
    void imports_and_the_past_count_too() throws IOException {
        try (CloudSqlite cloud = open(SMALL)) {
            // given
            for (int i = 0; i < 6; i++) {
                create(cloud, i + ".db");
            }
            cloud.database("5.db").execute("UPDATE t SET x = 8");
            byte[] file;
            try (Export export = cloud.export(DatabaseName.of("4.db"));
                    InputStream in = export.body()) {
                file = in.readAllBytes();
            }

            // when
            RequestOptions before = RequestOptions.DEFAULT.withAsOf(new PointInTime.AfterTransaction(1));
            long most = cloud.database("5.db")
                    .read(
                            past -> {
                                importFile(cloud, file);
                                return bytesInWork();
                            },
                            before)
                    .value();

            // then
            assertThat(most).isLessThanOrEqualTo(SMALL);
            assertThatThrownBy(() -> importFile(cloud, new byte[(int) SMALL + 1]))
                    .isInstanceOf(StorageUnavailableException.class)
                    .hasMessageContaining("workBytes");
            requireSound(cloud, "imported.db");
        }
    }

    private static void importFile(CloudSqlite cloud, byte[] file) {
        cloud.importDatabase(
                DatabaseName.of("imported.db"),
                new ByteArrayInputStream(file),
                true,
                Long.MAX_VALUE,
                Duration.ofMinutes(1));
    }

    private long bytesInWork() {
        try {
            return ManyDatabases.bytesIn(work);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void what_an_earlier_process_left_counts_and_is_deleted_first() {
        // given
        try (CloudSqlite earlier = open(SMALL)) {
            for (int i = 0; i < 4; i++) {
                create(earlier, i + ".db");
            }
        }
        try (CloudSqlite cloud = open(SMALL)) {
            assertThat(downloads(() -> requireSound(cloud, "1.db")))
                    .as("what is left is used")
                    .isFalse();

            // when
            for (int i = 4; i < 6; i++) {
                create(cloud, i + ".db");
                assertThat(bytesInWork()).isLessThanOrEqualTo(SMALL);
            }

            // then
            assertThat(downloads(() -> requireSound(cloud, "1.db"))).isFalse();
        }
        try (CloudSqlite less = open(SMALL / 3)) {
            assertThat(bytesInWork()).isLessThanOrEqualTo(SMALL / 3);
            requireSound(less, "5.db");
        }
    }

    @Test
    void nothing_of_an_evicted_database_stays_in_memory() throws InterruptedException {
        // given
        ExecutorService writers = Executors.newCachedThreadPool();
        Environment environment = environment(writers);
        try (OpenDatabases databases =
                new OpenDatabases(environment, WorkDirectory.claim(work, OptionalLong.of(SMALL)), 100)) {
            List<WeakReference<OpenDatabase>> evicted = new ArrayList<>();

            // when
            for (int i = 0; i < 10; i++) {
                DatabaseName name = DatabaseName.of(i + ".db");
                new DbSession(name, environment, databases)
                        .execute("CREATE TABLE t AS SELECT randomblob(" + ROW_BYTES + ")");
                try (OpenDatabase used = databases.use(name)) {
                    evicted.add(new WeakReference<>(used));
                }
            }
            evicted.subList(7, 10).clear();

            // then
            assertThat(databases.names()).hasSizeLessThanOrEqualTo(3);
            for (int tries = 0; tries < 500 && evicted.stream().anyMatch(each -> each.get() != null); tries++) {
                System.gc();
                TimeUnit.MILLISECONDS.sleep(10);
            }
            assertThat(evicted).allMatch(each -> each.get() == null);
        } finally {
            writers.shutdown();
        }
    }

    private Environment environment(Executor writers) {
        TimeSource time = TimeSource.system();
        DatabaseStore formats = new DatabaseStore(
                store, DatabaseFormat.LOG, LogPolicy.DEFAULT, time, SystemRandom.create(), Runnable::run);
        Duration minute = Duration.ofMinutes(1);
        return new Environment(
                formats,
                locks,
                SqlExecutor.trusted(),
                time,
                SystemRandom.create(),
                minute,
                minute,
                Duration.ofDays(7),
                writers,
                false);
    }

    @Test
    void nothing_is_lost_when_everything_makes_way_all_the_time() throws Exception {
        // given
        int databases = 50;
        int threads = 6;
        long seed = Long.getLong("cloudsqlite.shake.seed", new Random().nextInt(1_000_000));
        System.out.println("WorkBytesTest: -Dcloudsqlite.shake.seed=" + seed);
        AtomicLongArray written = new AtomicLongArray(databases);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try (CloudSqlite cloud = CloudSqlite.builder(store, locks)
                .workDirectory(work)
                .workBytes(3L << 20)
                .maxOpenDatabases(3)
                .build()) {
            for (int i = 0; i < databases; i++) {
                cloud.database(i + ".db")
                        .transaction(List.of(
                                sql("CREATE TABLE t AS SELECT 0 AS n, zeroblob(40000) AS filler"),
                                sql("CREATE TABLE log (n INTEGER PRIMARY KEY)")));
            }

            // when
            List<Future<?>> tasks = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                SplittableRandom random = new SplittableRandom(seed + thread);
                tasks.add(pool.submit(() -> shake(cloud, written, random)));
            }
            for (Future<?> task : tasks) {
                task.get(5, TimeUnit.MINUTES);
            }

            // then
            assertThat(bytesInWork()).isLessThanOrEqualTo(3L << 20);
            for (int i = 0; i < databases; i++) {
                assertThat(cloud.database(i + ".db")
                                .execute("SELECT n FROM t WHERE n = (SELECT count(*) FROM log)")
                                .single())
                        .isEqualTo(written.get(i));
                assertThat(cloud.database(i + ".db")
                                .execute("PRAGMA integrity_check")
                                .single())
                        .isEqualTo("ok");
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private static SqlStatement sql(String text) {
        return SqlStatement.of(text);
    }

    private static void shake(CloudSqlite cloud, AtomicLongArray written, SplittableRandom random) {
        for (int step = 0; step < 60; step++) {
            int i = random.nextInt(written.length());
            DbSession database = cloud.database(i + ".db");
            if (random.nextInt(3) == 0) {
                Object sums = database.execute("SELECT n - (SELECT count(*) FROM log) FROM t")
                        .single();
                assertThat(sums).isEqualTo(0L);
            } else {
                database.transaction(
                        List.of(sql("INSERT INTO log DEFAULT VALUES"), sql("UPDATE t SET n = n + 1")),
                        RequestOptions.DEFAULT.withTimeout(Duration.ofMinutes(1)));
                written.incrementAndGet(i);
            }
        }
    }
}
