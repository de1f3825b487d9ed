package io.cloudsqlite.lock;

import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.time.Deadline;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** One try to acquire a lock, and the waiting between tries. */
sealed interface Acquisition {

    /** The wait after the first try that fails; it doubles with each try, up to {@link #LONGEST_WAIT}. */
    Duration FIRST_WAIT = Duration.ofMillis(2);

    /** The longest wait between two tries, which is about what a lock that was just given back stays unused. */
    Duration LONGEST_WAIT = Duration.ofMillis(50);

    /** The lock is ours. */
    record Granted(Lease lease) implements Acquisition {}

    /** The lock is another's. */
    record Held(LockInfo by) implements Acquisition {}

    /**
     * Tries until the lock is granted or the deadline has passed; at least once, and once more when it has passed.
     *
     * <p>Each wait is drawn evenly from zero to its bound ('full jitter'), so that waiters who began together spread out.
     *
     * @throws DatabaseLockedException if the last try found the lock held
     * @throws OperationInterruptedException if the thread is interrupted
     */
    static Lease await(
            DatabaseName database, Supplier<Acquisition> attempt, Deadline deadline, RandomGenerator random) {
        Duration bound = FIRST_WAIT;
        while (true) {
            if (Thread.currentThread().isInterrupted()) {
                throw interrupted(database, null);
            }
            boolean lastTry = deadline.hasPassed();
            Acquisition acquisition = attempt.get();
            if (acquisition instanceof Granted granted) {
                return granted.lease;
            }
            if (lastTry && acquisition instanceof Held held) {
                throw new DatabaseLockedException(database, held.by.holder(), held.by.expiresAt());
            }
            sleep(database, Duration.ofNanos(1 + random.nextLong(bound.toNanos())), deadline);
            bound = bound.compareTo(LONGEST_WAIT.dividedBy(2)) < 0 ? bound.multipliedBy(2) : LONGEST_WAIT;
        }
    }

    private static void sleep(DatabaseName database, Duration duration, Deadline deadline) {
        try {
            deadline.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(database, e);
        }
    }

    private static OperationInterruptedException interrupted(
            DatabaseName database, @Nullable InterruptedException cause) {
        return new OperationInterruptedException(
                "The thread was interrupted while it waited for the lock of the database '" + database + "'", cause);
    }
}
