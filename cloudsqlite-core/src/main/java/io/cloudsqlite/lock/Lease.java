package io.cloudsqlite.lock;

import io.cloudsqlite.WriteConflictException;
import java.time.Instant;

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
     * Gives the lock back if it is still this lease's, and never another's. Does nothing the second time. Does not throw: a
     * lease that could not be given back lapses by itself, which is logged.
     */
    @Override
    void close();
}
