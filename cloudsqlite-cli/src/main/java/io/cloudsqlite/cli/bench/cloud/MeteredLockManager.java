package io.cloudsqlite.cli.bench.cloud;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.lock.ForwardingLease;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.lock.LockInfo;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.time.Deadline;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Locks whose requests are counted: acquiring one and giving it back is two. Safe for use by many threads. */
public final class MeteredLockManager implements LockManager {

    private final LockManager locks;
    private final TrafficMeter meter;

    public MeteredLockManager(LockManager locks, TrafficMeter meter) {
        this.locks = locks;
        this.meter = meter;
    }

    @Override
    public Lease acquire(DatabaseName database, Duration ttl, Deadline deadline) {
        meter.lockRequests.increment();
        return new MeteredLease(locks.acquire(database, ttl, deadline));
    }

    @Override
    public Optional<LockInfo> find(DatabaseName database, Deadline deadline) {
        meter.lockRequests.increment();
        return locks.find(database, deadline);
    }

    @Override
    public boolean breakLock(DatabaseName database, Deadline deadline) {
        meter.lockRequests.increment();
        return locks.breakLock(database, deadline);
    }

    private final class MeteredLease extends ForwardingLease {

        private final AtomicBoolean closed = new AtomicBoolean();

        MeteredLease(Lease lease) {
            super(lease);
        }

        @Override
        public void close() {
            if (!closed.getAndSet(true)) {
                meter.lockRequests.increment();
            }
            super.close();
        }
    }
}
