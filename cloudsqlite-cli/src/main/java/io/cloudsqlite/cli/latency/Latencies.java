package io.cloudsqlite.cli.latency;

import java.util.Arrays;

/**
 * How long requests took, in milliseconds. A percentile is the nearest rank: the smallest latency that as many percent of
 * the requests did not exceed. All are zero if there was no request.
 */
public record Latencies(double avg, double min, double max, double p50, double p90, double p95, double p99) {

    private static final double NANOS_PER_MILLI = 1e6;

    static Latencies ofNanos(long[] nanos) {
        if (nanos.length == 0) {
            return new Latencies(0, 0, 0, 0, 0, 0, 0);
        }
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return new Latencies(
                Arrays.stream(sorted).average().orElseThrow() / NANOS_PER_MILLI,
                percentile(sorted, 0),
                percentile(sorted, 100),
                percentile(sorted, 50),
                percentile(sorted, 90),
                percentile(sorted, 95),
                percentile(sorted, 99));
    }

    private static double percentile(long[] sorted, int percent) {
        // In integers: 0.95 * 20 is a little more than 19 in floating point, and its ceiling 20.
        long rank = Math.max(1, ((long) sorted.length * percent + 99) / 100);
        return sorted[(int) rank - 1] / NANOS_PER_MILLI;
    }
}
