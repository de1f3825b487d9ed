package io.cloudsqlite.lock;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.time.Deadline;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Counts what another lock manager is asked for.
 *
 * <pre>{@code
 * CountingLockManager locks = new CountingLockManager(new InMemoryLockManager());
 * ...
 * assertThat(locks.reset()).isEqualTo(new Counts(1, 1, 0, 0));   // one acquire, one release
 * }</pre>
 *
 * <p>A call counts when it is made, also if it fails. Safe for use by many threads.
 */
public final class CountingLockManager implements LockManager {

    private final LockManager locks;
    private Counts counts = Counts.NONE;

    /**
     * How often each call was made.
     *
     * @param releases leases that were closed, each counted once
     */
    public record Counts(int acquires, int releases, int finds, int breaks) {

        public static final Counts NONE = new Counts(0, 0, 0, 0);

        private Counts plus(Counts other) {
            return new Counts(
                    acquires + other.acquires, releases + other.releases, finds + other.finds, breaks + other.breaks);
        }
    }

    public CountingLockManager(LockManager locks) {
        this.locks = locks;
    }

    /** What was counted since the start or the last {@link #reset}. */
    public synchronized Counts counts() {
        return counts;
    }

    /** Counts from zero again, and returns what was counted until now. */
    public synchronized Counts reset() {
        Counts until = counts;
        counts = Counts.NONE;
        return until;
    }

    private synchronized void add(Counts more) {
        counts = counts.plus(more);
    }

    @Override
    public Lease acquire(DatabaseName database, Duration ttl, Deadline deadline) {
        add(new Counts(1, 0, 0, 0));
        return new CountedLease(locks.acquire(database, ttl, deadline));
    }

    @Override
    public Optional<LockInfo> find(DatabaseName database, Deadline deadline) {
        add(new Counts(0, 0, 1, 0));
        return locks.find(database, deadline);
    }

    @Override
    public boolean breakLock(DatabaseName database, Deadline deadline) {
        add(new Counts(0, 0, 0, 1));
        return locks.breakLock(database, deadline);
    }

    private final class CountedLease extends ForwardingLease {

        private final AtomicBoolean closed = new AtomicBoolean();

        CountedLease(Lease lease) {
            super(lease);
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                add(new Counts(0, 1, 0, 0));
            }
            super.close();
        }
    }
}
