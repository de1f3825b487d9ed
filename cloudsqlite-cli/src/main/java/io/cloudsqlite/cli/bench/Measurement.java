package io.cloudsqlite.cli.bench;

import io.cloudsqlite.cli.bench.cloud.Traffic;
import io.cloudsqlite.cli.latency.Latencies;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a workload came to.
 *
 * @param megabytes how large the database was; 0 where it makes no difference
 * @param operations how many succeeded
 * @param failures how many did not, by exception
 * @param elapsed how long it took, without what was done between operations
 * @param latencies of the operations that succeeded
 * @param traffic that they caused, all together
 */
public record Measurement(
        Kind kind,
        int megabytes,
        int clients,
        int operations,
        Map<String, Integer> failures,
        Duration elapsed,
        Latencies latencies,
        Traffic traffic) {

    /** In place of a size, where it makes no difference. */
    static final int ANY_SIZE = 0;

    private static final double NANOS_PER_SECOND = 1e9;

    public Measurement {
        failures = Collections.unmodifiableMap(new TreeMap<>(failures));
    }

    /** How many operations succeeded in a second. */
    public double throughput() {
        return operations / (elapsed.toNanos() / NANOS_PER_SECOND);
    }

    /** How many operations failed. */
    public int failed() {
        return failures.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** How much of {@code total} falls to each operation. */
    public double perOperation(long total) {
        return (double) total / Math.max(1, operations);
    }

    /** What a million operations cost. */
    public double dollarsPerMillion() {
        return traffic.dollars() / Math.max(1, operations);
    }
}
