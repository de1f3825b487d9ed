package io.cloudsqlite.session;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The threads that a {@link CloudSqlite} starts, none of which keeps a process from ending. Used by one thread. */
final class BackgroundThreads implements AutoCloseable {

    private static final int MAX_DOWNLOADS = 8;
    private static final Duration IDLE = Duration.ofSeconds(2);

    /** Listing objects costs something, so garbage is collected in one of this many rounds of maintenance. */
    private static final int ROUNDS_PER_COLLECTION = 60;

    private @Nullable ScheduledExecutorService maintenance;

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

    /** Ends maintenance, the one that is under way included. */
    @Override
    public void close() {
        if (maintenance != null) {
            maintenance.shutdownNow();
        }
    }
}
