package io.cloudsqlite.session;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.format.CommitOutcome;
import io.cloudsqlite.format.DatabaseStore;
import io.cloudsqlite.format.Operation;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * The world that sessions live in, all of it handed in.
 *
 * @param lockWait how long a writer waits for its turn and for the lock, each
 * @param requestTimeout by when a request has ended that says nothing else
 * @param retention how far back every state of a database in format {@code log} can be restored
 * @param background runs what goes on when no caller waits for it; never on the thread that hands it over
 * @param answersEarly whether a write is answered before what it leaves to do is done
 */
record Environment(
        DatabaseStore store,
        LockManager locks,
        SqlExecutor executor,
        TimeSource time,
        RandomGenerator random,
        Duration lockWait,
        Duration requestTimeout,
        Duration retention,
        Executor background,
        boolean answersEarly) {

    /** How much longer than its request a lease lasts, so that a request does not outlive it by a slow answer alone. */
    private static final Duration LEASE_MARGIN = Duration.ofSeconds(5);

    Environment withRequestTimeout(Duration timeout) {
        return new Environment(
                store, locks, executor, time, random, lockWait, timeout, retention, background, answersEarly);
    }

    Operation begin(Optional<Duration> timeout) {
        return new Operation(Deadline.after(timeout.orElse(requestTimeout), time));
    }

    /** When a wait for other writers ends that begins now. */
    Deadline endOfLockWait(Operation operation) {
        return operation.deadline().orAfter(lockWait);
    }

    Lease acquireLock(DatabaseName database, Operation operation) {
        return acquireLock(database, operation.deadline().remaining(), endOfLockWait(operation));
    }

    /** @param needed how long it may be needed */
    Lease acquireLock(DatabaseName database, Duration needed, Deadline endOfWait) {
        return locks.acquire(database, needed.plus(LEASE_MARGIN), endOfWait);
    }

    /** The TXID of a transaction that was committed; what was not, or perhaps, is thrown. */
    long requireCommitted(DatabaseName database, CommitId commit, CommitOutcome outcome) {
        if (outcome instanceof CommitOutcome.Committed committed) {
            return committed.version().txid();
        }
        if (outcome instanceof CommitOutcome.CommittedBeneathOthers committed) {
            return committed.txid();
        }
        if (outcome instanceof CommitOutcome.Unknown unknown) {
            throw new CommitUnknownException(database, commit, unknown.cause());
        }
        throw new WriteConflictException("Others wrote to the database '" + database
                + "' in the meantime; nothing was changed. Read again and run the transaction again");
    }
}
