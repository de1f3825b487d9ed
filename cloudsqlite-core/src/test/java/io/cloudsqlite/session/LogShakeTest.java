package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.format.HistoryEntry;
import io.cloudsqlite.lock.GrantingLockManager;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.FaultyBlobStore;
import io.cloudsqlite.store.FileBlobStore;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.HurriedTime;
import io.cloudsqlite.time.SystemRandom;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Everybody at once on one database in format {@code log}: writers, readers and exporters of several processes, checkpoints,
 * merges, and a collector to whom everything is old, all at full speed. The transactions move money between accounts and count
 * themselves, so that every state of the database tells by itself whether it is one that should be.
 *
 * <p>{@code -Dcloudsqlite.shake.seed=7} repeats the random choices, though not the threads' turns; {@code
 * -Dcloudsqlite.shake.transactions=500} shakes for longer, and {@code -Dcloudsqlite.shake.callsPerFault=3} lets the store fail
 * more often.
 */
class LogShakeTest {

    private static final DatabaseName APP = DatabaseName.of("app.db");
    private static final int TRANSACTIONS = Integer.getInteger("cloudsqlite.shake.transactions", 15);
    private static final int CALLS_PER_FAULT = Integer.getInteger("cloudsqlite.shake.callsPerFault", 4);
    private static final int PROCESSES = 3;
    private static final int WRITERS_EACH = 2;
    private static final int ACCOUNTS = 50;
    private static final long TOTAL = 1_000L * ACCOUNTS;
    private static final Duration EVERYTHING_IS_OLD = Duration.ofHours(2);
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final long LONGEST_MINUTES = 10;

    @TempDir
    Path directory;

    private final long seed = Long.getLong("cloudsqlite.shake.seed", new Random().nextInt(1_000_000));
    private final TimeSource time = new HurriedTime(Duration.ZERO);
    private final List<CloudSqlite> processes = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch writersLeft = new CountDownLatch(PROCESSES * WRITERS_EACH);
    private final Collection<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final AtomicLong started = new AtomicLong();
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong unknown = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final Set<Long> acknowledgedTxids = new ConcurrentSkipListSet<>();

    /** How many times each kind of maintenance did something. */
    private final AtomicLong checkpoints = new AtomicLong();

    private final AtomicLong merges = new AtomicLong();
    private final AtomicLong collected = new AtomicLong();
    private final AtomicLong exports = new AtomicLong();
    private final AtomicLong reads = new AtomicLong();

    private boolean faulty;
    private int transactionsEach = TRANSACTIONS;

    @BeforeEach
    void print_seed() {
        System.out.println("LogShakeTest: -Dcloudsqlite.shake.seed=" + seed);
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
        processes.forEach(CloudSqlite::close);
    }

    @Test
    void nothing_is_lost_with_locks() throws Exception {
        shake(new InMemoryBlobStore(), new InMemoryLockManager(time, SystemRandom.create()), Duration.ofDays(7));
    }

    @Test
    void nothing_is_lost_without_locks() throws Exception {
        shake(new InMemoryBlobStore(), new GrantingLockManager(), Duration.ofDays(7));
    }

    @Test
    void nothing_is_lost_when_no_history_is_kept() throws Exception {
        shake(new InMemoryBlobStore(), new GrantingLockManager(), Duration.ZERO);
    }

    @Test
    void nothing_is_lost_in_a_directory_with_locks() throws Exception {
        shakeDirectory(new InMemoryLockManager(time, SystemRandom.create()), Duration.ZERO);
    }

    @Test
    void nothing_is_lost_in_a_directory_without_locks() throws Exception {
        shakeDirectory(new GrantingLockManager(), Duration.ofDays(7));
    }

    @Test
    void nothing_is_lost_by_a_store_that_fails_with_locks() throws Exception {
        shakeFaulty(new InMemoryLockManager(time, SystemRandom.create()), Duration.ofDays(7));
    }

    @Test
    void nothing_is_lost_by_a_store_that_fails_without_locks() throws Exception {
        shakeFaulty(new GrantingLockManager(), Duration.ZERO);
    }

    private void shakeDirectory(LockManager locks, Duration retention) throws Exception {
        // Each commit waits for the disk.
        transactionsEach = Math.max(1, TRANSACTIONS / 3);
        shake(new FileBlobStore(directory.resolve("store")), locks, retention);
    }

    private void shakeFaulty(LockManager locks, Duration retention) throws Exception {
        faulty = true;
        FaultyBlobStore store = new FaultyBlobStore(new InMemoryBlobStore());
        shake(store, locks, retention);
    }

