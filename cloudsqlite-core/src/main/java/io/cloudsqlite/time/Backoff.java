package io.cloudsqlite.time;

import io.cloudsqlite.OperationInterruptedException;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before trying again: a random time below a bound that doubles with each attempt, so that those who
 * failed together do not come back together. Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("full
 * jitter").
 *
 * @param first the bound before the second attempt
 * @param longest what the bound never exceeds
 */
public record Backoff(Duration first, Duration longest) {

    /** @throws IllegalArgumentException if {@code first} is not above zero or {@code longest} is shorter */
    public Backoff {
        if (first.isNegative() || first.isZero() || longest.compareTo(first) < 0) {
            throw new IllegalArgumentException("first " + first + ", longest " + longest);
        }
    }

    /** How long to wait after the attempt number {@code attempt}, counted from 1, has failed. */
    public Duration after(int attempt, RandomGenerator random) {
        long doubled = first.toNanos() << Math.min(attempt - 1, 20);
        long bound = doubled <= 0 ? longest.toNanos() : Math.min(doubled, longest.toNanos());
        return Duration.ofNanos(random.nextLong(bound) + 1);
    }

    /**
     * Waits that long, or until the deadline if that is earlier.
     *
     * @param doing what is being tried, for the message of the exception
     * @throws OperationInterruptedException if the thread is interrupted, which it stays
     */
    public void pause(int attempt, RandomGenerator random, Deadline deadline, String doing) {
        try {
            deadline.sleep(after(attempt, random));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperationInterruptedException("Interrupted while " + doing, e);
        }
    }
}
