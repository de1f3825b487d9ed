package io.cloudsqlite.lock;

import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.time.Deadline;
import java.time.Duration;
import java.util.Optional;

/**
 * One exclusive lock per database, held as a lease that lapses by itself.
 *
 * <pre>{@code
 * LockManager locks = new InMemoryLockManager();
 * try (Lease lease = locks.acquire(DatabaseName.of("app.db"), Duration.ofSeconds(30), deadline)) {
 *     ...
 * }
 * }</pre>
 *
 * <p><b>The lock is about efficiency, not about safety.</b> It makes writers take turns instead of preparing transactions
 * of which only one can be published. Two holders at once, a lease that lapses too early or a clock that is wrong cost
 * work and never data, because each commit is a conditional put of its own. What an implementation owes is therefore:
 *
 * <ol>
 *   <li>As long as clocks agree and leases are respected, a database has at most one valid lease.
 *   <li>A lease that is not closed (its process died) stops mattering when it lapses.
 *   <li>Waiting is bounded by the deadline, in jittered steps, and ends with an exception that names the holder.
 *   <li>Releasing never releases another's lease.
 *   <li>What a holder {@linkplain Lease#noteLastCommitted tells} is kept for the next holder only, or not at all; what one who
 *       lost the lock tells is not kept.
 * </ol>
 *
 * <p>Implementations are safe for use by many threads. The lock is not reentrant.
 */
public interface LockManager {

    /**
     * Acquires the lock of {@code database}, waiting for it until {@code deadline} at most. A deadline that has passed
     * means one try without waiting.
     *
     * @param ttl how long the lease lasts unless it is closed earlier; more than zero
     * @throws DatabaseLockedException if another lease is valid until the deadline
     * @throws StorageUnavailableException if the lock service does not answer; the lock may then be held by nobody until
     *     {@code ttl} has gone by
     * @throws OperationInterruptedException if the thread is interrupted while it waits
     */
    Lease acquire(DatabaseName database, Duration ttl, Deadline deadline);

    /** Who holds the lock of {@code database} at the moment, if anybody does; for people, not for decisions. */
    Optional<LockInfo> find(DatabaseName database, Deadline deadline);

    /**
     * Takes the lock away from whoever holds it. Safe at any time, since commits are conditional; for an operator who
     * does not want to wait until a dead process's lease lapses.
     *
     * @return whether there was a lock to take away
     */
    boolean breakLock(DatabaseName database, Deadline deadline);
}