    private void shake(BlobStore store, LockManager locks, Duration retention) throws Exception {
        // given
        SplittableRandom random = new SplittableRandom(seed);
        for (int process = 0; process < PROCESSES; process++) {
            processes.add(open(store, locks, "process-" + process, retention));
        }
        createLedger(processes.get(0));
        if (store instanceof FaultyBlobStore failing) {
            failing.failAtRandom(random.split(), CALLS_PER_FAULT);
        }

        // when
        List<Future<?>> running = new ArrayList<>();
        for (CloudSqlite process : processes) {
            for (int writer = 0; writer < WRITERS_EACH; writer++) {
                SplittableRandom own = random.split();
                running.add(threads.submit(() -> write(process.database(APP), own)));
            }
            running.add(background(new Reader(process)));
            running.add(background(() -> export(process)));
        }
        running.add(background(() -> maintain(processes.get(0))));
        running.add(background(new Restarts(store, locks, retention, random.split())));
        for (int number = 0; number < 2; number++) {
            LogKeeper keeper = new LogKeeper(store, APP, directory.resolve("keeper-" + number), time);
            running.add(background(new Upkeep(keeper, random.split())));
        }
        LogKeeper collector =
                new LogKeeper(store, APP, directory.resolve("collector"), new HurriedTime(EVERYTHING_IS_OLD));
        running.add(background(() -> collected.addAndGet(collector.collect(retention))));
        for (Future<?> thread : running) {
            thread.get(LONGEST_MINUTES, TimeUnit.MINUTES);
        }

        // then
        System.out.println("LogShakeTest: acknowledged=" + acknowledged + " refused=" + refused + " unknown=" + unknown
                + " reads="
                + reads + " exports=" + exports + " checkpoints=" + checkpoints + " merges=" + merges + " collected="
                + collected);
        assertThat(failures).isEmpty();
        if (store instanceof FaultyBlobStore failing) {
            failing.failAtRandom(random.split(), 0);
        }
        requireSoundEnd(store, locks, retention);
    }

    private CloudSqlite open(BlobStore store, LockManager locks, String name, Duration retention) {
        return CloudSqlite.builder(store, locks)
                .workDirectory(directory.resolve(name))
                .time(time)
                .retention(retention)
                .lockWait(PATIENCE)
                .requestTimeout(PATIENCE)
                .build();
    }

    private static void createLedger(CloudSqlite cloud) {
        List<SqlStatement> statements = new ArrayList<>(List.of(
                SqlStatement.of("CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER, note BLOB)"),
                SqlStatement.of("CREATE TABLE counter (n INTEGER)"),
                SqlStatement.of("INSERT INTO counter VALUES (0)")));
        for (int account = 1; account <= ACCOUNTS; account++) {
            statements.add(SqlStatement.of("INSERT INTO account VALUES (?, ?, NULL)", account, TOTAL / ACCOUNTS));
        }
        cloud.database(APP).transaction(statements);
    }

    /** Moves money between two accounts, and lets the database grow and shrink. */
    private void write(DbSession db, SplittableRandom random) {
        try {
            for (int transaction = 1; transaction <= transactionsEach && failures.isEmpty(); transaction++) {
                tryWrite(db, random);
            }
        } catch (Throwable e) {
            failures.add(e);
        } finally {
            writersLeft.countDown();
        }
    }

    private void tryWrite(DbSession db, SplittableRandom random) {
        long amount = random.nextLong(100);
        byte[] note = new byte[random.nextInt(10) == 0 ? 0 : random.nextInt(40_000)];
        random.nextBytes(note);
        List<SqlStatement> statements = List.of(
                SqlStatement.of(
                        "UPDATE account SET balance = balance - ?, note = ? WHERE id = ?",
                        amount,
                        note,
                        1 + random.nextInt(ACCOUNTS)),
                SqlStatement.of(
                        "UPDATE account SET balance = balance + ? WHERE id = ?", amount, 1 + random.nextInt(ACCOUNTS)),
                SqlStatement.of("UPDATE counter SET n = n + 1"));
        started.incrementAndGet();
        try {
            long txid = db.transaction(statements, RequestOptions.DEFAULT).txid();
            acknowledged.incrementAndGet();
            if (!acknowledgedTxids.add(txid)) {
                failures.add(new AssertionError("two transactions were told that they are " + txid));
            }
        } catch (CommitUnknownException e) {
            unknown.incrementAndGet();
        } catch (WriteConflictException | DatabaseLockedException e) {
            refused.incrementAndGet();
        } catch (StorageUnavailableException e) {
            refused.incrementAndGet();
            tolerateIfFaulty(e);
        }
    }

    private void tolerateIfFaulty(CloudSqliteException failure) {
        if (!faulty) {
            failures.add(failure);
        }
    }

    /** Does something over and over for as long as there are writers. */
    private Future<?> background(Runnable work) {
        return threads.submit(() -> {
            try {
                do {
                    try {
                        work.run();
                    } catch (StorageUnavailableException e) {
                        tolerateIfFaulty(e);
                    }
                } while (writersLeft.getCount() > 0 && failures.isEmpty());
            } catch (Throwable e) {
                failures.add(e);
            }
        });
    }

