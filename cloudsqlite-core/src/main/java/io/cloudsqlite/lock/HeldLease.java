package io.cloudsqlite.lock;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.time.TimeSource;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A lease that this process acquired. Safe for use by many threads; two are equal only if they are the same. */
final class HeldLease implements Lease {

    private static final Logger log = LoggerFactory.getLogger(HeldLease.class);

    private final DatabaseName database;
    private final LockInfo info;
    private final TimeSource time;
    private final Optional<BlobVersion> lastCommitted;
    private final Release release;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile @Nullable BlobVersion noted;

    /** Gives the lock back if it is still held by {@code lease}. */
    @FunctionalInterface
    interface Release {
        void release(HeldLease lease);
    }

    /** @param lastCommitted what the holder before told */
    HeldLease(
            DatabaseName database,
            LockInfo info,
            TimeSource time,
            Optional<BlobVersion> lastCommitted,
            Release release) {
        this.database = database;
        this.info = info;
        this.time = time;
        this.lastCommitted = lastCommitted;
        this.release = release;
    }

    @Override
    public String holder() {
        return info.holder();
    }

    @Override
    public Instant expiresAt() {
        return info.expiresAt();
    }

    DatabaseName database() {
        return database;
    }

    LockInfo info() {
        return info;
    }

    boolean hasLapsed() {
        return !time.instant().isBefore(info.expiresAt());
    }

    @Override
    public void ensureValid() {
        if (closed.get()) {
            throw new WriteConflictException("The lock of the database '" + database + "' was given back already");
        }
        if (hasLapsed()) {
            throw new WriteConflictException("The lock of the database '" + database + "' lapsed at " + info.expiresAt()
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

    /** What the next holder is to be told. */
    Optional<BlobVersion> noted() {
        return Optional.ofNullable(noted);
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        // A thread that winds up because it was interrupted still gives back what it holds.
        boolean interrupted = Thread.interrupted();
        try {
            release.release(this);
        } catch (RuntimeException e) {
            log.warn("db={} expires={} lease not released, it lapses by itself", database, info.expiresAt(), e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
