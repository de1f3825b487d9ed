package io.cloudsqlite.cli.bench.cloud;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * How slow a simulated cloud is.
 *
 * @param getFirstByte from a get, range, head or list to the first byte of its answer
 * @param putFirstByte from a put or delete to its answer, but for the time that its body takes
 * @param lockRoundTrip from each request to the lock service to its answer
 * @param streamBytesPerSecond how fast the body of one get or put goes, at the most
 * @param linkBytesPerSecond how fast all bodies together go, at the most; empty for no limit
 */
public record CloudProfile(
        Duration getFirstByte,
        Duration putFirstByte,
        Duration lockRoundTrip,
        long streamBytesPerSecond,
        OptionalLong linkBytesPerSecond) {

    /** @throws IllegalArgumentException if a latency is negative or a bandwidth is not above zero */
    public CloudProfile {
        if (getFirstByte.isNegative() || putFirstByte.isNegative() || lockRoundTrip.isNegative()) {
            throw new IllegalArgumentException("a latency is at least 0");
        }
        if (streamBytesPerSecond <= 0 || linkBytesPerSecond.orElse(1) <= 0) {
            throw new IllegalArgumentException("a bandwidth is above 0");
        }
    }
}
