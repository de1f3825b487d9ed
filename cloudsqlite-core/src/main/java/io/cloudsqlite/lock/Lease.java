package io.cloudsqlite.lock;

import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.store.BlobVersion;
import java.time.Instant;
import java.util.Optional;

/**
 * A lock that is held for a bounded time.
 *
 * <pre>{@code
 * try (Lease lease = locks.acquire(database, Duration.ofSeconds(30), deadline)) {
 *     ... prepare ...
 *     lease.ensureValid();
 *     ... publish, on a condition ...
 * }
 * }</pre>
 *
 * <p>A lease that was valid a moment ago may have lapsed since, so {@link #ensureValid} only saves work that would most
 * likely be refused: whoever holds a lease still publishes on a condition.
 */
public interface Lease extends AutoCloseable {

    /** Who holds it, as told to others who find the database locked. */
    String holder();

    /** When it lapses unless it is closed earlier, by the clock of the process that acquired it. */
    Instant expiresAt();

    /**
     * Returns if the lease has neither lapsed, by this process's clock, nor been closed.
     *
     * @throws WriteConflictException if it has; others may have written since, so prepare again under a new lease
     */
    void ensureValid();

    /**
     * Which version of the database the holder before knew to be the newest: a writer whose working copy is at that version
     * may begin without asking the store.
     *
     * <p><b>It is a hint.</b> It is out of date whenever somebody has committed without holding the lock: because a lease had
     * lapsed or was broken, or other locks are in use. So nothing may be concluded from it that is not proved afterwards, by a
     * commit on the condition of this very version or by asking the store.
     *
     * @return empty if the holder before told nothing, died, or lost the lock, and always where locks keep no hints
     */
    Optional<BlobVersion> lastCommitted();

    /**
     * Tells the next holder, if this lease is given back in time, that {@code version} is the newest. Whoever does not know,
     * because a commit was refused or its outcome is unknown, tells nothing.
     */
    void noteLastCommitted(BlobVersion version);

    /**
     * Gives the lock back if it is still this lease's, and never another's. Does nothing the second time. Does not throw: a
     * lease that could not be given back lapses by itself, which is logged.
     */
    @Override
    void close();
}
