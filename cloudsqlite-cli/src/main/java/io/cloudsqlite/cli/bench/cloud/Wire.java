package io.cloudsqlite.cli.bench.cloud;

import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.time.Deadline;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What lies between a client and a simulated cloud. Requests take effect half way through their latency. What the
 * simulation itself computes is part of the time that it simulates, and not added to it.
 *
 * <p>Safe for use by many threads.
 */
final class Wire {

    private final long streamBytesPerSecond;
    private final @Nullable Pace link;

    Wire(long streamBytesPerSecond, OptionalLong linkBytesPerSecond) {
        this.streamBytesPerSecond = streamBytesPerSecond;
        this.link = linkBytesPerSecond.isEmpty() ? null : new Pace(linkBytesPerSecond.getAsLong(), System.nanoTime());
    }

    /** Sends a request that waits for as long as it takes. */
    static <T> T roundTrip(Duration latency, Supplier<T> request) {
        long half = latency.toNanos() / 2;
        long arrives = System.nanoTime() + half;
        waitUntil(arrives);
        T answer = request.get();
        waitUntil(arrives + half);
        return answer;
    }

    /**
     * Sends a request that ends by a deadline.
     *
     * @throws StorageUnavailableException if it would not even arrive by then
     * @throws OperationInterruptedException if the thread is interrupted before it arrives
     */
    static <T> T roundTrip(Duration latency, Deadline deadline, Supplier<T> request) {
        long half = latency.toNanos() / 2;
        long arrives = arrive(half, deadline);
        T answer = request.get();
        waitUntil(arrives + half);
        return answer;
    }

    /** Sends a request with a body: its answer begins on its way back when the body has come through. */
    <T> T roundTrip(Duration latency, Deadline deadline, BlobBody body, Function<BlobBody, T> request) {
        long half = latency.toNanos() / 2;
        CarriedBody carried = new CarriedBody(body, arrive(half, deadline));
        T answer = request.apply(carried);
        waitUntil(carried.cameThroughNanos + half);
        return answer;
    }

    private static long arrive(long afterNanos, Deadline deadline) {
        long arrives = System.nanoTime() + afterNanos;
        long tooLateNanos = Math.max(0, afterNanos - deadline.remaining().toNanos());
        if (!waitUntil(arrives - tooLateNanos)) {
            throw new OperationInterruptedException(
                    "Interrupted while a request was on its way to the simulated cloud");
        }
        if (tooLateNanos > 0) {
            throw new StorageUnavailableException("The simulated cloud did not answer in time");
        }
        return arrives;
    }

    /** Waits for a moment by {@link System#nanoTime}; returns false, and at once, if the thread is interrupted. */
    private static boolean waitUntil(long atNanos) {
        for (long left = atNanos - System.nanoTime(); left > 0; left = atNanos - System.nanoTime()) {
            if (Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(left);
        }
        return true;
    }

    /** The bytes of {@code in}, as they come through. */
    InputStream carry(InputStream in) {
        return new CarriedStream(in, new Pace(streamBytesPerSecond, System.nanoTime()), comesThroughNanos -> {});
    }

    private final class CarriedBody implements BlobBody {

        private final BlobBody body;
        private final long startNanos;
        private long cameThroughNanos;

        CarriedBody(BlobBody body, long startNanos) {
            this.body = body;
            this.startNanos = startNanos;
            this.cameThroughNanos = startNanos;
        }

        @Override
        public long sizeBytes() {
            return body.sizeBytes();
        }

        @Override
        public InputStream open() throws IOException {
            Pace stream = new Pace(streamBytesPerSecond, startNanos);
            return new CarriedStream(body.open(), stream, nanos -> cameThroughNanos = nanos);
        }
    }

    private final class CarriedStream extends InputStream {

        /** What comes at a time: at 80 MB/s one wait in 3 ms, which a machine with few cores can keep up with. */
        private static final int CHUNK_BYTES = 256 << 10;

        private final InputStream in;
        private final Pace stream;
        private final LongConsumer comesThrough;

        /** @param comesThrough told the moment at which the newest bytes come through */
        CarriedStream(InputStream in, Pace stream, LongConsumer comesThrough) {
            this.in = in;
            this.stream = stream;
            this.comesThrough = comesThrough;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = in.read(buffer, offset, Math.min(length, CHUNK_BYTES));
            if (count > 0) {
                long now = System.nanoTime();
                long atNanos = stream.reserve(count, now);
                if (link != null) {
                    atNanos = later(atNanos, link.reserve(count, now));
                }
                comesThrough.accept(atNanos);
                if (!waitUntil(atNanos)) {
                    throw new InterruptedIOException("interrupted while bytes were on their way");
                }
            }
            return count;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    private static long later(long nanos, long otherNanos) {
        return nanos - otherNanos > 0 ? nanos : otherNanos;
    }
}