    /** What a transaction saw. */
    private record Seen(long txid, long count, long total) {
        static Seen of(Answer<List<SqlResult>> answer) {
            List<Object> row = List.copyOf(answer.value().get(0).rows().get(0));
            return new Seen(answer.txid(), (Long) row.get(0), (Long) row.get(1));
        }

        void requireSound() {
            // The first transaction created the ledger, and each one since has counted itself.
            assertThat(total).as("sum of the ledger at transaction %d", txid).isEqualTo(TOTAL);
            assertThat(count).as("counter at transaction %d", txid).isEqualTo(txid - 1);
        }
    }

    private static Seen look(CloudSqlite cloud, RequestOptions options) {
        SqlStatement statement = SqlStatement.of("SELECT (SELECT n FROM counter), sum(balance) FROM account");
        return Seen.of(cloud.database(APP).transaction(List.of(statement), options));
    }

    /** Sees no state that should not be, and never an older one than before. */
    private final class Reader implements Runnable {

        private final CloudSqlite cloud;
        private Seen last = new Seen(0, 0, 0);

        Reader(CloudSqlite cloud) {
            this.cloud = cloud;
        }

        @Override
        public void run() {
            long atLeast = acknowledged.get();
            Seen seen = look(cloud, RequestOptions.DEFAULT);
            reads.incrementAndGet();
            seen.requireSound();
            assertThat(seen.count()).isBetween(Math.max(atLeast, last.count()), started.get());
            last = seen;
        }
    }

    private void export(CloudSqlite cloud) {
        try (Export export = cloud.export(APP)) {
            export.body().transferTo(OutputStream.nullOutputStream());
            exports.incrementAndGet();
        } catch (IOException e) {
            throw new AssertionError("an export is not sound", e);
        }
    }

    private void maintain(CloudSqlite cloud) {
        merges.addAndGet(cloud.maintain(APP, PATIENCE).mergedSegments());
    }

    /** A process that comes and goes, sometimes with the work directory that it had, sometimes with a new one. */
    private final class Restarts implements Runnable {

        private final BlobStore store;
        private final LockManager locks;
        private final Duration retention;
        private final SplittableRandom random;
        private int generation;

        Restarts(BlobStore store, LockManager locks, Duration retention, SplittableRandom random) {
            this.store = store;
            this.locks = locks;
            this.retention = retention;
            this.random = random;
        }

        @Override
        public void run() {
            generation += random.nextInt(3) == 0 ? 1 : 0;
            try (CloudSqlite cloud = open(store, locks, "restarted-" + generation, retention)) {
                new Reader(cloud).run();
            }
        }
    }

    /** Merges all the time, and makes a checkpoint after some transactions, soon or late. */
    private final class Upkeep implements Runnable {

        private final LogKeeper keeper;
        private final SplittableRandom random;
        private long nextCheckpointAt;

        Upkeep(LogKeeper keeper, SplittableRandom random) {
            this.keeper = keeper;
            this.random = random;
        }

        @Override
        public void run() {
            merges.addAndGet(keeper.mergeIfDue());
            if (acknowledged.get() >= nextCheckpointAt) {
                checkpoints.addAndGet(keeper.checkpoint() ? 1 : 0);
                nextCheckpointAt = acknowledged.get() + random.nextInt(60);
            }
        }
    }

    private void requireSoundEnd(BlobStore store, LockManager locks, Duration retention) {
        long committed = look(processes.get(0), RequestOptions.DEFAULT).count();
        assertThat(committed).isBetween(acknowledged.get(), acknowledged.get() + unknown.get());
        for (CloudSqlite process : processes) {
            Seen seen = look(process, RequestOptions.DEFAULT);
            seen.requireSound();
            assertThat(seen.count()).isEqualTo(committed);
        }
        try (CloudSqlite fresh = open(store, locks, "fresh", retention)) {
            look(fresh, RequestOptions.DEFAULT).requireSound();
            assertThat(fresh.verify(APP, PATIENCE).txid()).isEqualTo(committed + 1);
            List<HistoryEntry> history = fresh.history(APP, OptionalLong.empty(), Integer.MAX_VALUE);
            assertThat(history)
                    .extracting(HistoryEntry::txid)
                    .doesNotHaveDuplicates()
                    .startsWith(committed + 1);
            if (!retention.isZero()) {
                assertThat(history.stream()
                                .mapToLong(entry -> entry.txid() - entry.fromTxid() + 1)
                                .sum())
                        .isEqualTo(committed + 1);
            }
            for (HistoryEntry entry : history) {
                PointInTime then = PointInTime.afterTransaction(entry.txid());
                Seen seen = look(fresh, RequestOptions.DEFAULT.withAsOf(then));
                assertThat(seen.txid()).isEqualTo(entry.txid());
                seen.requireSound();
            }
        }
    }
}
