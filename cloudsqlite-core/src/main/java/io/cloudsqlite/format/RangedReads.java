package io.cloudsqlite.format;

import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.copy.Download;
import io.cloudsqlite.store.BlobInfo;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.time.Backoff;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Downloads large objects by several ranges at a time, because one stream does not fill the line. Safe for use by many threads.
 */
final class RangedReads {

    /** At S3's 80 MB/s a stream, long enough that the wait for its first byte is a small part of a range. */
    static final int RANGE_BYTES = 8 << 20;

    static final int MAX_PARALLEL = 8;

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
     * Downloads all of an object.
     *
     * @return false if there is no such object any more
     * @throws IOException if transfers kept breaking off
     */
    boolean read(BlobInfo object, Download download, Operation operation) throws IOException {
        Transfer transfer = new Transfer(object, download, operation.deadline());
        for (int worker = 1; worker < Math.min(MAX_PARALLEL, transfer.ranges); worker++) {
            try {
                executor.execute(transfer::work);
            } catch (RejectedExecutionException e) {
                break;
            }
        }
        transfer.work();
        transfer.awaitEnd();
        for (int request = transfer.requests.get(); request > 0; request--) {
            operation.countRequest();
        }
        operation.countDownload(object.sizeBytes());
        return transfer.succeeded();
    }

    /** One object on its way, for the threads that fetch its ranges. */
    private final class Transfer {

        private final BlobInfo object;
        private final Download download;
        private final Deadline deadline;
        private final int ranges;
        private int left;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger requests = new AtomicInteger();
        private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

        Transfer(BlobInfo object, Download download, Deadline deadline) {
            this.object = object;
            this.download = download;
            this.deadline = deadline;
            this.ranges = Math.toIntExact((object.sizeBytes() + RANGE_BYTES - 1) / RANGE_BYTES);
            this.left = ranges;
        }

        /** Fetches one range after the other, until none is left or one has failed. */
        void work() {
            for (int range = next.getAndIncrement(); range < ranges; range = next.getAndIncrement()) {
                try {
                    if (failure.get() == null) {
                        fetch(range * (long) RANGE_BYTES);
                    }
                } catch (IOException | RuntimeException e) {
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
            long length = Math.min(RANGE_BYTES, object.sizeBytes() - offset);
            for (int attempt = 1; ; attempt++) {
                requests.incrementAndGet();
                try (GetOutcome got = store.getRange(object.key(), object.version(), offset, length, deadline)) {
                    if (!(got instanceof GetOutcome.Found found)) {
                        throw new GoneException();
                    }
                    download.receive(found.body(), offset, length);
                    return;
                } catch (GoneException e) {
                    throw e;
                } catch (IOException e) {
                    if (attempt >= MAX_TRIES || deadline.hasPassed()) {
                        throw e;
                    }
                }
                BACKOFF.pause(attempt, random, deadline, "downloading '" + object.key() + "'");
            }
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
                                    "The download of '" + object.key() + "' did not end in time: try again"));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                OperationInterruptedException meaning =
                        new OperationInterruptedException("Interrupted while downloading '" + object.key() + "'", e);
                failure.compareAndSet(null, meaning);
                throw meaning;
            } finally {
                lock.unlock();
            }
        }

        boolean succeeded() throws IOException {
            Exception failed = failure.get();
            if (failed instanceof GoneException) {
                return false;
            }
            if (failed instanceof RuntimeException meaning) {
                throw meaning;
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
