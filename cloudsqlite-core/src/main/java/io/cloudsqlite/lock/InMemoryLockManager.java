package io.cloudsqlite.lock;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.SystemRandom;
import io.cloudsqlite.time.TimeSource;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;

/**
 * Locks on the heap of this process: for unit tests, and for databases that only one process writes.
 *
 * <pre>{@code
 * LockManager locks = new InMemoryLockManager();
 * try (Lease lease = locks.acquire(DatabaseName.of("app.db"), Duration.ofSeconds(30), deadline)) {
 *     ...
 * }
 * }</pre>
 *
 * <p>It passes the same contract test as every other lock manager: leases lapse by {@code time}, also those of threads
 * that still live, and can be taken over then. It excludes nobody in another process, and it is not fair: of several
 * waiters, whoever tries first gets a lock that is given back. Safe for use by many threads.
 */
public final class InMemoryLockManager implements LockManager {

    private final TimeSource time;
    private final RandomGenerator random;
    private final ConcurrentMap<DatabaseName, HeldLease> leases = new ConcurrentHashMap<>();

    /** What holders told when they gave their lock back. Changes while the entry in {@link #leases} is locked. */
    private final ConcurrentMap<DatabaseName, BlobVersion> lastCommitted = new ConcurrentHashMap<>();

    /** Nothing is locked. */
    public InMemoryLockManager() {
        this(TimeSource.system(), SystemRandom.create());
    }

    /**
     * Nothing is locked.
     *
     * @param time by which leases lapse
     * @param random spreads waiters out; safe for use by many threads
     */
    public InMemoryLockManager(TimeSource time, RandomGenerator random) {
        this.time = time;
        this.random = random;
    }

    @Override
    public Lease acquire(DatabaseName database, Duration ttl, Deadline deadline) {
        if (ttl.isNegative() || ttl.isZero()) {
            throw new IllegalArgumentException("A lease lasts longer than " + ttl);
        }
        String holder = "thread " + Thread.currentThread().getName();
        return Acquisition.await(database, () -> attempt(database, holder, ttl), deadline, random);
    }

    private Acquisition attempt(DatabaseName database, String holder, Duration ttl) {
        LockInfo info = new LockInfo(holder, time.instant().plus(ttl));
        AtomicBoolean granted = new AtomicBoolean();
        HeldLease holding = leases.compute(database, (name, held) -> {
            if (held != null && !held.hasLapsed()) {
                return held;
            }
            granted.set(true);
            // Told once: if this holder dies, the next does not hear of it.
            Optional<BlobVersion> hint = Optional.ofNullable(lastCommitted.remove(name));
            return new HeldLease(name, info, time, hint, this::release);
        });
        return granted.get() ? new Acquisition.Granted(holding) : new Acquisition.Held(holding.info());
    }

    private void release(HeldLease lease) {
        leases.computeIfPresent(lease.database(), (name, held) -> {
            if (held != lease) {
                return held;
            }
            lease.noted().ifPresent(version -> lastCommitted.put(name, version));
            return null;
        });
    }

    @Override
    public Optional<LockInfo> find(DatabaseName database, Deadline deadline) {
        return Optional.ofNullable(leases.get(database))
                .filter(lease -> !lease.hasLapsed())
                .map(HeldLease::info);
    }

    @Override
    public boolean breakLock(DatabaseName database, Deadline deadline) {
        AtomicBoolean wasHeld = new AtomicBoolean();
        leases.compute(database, (name, held) -> {
            wasHeld.set(held != null && !held.hasLapsed());
            lastCommitted.remove(name);
            return null;
        });
        return wasHeld.get();
    }
}
