package io.cloudsqlite.cli.bench;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.cli.bench.cloud.Cloud;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.DbSession;
import io.cloudsqlite.sql.SqlStatement;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Loads many databases for a long time, nine reads to a write, and watches the heap.
 *
 * <pre>{@code
 * SoakReport report = new Soak(cloud, files, settings, 1_000, Duration.ofMinutes(10), System.err::println).run();
 * }</pre>
 *
 * <p>The heap is measured after a full collection each time, so what it shows is what is reachable. The store must not be on
 * the heap. All databases exist before the first sample. Runs once; used by one thread.
 */
public final class Soak {

    private static final int CLIENTS = 16;

    /** How many databases are created and deleted at a time. */
    private static final int CREATORS = 64;

    private static final int SAMPLES = 60;

    /** How many a database has at the least, and how many a transaction of its past inserted: three pages. */
    private static final int ROWS = 40;

    /** After so many of those transactions a log's tail is full. */
    private static final int FULL_TAIL = 10;

    private static final int MIX_CYCLE = 10;

    private final int databases;
    private final Duration duration;
    private final Consumer<String> progress;
    private final CloudSqlite process;
    private final String prefix = "soak-" + Long.toHexString(new SplittableRandom().nextLong()) + "-";
    private final LongAdder operations = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final List<SoakReport.Sample> samples = new ArrayList<>();

    /**
     * @param databases how many are used, evenly
     * @param duration how long they are used
     * @param progress told what is done, in a line
     */
    public Soak(
            Cloud cloud,
            TemporaryFiles files,
            Consumer<CloudSqlite.Builder> settings,
            int databases,
            Duration duration,
            Consumer<String> progress) {
        this.databases = databases;
        this.duration = duration;
        this.progress = progress;
        CloudSqlite.Builder builder =
                CloudSqlite.builder(cloud.store(), cloud.locks()).workDirectory(files.fresh("soak"));
        settings.accept(builder);
        this.process = builder.build();
    }

    /** Runs it, and deletes the databases. */
    public SoakReport run() throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(CREATORS);
        try {
            progress.accept(databases + " databases are created");
            forAll(threads, this::create);
            load(threads);
            progress.accept(databases + " databases are deleted");
            forAll(threads, number -> process.delete(session(number).database()));
            return new SoakReport(databases, CLIENTS, duration, operations.sum(), failures.sum(), samples);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the soak failed: " + e.getCause(), e.getCause());
        } finally {
            threads.shutdownNow();
            process.close();
        }
    }

    private DbSession session(int number) {
        return process.database(prefix + number + ".db");
    }

    /** Something that is done with the database of a number. */
    @FunctionalInterface
    private interface Work {
        void run(int number);
    }

    private void forAll(ExecutorService threads, Work work) throws InterruptedException, ExecutionException {
        AtomicInteger next = new AtomicInteger();
        CompletionService<Boolean> running = new ExecutorCompletionService<>(threads);
        for (int i = 0; i < CREATORS; i++) {
            running.submit(() -> {
                for (int number = next.getAndIncrement(); number < databases; number = next.getAndIncrement()) {
                    work.run(number);
                }
                return true;
            });
        }
        for (int i = 0; i < CREATORS; i++) {
            running.take().get();
        }
    }

    /**
     * Makes a database as it is after some time. The log of a new one grows until it is as long as it gets, with the commits that
     * it remembers, and what is kept of it on the heap grows with it; so as not to watch that for minutes, the logs begin with all
     * lengths, and with as many commits as they remember.
     */
    private void create(int number) {
        DbSession session = session(number);
        session.execute(Items.CREATE);
        SqlStatement insert = SqlStatement.of(Items.INSERT, "item");
        int transactions = DatabaseVersion.MAX_RECENT_COMMITS + number % FULL_TAIL;
        for (int transaction = 0; transaction < transactions; transaction++) {
            session.transaction(Collections.nCopies(ROWS, insert));
        }
    }

    private void load(ExecutorService threads) throws InterruptedException, ExecutionException {
        long began = System.nanoTime();
        long end = began + duration.toNanos();
        List<Future<?>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            SplittableRandom random = new SplittableRandom(i);
            clients.add(threads.submit(() -> use(random, end)));
        }
        Duration interval = duration.dividedBy(SAMPLES);
        for (int sample = 1; sample <= SAMPLES; sample++) {
            long next = began + interval.toNanos() * sample;
            TimeUnit.NANOSECONDS.sleep(Math.max(0, next - System.nanoTime()));
            sample(System.nanoTime() - began);
        }
        for (Future<?> client : clients) {
            client.get();
        }
    }

    private void use(SplittableRandom random, long endNanos) {
        for (int operation = 0; System.nanoTime() - endNanos < 0; operation++) {
            DbSession session = session(random.nextInt(databases));
            String sql = operation % MIX_CYCLE == 0 ? Items.WRITE : Items.READ;
            try {
                session.execute(sql, 1 + random.nextInt(ROWS));
                operations.increment();
            } catch (OperationInterruptedException e) {
                throw e;
            } catch (CloudSqliteException e) {
                failures.increment();
            }
        }
    }

    private void sample(long sinceNanos) {
        System.gc();
        long usedBytes =
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        samples.add(new SoakReport.Sample(Duration.ofNanos(sinceNanos), usedBytes));
        progress.accept(String.format(
                Locale.ROOT,
                "after %d s: %d operations, %d failed, heap %.1f MB",
                TimeUnit.NANOSECONDS.toSeconds(sinceNanos),
                operations.sum(),
                failures.sum(),
                usedBytes / 1e6));
    }
}
