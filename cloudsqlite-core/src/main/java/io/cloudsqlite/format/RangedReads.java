package io.cloudsqlite.format;

import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.copy.DatabaseChecksum;
import io.cloudsqlite.copy.Download;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.time.Backoff;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Downloads databases by several ranges at a time, because one stream does not fill the line. Safe for use by many threads.
 */
final class RangedReads {

    static final int MAX_PARALLEL = 8;

    /** Where a range is shorter, the wait for its first byte takes longer than its bytes, at S3's 80 MB/s a stream. */
    private static final long MIN_RANGE_BYTES = 1 << 20;

    /** What is received again at most when a transfer breaks off, and what a slow stream can keep the others waiting for. */
    private static final long MAX_RANGE_BYTES = 16 << 20;

    /** The largest size of a page, so that no range ends within one. */
    private static final long ALIGNMENT_BYTES = 64 << 10;

    private static final int MAX_TRIES = 4;
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(1));

    private final BlobStore store;
    private final RandomGenerator random;
    private final Executor executor;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition transferEnded;

    /**
     * @param time by which the threads of a download wait for each other
     * @param executor runs what the calling thread does not do itself; one that runs nothing, or all at once, merely takes
     *     longer
     */
    RangedReads(BlobStore store, TimeSource time, RandomGenerator random, Executor executor) {
        this.store = store;
        this.random = random;
        this.executor = executor;
        this.transferEnded = time.newCondition(lock);
    }

    /**
     * What is to be downloaded.
     *
     * @param version which of the versions of the object; empty if it has only one
     * @param pageSizeBytes the size of the pages of the database that it is
     * @param begun a stream of all of it that has begun and is the caller's to close; null if there is none
     */
    record Whole(
            String key,
            Optional<BlobVersion> version,
            long sizeBytes,
            int pageSizeBytes,
            @Nullable InputStream begun) {}

    /**
     * Downloads all of an object, which its checksum in {@code download} does not prove yet to be sound.
     *
     * @return false if there is no such object any more
     * @throws DamagedException if it does not have its size
     * @throws IOException if transfers kept breaking off
     */
    boolean read(Whole whole, Download download, Operation operation) throws IOException {
        Transfer transfer = new Transfer(whole, download, operation.deadline());
        for (int worker = 1; worker < Math.min(MAX_PARALLEL, transfer.ranges); worker++) {
            try {
                executor.execute(transfer::work);
            } catch (RejectedExecutionException e) {
                break;
            }
        }
        transfer.work();
        transfer.awaitEnd();
        operation.countRequests(transfer.requests.get());
        operation.countDownload(whole.sizeBytes());
        boolean succeeded = transfer.succeeded();
        if (succeeded) {
            download.noteReceived(whole.pageSizeBytes(), transfer.checksum());
        }
        return succeeded;
    }

    /** The object in as few rounds of ranges as there may be, and all of them equally long: nobody waits for the last. */
    static long rangeBytes(long sizeBytes) {
        long rounds = divideUp(sizeBytes, MAX_PARALLEL * MAX_RANGE_BYTES);
        long share = Math.max(MIN_RANGE_BYTES, divideUp(sizeBytes, MAX_PARALLEL * Math.max(1, rounds)));
        return divideUp(share, ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    }

    private static long divideUp(long dividend, long divisor) {
        return (dividend + divisor - 1) / divisor;
    }

    /** One object on its way, for the threads that fetch its ranges. */
    private final class Transfer {

        private final Whole whole;
        private final Download download;
        private final Deadline deadline;
        private final long rangeBytes;
        private final int ranges;

        /** Guarded by the lock. */
        private int left;

        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger requests = new AtomicInteger();
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        /** Guarded by this. */
        private DatabaseChecksum checksum = DatabaseChecksum.OF_NOTHING;

        Transfer(Whole whole, Download download, Deadline deadline) {
            this.whole = whole;
            this.download = download;
            this.deadline = deadline;
            this.rangeBytes = rangeBytes(whole.sizeBytes());
            this.ranges = Math.toIntExact(divideUp(whole.sizeBytes(), rangeBytes));
            this.left = ranges;
        }

        /** Fetches one range after the other, until none is left or one has failed. */
        void work() {
            for (int range = next.getAndIncrement(); range < ranges; range = next.getAndIncrement()) {
                try {
                    if (failure.get() == null) {
                        fetch(range * rangeBytes);
                    }
                } catch (IOException | RuntimeException | Error e) {
                    // An error too is the caller's to hear of: without the range, what was received would look damaged.
                    failure.compareAndSet(null, e);
                } finally {
                    endRange();
                }
            }
        }

        private void endRange() {
            lock.lock();
            try {
                left--;
                if (left == 0) {
                    transferEnded.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }

        private void fetch(long offset) throws IOException {
            long length = Math.min(rangeBytes, whole.sizeBytes() - offset);
            for (int attempt = 1; ; attempt++) {
                try {
                    DatabaseChecksum received = offset == 0 && attempt == 1 && whole.begun() != null
                            ? download.receive(whole.begun(), offset, length, whole.pageSizeBytes())
                            : request(offset, length);
                    add(received);
                    return;
                } catch (GoneException | DamagedException e) {
                    throw e;
                } catch (IOException e) {
                    if (attempt >= MAX_TRIES || deadline.hasPassed()) {
                        throw e;
                    }
                }
                BACKOFF.pause(attempt, random, deadline, "downloading '" + whole.key() + "'");
            }
        }

        private DatabaseChecksum request(long offset, long length) throws IOException {
            requests.incrementAndGet();
            try (GetOutcome got = store.getRange(whole.key(), whole.version(), offset, length, deadline)) {
                if (!(got instanceof GetOutcome.Found found)) {
                    throw new GoneException();
                }
                if (found.info().sizeBytes() != whole.sizeBytes()) {
                    throw wrongSize(found.info().sizeBytes() + " bytes");
                }
                return download.receive(found.body(), offset, length, whole.pageSizeBytes());
            } catch (IllegalArgumentException e) {
                // The store has no such range.
                throw wrongSize("no more than " + offset + " bytes");
            }
        }

        private DamagedException wrongSize(String actual) {
            return new DamagedException("it has " + actual + " instead of " + whole.sizeBytes());
        }

        private synchronized void add(DatabaseChecksum range) {
            checksum = checksum.with(range);
        }

        synchronized DatabaseChecksum checksum() {
            return checksum;
        }

        void awaitEnd() {
            lock.lock();
            try {
                long leftNanos = deadline.remaining().toNanos();
                while (left > 0 && leftNanos > 0) {
                    leftNanos = transferEnded.awaitNanos(leftNanos);
                }
                if (left > 0) {
                    failure.compareAndSet(
                            null,
                            new StorageUnavailableException(
                                    "The download of '" + whole.key() + "' did not end in time: try again"));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                OperationInterruptedException meaning =
                        new OperationInterruptedException("Interrupted while downloading '" + whole.key() + "'", e);
                failure.compareAndSet(null, meaning);
                throw meaning;
            } finally {
                lock.unlock();
            }
        }

        boolean succeeded() throws IOException {
            Throwable failed = failure.get();
            if (failed instanceof GoneException) {
                return false;
            }
            if (failed instanceof RuntimeException meaning) {
                throw meaning;
            }
            if (failed instanceof Error error) {
                throw error;
            }
            if (failed != null) {
                throw (IOException) failed;
            }
            return true;
        }
    }

    /** The object has been deleted. */
    private static final class GoneException extends IOException {
        private static final long serialVersionUID = 1L;
    }
}
