package io.cloudsqlite.cli.loadtest;

import io.cloudsqlite.cli.latency.LatencyLog;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** Counts answers as they come. Safe for use by many threads. */
final class Tally {

    private final LatencyLog latencies = new LatencyLog();
    private final Map<String, Integer> failures = new TreeMap<>();
    private int failed;

    synchronized void count(SqlClient.Outcome outcome, long latencyNanos) {
        if (outcome.succeeded()) {
            latencies.add(latencyNanos);
        } else {
            failures.merge(outcome.kind(), 1, Integer::sum);
            failed++;
        }
    }

    synchronized int done() {
        return latencies.size() + failed;
    }

    synchronized int failed() {
        return failed;
    }

    synchronized LoadTestReport report(Duration elapsed) {
        return new LoadTestReport(latencies.size(), failures, elapsed, latencies.summary());
    }
}
