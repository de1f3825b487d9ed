package io.cloudsqlite.time;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/**
 * The clock that a session lives by: wall-clock time, monotonic time, sleeping, and waiting for other threads of the process.
 * Handing it in lets a test or a simulator own time. Implementations are safe for use by many threads.
 *
 * <p>No guarantee of CloudSQLite rests on a clock. Clocks decide how long to wait, when a lease has lapsed and whether a
 * working copy is recent enough for a caller who allowed staleness, and nothing else.
 */
public interface TimeSource extends InstantSource {

    /** Wall-clock time, which may jump. Only leases and timestamps that people read are made of it. */
    @Override
    Instant instant();

    /** Nanoseconds since an arbitrary origin, as {@link System#nanoTime()} counts them. Durations are made of it. */
    long nanoTime();

    /**
     * Blocks the calling thread for about {@code duration}.
     *
     * @throws InterruptedException if the thread is interrupted before or while it sleeps
     */
    void sleep(Duration duration) throws InterruptedException;

    /**
     * A condition of {@code lock}, on which threads wait for each other by this time: a wait with a timeout ends when this clock
     * says so. Everything that waits within a process waits like this, so that who owns time owns the order of threads too.
     */
    default Condition newCondition(Lock lock) {
        return lock.newCondition();
    }

    /** The thread that calls, to tell it from others. Who owns the order of threads may run several on one of Java's. */
    default Object currentThread() {
        return Thread.currentThread();
    }

    /** The clocks of this machine. */
    static TimeSource system() {
        return SystemTimeSource.INSTANCE;
    }
}
