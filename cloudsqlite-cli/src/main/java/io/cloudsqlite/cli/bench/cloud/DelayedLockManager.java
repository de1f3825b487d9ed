package io.cloudsqlite.cli.bench.cloud;

import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.lock.ForwardingLease;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.lock.LockInfo;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.time.Backoff;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;

/**
 * Locks that are as slow as those in DynamoDB: a round trip for each try to acquire one, and for giving it back. Who finds a
 * lock taken tries again as the client of DynamoDB does. Safe for use by many threads.
 */
public final class DelayedLockManager implements LockManager {

    /** As in DynamoDB's client: the longest wait is about what a lock that was just given back stays unused. */
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(2), Duration.ofMillis(50));

    private final LockManager locks;
    private final Duration roundTrip;
    private final RandomGenerator random;

    /** @param random spreads waiters out; safe for use by many threads */
    public DelayedLockManager(LockManager locks, Duration roundTrip, RandomGenerator random) {
        this.locks = locks;
        this.roundTrip = roundTrip;
        this.random = random;
    }

    @Override
    public Lease acquire(DatabaseName database, Duration ttl, Deadline deadline) {
        for (int attempt = 1; ; attempt++) {
            boolean isLast = deadline.hasPassed();
            try {
                Deadline oneTry = Deadline.after(Duration.ZERO, TimeSource.system());
                return new DelayedLease(Wire.roundTrip(roundTrip, () -> locks.acquire(database, ttl, oneTry)));
            } catch (DatabaseLockedException e) {
                if (isLast) {
                    throw e;
                }
                BACKOFF.pause(attempt, random, deadline, "waiting for the lock of the database '" + database + "'");
            }
        }
    }

    @Override
    public Optional<LockInfo> find(DatabaseName database, Deadline deadline) {
        return Wire.roundTrip(roundTrip, () -> locks.find(database, deadline));
    }

    @Override
    public boolean breakLock(DatabaseName database, Deadline deadline) {
        return Wire.roundTrip(roundTrip, () -> locks.breakLock(database, deadline));
    }

    private final class DelayedLease extends ForwardingLease {

        private final AtomicBoolean closed = new AtomicBoolean();

        DelayedLease(Lease lease) {
            super(lease);
        }

        @Override
        public void close() {
            if (closed.getAndSet(true)) {
                return;
            }
            Wire.roundTrip(roundTrip, () -> {
                super.close();
                return true;
            });
        }
    }
}
