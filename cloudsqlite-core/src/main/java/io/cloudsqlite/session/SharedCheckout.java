package io.cloudsqlite.session;

import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.copy.WorkingCopy;
import io.cloudsqlite.format.Checkout;
import io.cloudsqlite.format.DatabaseStore;
import io.cloudsqlite.format.Operation;
import io.cloudsqlite.time.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Brings a working copy up to date for any number of callers at once, with one request to the store at a time.
 *
 * <p>A caller needs a checkout that <em>began</em> after it asked: one that is under way already may have missed a
 * transaction that was acknowledged a moment ago. So whoever arrives while one is under way waits for the next, and all who
 * wait share that one. Safe for use by many threads.
 */
final class SharedCheckout {

    private final DatabaseStore store;
    private final WorkingCopy copy;
    private final TimeSource time;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended;
    private long lastBegun;
    private long lastSucceeded;
    private boolean underWay;
    private @Nullable Moment foundCurrent;

    SharedCheckout(DatabaseStore store, WorkingCopy copy, TimeSource time) {
        this.store = store;
        this.copy = copy;
        this.time = time;
        this.ended = time.newCondition(lock);
    }

    /** Returns once a checkout has succeeded that began after this call; {@link Checkout#HIT} if it was another caller's. */
    Checkout checkout(Operation operation) {
        OptionalLong mine = begin(operation);
        if (mine.isEmpty()) {
            return Checkout.HIT;
        }
        Moment began = now();
        boolean succeeded = false;
        try {
            Checkout checkout = store.checkout(copy, operation);
            succeeded = true;
            return checkout;
        } finally {
            lock.lock();
            try {
                underWay = false;
                if (succeeded) {
                    lastSucceeded = mine.getAsLong();
                    foundCurrent = began;
                }
                ended.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** The number of the checkout that the caller is to carry out; empty once another caller's has served. */
    private OptionalLong begin(Operation operation) {
        lock.lock();
        try {
            long needed = lastBegun + 1;
            while (underWay) {
                if (operation.deadline().hasPassed()) {
                    throw new StorageUnavailableException("The store did not tell in time whether the database '"
                            + copy.database() + "' has changed: try again");
                }
                ended.await(operation.deadline().remaining().toNanos(), TimeUnit.NANOSECONDS);
                if (lastSucceeded >= needed) {
                    return OptionalLong.empty();
                }
            }
            underWay = true;
            return OptionalLong.of(++lastBegun);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperationInterruptedException(
                    "Interrupted while checking out the database '" + copy.database() + "'", e);
        } finally {
            lock.unlock();
        }
    }

    /** Notes that a commit which began at {@code began} proved the working copy to be the newest version. */
    void noteCurrent(Moment began) {
        lock.lock();
        try {
            foundCurrent = began;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the working copy was found current within {@code maxStaleness}. */
    boolean isCurrentWithin(Duration maxStaleness) {
        lock.lock();
        try {
            return foundCurrent != null && foundCurrent.isWithin(maxStaleness, now());
        } finally {
            lock.unlock();
        }
    }

    Moment now() {
        return new Moment(time.nanoTime(), time.instant());
    }

    /**
     * A moment on both clocks. A frozen Lambda or a suspended machine may stop the monotonic clock and not the wall clock, so
     * what counts as elapsed is the longer of the two.
     */
    record Moment(long nanos, Instant wall) {
        boolean isWithin(Duration bound, Moment now) {
            Duration monotonic = Duration.ofNanos(now.nanos - nanos);
            Duration walled = Duration.between(wall, now.wall);
            return monotonic.compareTo(bound) < 0 && walled.compareTo(bound) < 0;
        }
    }
}
