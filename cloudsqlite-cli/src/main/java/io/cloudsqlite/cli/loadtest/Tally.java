package io.cloudsqlite.cli.loadtest;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** Counts answers as they come. Safe for use by many threads. */
final class Tally {

    private final long[] latenciesNanos;
    private final Map<String, Integer> failures = new TreeMap<>();
    private int succeeded;
    private int failed;

    Tally(int maxRequests) {
        this.latenciesNanos = new long[maxRequests];
    }

    synchronized void count(SqlClient.Outcome outcome, long latencyNanos) {
        if (outcome.succeeded()) {
            latenciesNanos[succeeded++] = latencyNanos;
        } else {
            failures.merge(outcome.kind(), 1, Integer::sum);
            failed++;
        }
    }

    synchronized int done() {
        return succeeded + failed;
    }

    synchronized int failed() {
        return failed;
    }

    synchronized LoadTestReport report(Duration elapsed) {
        Latencies latencies = Latencies.ofNanos(Arrays.copyOf(latenciesNanos, succeeded));
        return new LoadTestReport(succeeded, failures, elapsed, latencies);
    }
}
