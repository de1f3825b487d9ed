package io.cloudsqlite.aws;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.time.TimeSource;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A lease that this process acquired. Safe for use by many threads. */
final class DynamoDbLease implements Lease {

    private static final Logger LOG = LoggerFactory.getLogger(DynamoDbLease.class);

    private final DatabaseName database;
    private final LockItem item;
    private final TimeSource time;
    private final Optional<BlobVersion> lastCommitted;
    private final Release release;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile @Nullable BlobVersion noted;

    /** Gives the lock back if it is still this item's, and tells the next holder what this one noted. */
    @FunctionalInterface
    interface Release {
        void release(LockItem item, Optional<BlobVersion> noted);
    }

    /** @param lastCommitted what the holder before told */
    DynamoDbLease(
            DatabaseName database,
            LockItem item,
            TimeSource time,
            Optional<BlobVersion> lastCommitted,
            Release release) {
        this.database = database;
        this.item = item;
        this.time = time;
        this.lastCommitted = lastCommitted;
        this.release = release;
    }

    @Override
    public String holder() {
        return item.instanceId();
    }

    @Override
    public Instant expiresAt() {
        return item.expiresAt();
    }

    @Override
    public void ensureValid() {
        if (closed.get()) {
            throw new WriteConflictException("The lock of the database '" + database + "' was given back already");
        }
        if (item.hasLapsed(time.instant())) {
            throw new WriteConflictException("The lock of the database '" + database + "' lapsed at " + item.expiresAt()
                    + ", before the transaction was published: run it again");
        }
    }

    @Override
    public Optional<BlobVersion> lastCommitted() {
        return lastCommitted;
    }

    @Override
    public void noteLastCommitted(BlobVersion version) {
        noted = version;
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        // A thread that winds up because it was interrupted still gives back what it holds.
        boolean interrupted = Thread.interrupted();
        try {
            release.release(item, Optional.ofNullable(noted));
        } catch (RuntimeException e) {
            LOG.warn("lease not released, it lapses by itself db={} expires={}", database, item.expiresAt(), e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
