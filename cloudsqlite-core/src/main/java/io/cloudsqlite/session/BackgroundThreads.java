package io.cloudsqlite.session;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that a {@link CloudSqlite} starts. Only those of writers keep a process from ending, and only for a moment. Used by
 * one thread.
 */
final class BackgroundThreads implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(BackgroundThreads.class);

    private static final int MAX_DOWNLOADS = 8;
    private static final Duration IDLE = Duration.ofSeconds(2);
    private static final Duration IDLE_WRITERS = Duration.ofMillis(200);

    /** More than what a write leaves to do takes. */
    private static final Duration LONGEST_ENDING = Duration.ofSeconds(10);

    /** Listing objects costs something, so garbage is collected in one of this many rounds of maintenance. */
    private static final int ROUNDS_PER_COLLECTION = 60;

    private @Nullable ScheduledExecutorService maintenance;
    private @Nullable ExecutorService writers;

    /** Threads that exist only while there is something to download. */
    Executor downloads() {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                MAX_DOWNLOADS,
                MAX_DOWNLOADS,
                IDLE.toMillis(),
                TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(),
                daemons("cloudsqlite-download"));
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    /**
     * Threads for those who write: one for each database that is written to at the moment, and one more while it is maintained
     * after a commit. They end soon after the last write, and a process does not end before, so that no lock is left behind.
     */
    Executor writers() {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                0,
                // Open databases bound it, with at most two tasks each: a limit here would refuse a writer.
                Integer.MAX_VALUE,
                IDLE_WRITERS.toMillis(),
                TimeUnit.MILLISECONDS,
                new SynchronousQueue<>(),
                task -> new Thread(task, "cloudsqlite-writer"));
        writers = threads;
        return threads;
    }

    /** Maintains the open databases from now on, each time that {@code interval} has gone by. */
    void maintain(Duration interval, Maintenance work) {
        AtomicInteger round = new AtomicInteger();
        maintenance = Executors.newSingleThreadScheduledExecutor(daemons("cloudsqlite-maintenance"));
        ScheduledFuture<?> unused = maintenance.scheduleWithFixedDelay(
                () -> work.maintainOpen(round.incrementAndGet() % ROUNDS_PER_COLLECTION == 0),
                interval.toMillis(),
                interval.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private static ThreadFactory daemons(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    /**
     * Ends maintenance, the one that is under way included, and waits until the locks of writers have been given back, 10 seconds
     * at most.
     */
    @Override
    public void close() {
        if (maintenance != null) {
            maintenance.shutdownNow();
        }
        if (writers != null) {
            writers.shutdown();
            try {
                boolean ended = writers.awaitTermination(LONGEST_ENDING.toMillis(), TimeUnit.MILLISECONDS);
                if (!ended) {
                    log.warn("writers did not end within {}; their locks lapse by themselves", LONGEST_ENDING);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
