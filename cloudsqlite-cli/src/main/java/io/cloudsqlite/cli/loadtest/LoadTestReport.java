package io.cloudsqlite.cli.loadtest;

import io.cloudsqlite.cli.latency.Latencies;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a load test measured.
 *
 * @param succeeded how many requests were answered with success
 * @param failures how many were not, by kind: an HTTP status with the API's error code, or what became of the connection
 * @param elapsed from the first request to the last answer
 * @param latencies of the requests that succeeded
 */
public record LoadTestReport(int succeeded, Map<String, Integer> failures, Duration elapsed, Latencies latencies) {

    public LoadTestReport {
        failures = Collections.unmodifiableMap(new TreeMap<>(failures));
    }

    /** How many requests were sent. */
    public int requests() {
        return succeeded + failed();
    }

    /** How many requests did not succeed. */
    public int failed() {
        return failures.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** How many requests a second were answered with success. */
    public double throughput() {
        return elapsed.isZero() ? 0 : succeeded / (elapsed.toNanos() / 1e9);
    }

    /** What percentage of the requests {@code part} is. */
    public double percentage(int part) {
        return requests() == 0 ? 0 : 100.0 * part / requests();
    }
}
