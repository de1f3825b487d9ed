package io.cloudsqlite.http;

import java.time.Duration;

/**
 * How much an {@link EmbeddedServer} does at a time.
 *
 * @param maxRunning how many requests run at a time
 * @param maxWaiting how many more may wait for their turn; beyond that a request is refused at once
 * @param maxWait how long one waits before it is refused
 * @param grace how long requests that are under way may take to end when the server is closed
 */
public record ServerLimits(int maxRunning, int maxWaiting, Duration maxWait, Duration grace) {

    /** 16 running, 64 waiting for up to 5 seconds, 30 seconds of grace. */
    public static final ServerLimits DEFAULT = new ServerLimits(16, 64, Duration.ofSeconds(5), Duration.ofSeconds(30));

    /** @throws IllegalArgumentException if nothing could run, or a value is negative */
    public ServerLimits {
        if (maxRunning < 1 || maxWaiting < 0 || maxWait.isNegative() || grace.isNegative()) {
            throw new IllegalArgumentException("at least one request runs, and nothing is negative");
        }
    }
}
