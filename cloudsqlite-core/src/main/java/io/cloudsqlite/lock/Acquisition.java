package io.cloudsqlite.lock;

import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.time.Backoff;
import io.cloudsqlite.time.Deadline;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** One try to acquire a lock, and the waiting between tries. */
sealed interface Acquisition {

    /** The longest wait is about what a lock that was just given back stays unused. */
    Backoff BACKOFF = new Backoff(Duration.ofMillis(2), Duration.ofMillis(50));

    /** The lock is ours. */
    record Granted(Lease lease) implements Acquisition {}

    /** The lock is another's. */
    record Held(LockInfo by) implements Acquisition {}

    /**
     * Tries until the lock is granted or the deadline has passed; at least once, and once more when it has passed.
     *
     * @throws DatabaseLockedException if the last try found the lock held
     * @throws OperationInterruptedException if the thread is interrupted
     */
    static Lease await(
            DatabaseName database, Supplier<Acquisition> acquire, Deadline deadline, RandomGenerator random) {
        for (int attempt = 1; ; attempt++) {
            if (Thread.currentThread().isInterrupted()) {
                throw interrupted(database, null);
            }
            boolean lastTry = deadline.hasPassed();
            Acquisition acquisition = acquire.get();
            if (acquisition instanceof Granted granted) {
                return granted.lease;
            }
            if (lastTry && acquisition instanceof Held held) {
                throw new DatabaseLockedException(database, held.by.holder(), held.by.expiresAt());
            }
            sleep(database, BACKOFF.after(attempt, random), deadline);
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
