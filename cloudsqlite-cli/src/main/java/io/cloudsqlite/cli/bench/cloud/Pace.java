package io.cloudsqlite.cli.bench.cloud;

/**
 * The pace at which bytes come through, at the most: a bucket that leaks. Who falls behind may catch up by what a receive
 * buffer would have held for him, and no further. Safe for use by many threads, which then share it.
 */
final class Pace {

    private static final long NANOS_PER_SECOND = 1_000_000_000;

    /** About what the socket buffers of a connection to S3 hold. */
    private static final long BUFFER_BYTES = 1 << 20;

    private final double nanosPerByte;
    private long freeAtNanos;

    /** @param startNanos when the first byte may come */
    Pace(long bytesPerSecond, long startNanos) {
        this.nanosPerByte = (double) NANOS_PER_SECOND / bytesPerSecond;
        this.freeAtNanos = startNanos;
    }

    /** The moment, by {@link System#nanoTime}, at which the next {@code bytes} have come through, for who asks now. */
    synchronized long reserve(long bytes, long nowNanos) {
        long earliest = nowNanos - Math.round(BUFFER_BYTES * nanosPerByte);
        long start = freeAtNanos - earliest > 0 ? freeAtNanos : earliest;
        freeAtNanos = start + Math.round(bytes * nanosPerByte);
        return freeAtNanos;
    }
}
