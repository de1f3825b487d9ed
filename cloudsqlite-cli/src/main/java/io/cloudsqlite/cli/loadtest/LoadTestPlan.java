package io.cloudsqlite.cli.loadtest;

import io.cloudsqlite.DatabaseName;
import java.net.URI;
import java.time.Duration;

/**
 * What a load test does.
 *
 * @param endpoint the URL that statements are posted to, such as {@code http://127.0.0.1:8080/sql}
 * @param requests how many requests are sent, 1 to 1,000,000
 * @param concurrency how many of them at a time, 1 to 1,000
 * @param duration after how long no more are sent
 * @param database the database to use; the table {@code load_test} is made in it
 */
public record LoadTestPlan(
        URI endpoint, int requests, int concurrency, Duration duration, DatabaseName database, Workload workload) {

    /** Each request's latency is kept, so that percentiles are exact. */
    private static final int MAX_REQUESTS = 1_000_000;

    private static final int MAX_CONCURRENCY = 1_000;

    /** @throws IllegalArgumentException if a number is out of its range, or the URL is not one of HTTP */
    public LoadTestPlan {
        requireRange("requests", requests, MAX_REQUESTS);
        requireRange("concurrency", concurrency, MAX_CONCURRENCY);
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException("the time must be above zero");
        }
        if (endpoint.getHost() == null
                || !("http".equals(endpoint.getScheme()) || "https".equals(endpoint.getScheme()))) {
            throw new IllegalArgumentException("'" + endpoint + "' is not a URL that begins with http:// or https://");
        }
    }

    private static void requireRange(String what, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(what + " must be 1 to " + max + ", not " + value);
        }
    }

    /** The endpoint that a server's URL stands for, which may be written with {@code /sql} at its end or without. */
    public static URI endpointOf(URI server) {
        String text = server.toString().replaceFirst("/+$", "");
        return URI.create(text.endsWith("/sql") ? text : text + "/sql");
    }
}
