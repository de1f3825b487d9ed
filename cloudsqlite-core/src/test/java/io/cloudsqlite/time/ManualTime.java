package io.cloudsqlite.time;

import java.time.Duration;
import java.time.Instant;

/**
 * A clock that stands still until it is moved, or until somebody sleeps on it: a sleep returns at once and moves the
 * clock by its length. Safe for use by many threads.
 */
public final class ManualTime implements TimeSource {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private long elapsedNanos;

    @Override
    public synchronized Instant instant() {
        return START.plusNanos(elapsedNanos);
    }

    @Override
    public synchronized long nanoTime() {
        return elapsedNanos;
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted before sleeping");
        }
        advance(duration);
    }

    /** Moves the clock, which wakes nobody: nobody ever waits on it. */
    public synchronized void advance(Duration duration) {
        elapsedNanos += duration.toNanos();
    }
}
