package io.cloudsqlite.lock;

import io.cloudsqlite.store.BlobVersion;
import java.time.Instant;
import java.util.Optional;

/**
 * A lease that passes every call on, for those that add something to one of them.
 *
 * <pre>{@code
 * Lease counted = new ForwardingLease(locks.acquire(database, ttl, deadline)) {
 *     @Override
 *     public void close() {
 *         super.close();
 *         released.increment();
 *     }
 * };
 * }</pre>
 *
 * <p>As safe for use by many threads as the lease that it passes calls on to.
 */
public abstract class ForwardingLease implements Lease {

    private final Lease lease;

    /** @param lease what every call is passed on to */
    protected ForwardingLease(Lease lease) {
        this.lease = lease;
    }

    @Override
    public String holder() {
        return lease.holder();
    }

    @Override
    public Instant expiresAt() {
        return lease.expiresAt();
    }

    @Override
    public void ensureValid() {
        lease.ensureValid();
    }

    @Override
    public Optional<BlobVersion> lastCommitted() {
        return lease.lastCommitted();
    }

    @Override
    public void noteLastCommitted(BlobVersion version) {
        lease.noteLastCommitted(version);
    }

    @Override
    public void close() {
        lease.close();
    }
}
