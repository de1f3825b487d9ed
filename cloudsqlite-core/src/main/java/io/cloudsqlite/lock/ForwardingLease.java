package io.cloudsqlite.lock;

import io.cloudsqlite.store.BlobVersion;
import java.time.Instant;
import java.util.Optional;

/** A lease that passes every call on, for those that add something to it. As safe for use by many threads as the lease. */
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
