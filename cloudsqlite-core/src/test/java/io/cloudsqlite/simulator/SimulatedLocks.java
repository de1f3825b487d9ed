package io.cloudsqlite.simulator;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.lock.ForwardingLease;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.lock.LockInfo;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.time.Deadline;
import java.time.Duration;
import java.util.Optional;

/** The lock service as one process sees it. */
final class SimulatedLocks implements LockManager {

    private final LockManager locks;
    private final Caller caller;

    /** @param locks what all processes share; what waits there waits in this world */
    SimulatedLocks(LockManager locks, Caller caller) {
        this.locks = locks;
        this.caller = caller;
    }

    @Override
    public Lease acquire(DatabaseName database, Duration ttl, Deadline deadline) {
        Fault fault = caller.begin("acquire");
        switch (fault) {
            case UNAVAILABLE, LOST_BEFORE, LATE, DAMAGED_BODY -> throw unavailable();
            default -> {
                Lease lease = locks.acquire(database, ttl, deadline);
                caller.end(fault, "acquire");
                if (fault == Fault.LOST_AFTER) {
                    throw unavailable();
                }
                return new Returning(lease);
            }
        }
    }

    private static StorageUnavailableException unavailable() {
        return new StorageUnavailableException("The lock service does not answer");
    }

    /** A lease whose release may get lost. */
    private final class Returning extends ForwardingLease {

        Returning(Lease lease) {
            super(lease);
        }

        @Override
        public void close() {
            Fault fault = caller.begin("release");
            switch (fault) {
                case UNAVAILABLE, LOST_BEFORE, DAMAGED_BODY -> {
                    return;
                }
                case LATE -> caller.later("release", super::close);
                default -> {
                    super.close();
                    caller.end(fault, "release");
                }
            }
        }
    }

    @Override
    public Optional<LockInfo> find(DatabaseName database, Deadline deadline) {
        return locks.find(database, deadline);
    }

    @Override
    public boolean breakLock(DatabaseName database, Deadline deadline) {
        return locks.breakLock(database, deadline);
    }
}
