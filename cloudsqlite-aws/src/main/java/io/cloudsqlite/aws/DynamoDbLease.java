package io.cloudsqlite.aws;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.time.TimeSource;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A lease that this process acquired. Safe for use by many threads. */
final class DynamoDbLease implements Lease {

    private static final Logger LOG = LoggerFactory.getLogger(DynamoDbLease.class);

    private final DatabaseName database;
    private final LockItem item;
    private final TimeSource time;
    private final Runnable release;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** @param release gives the lock back if it is still this lease's */
    DynamoDbLease(DatabaseName database, LockItem item, TimeSource time, Runnable release) {
        this.database = database;
        this.item = item;
        this.time = time;
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
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        // A thread that winds up because it was interrupted still gives back what it holds.
        boolean interrupted = Thread.interrupted();
        try {
            release.run();
        } catch (RuntimeException e) {
            LOG.warn("lease not released, it lapses by itself db={} expires={}", database, item.expiresAt(), e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
