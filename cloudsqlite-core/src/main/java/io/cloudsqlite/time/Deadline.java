package io.cloudsqlite.time;

import java.time.Duration;

/**
 * The moment by which something must have ended, on the monotonic clock of one {@link TimeSource}.
 *
 * <pre>{@code
 * Deadline deadline = Deadline.after(Duration.ofSeconds(10), time);
 * while (!deadline.hasPassed()) {
 *     ...
 *     deadline.sleep(backoff);   // never past the deadline
 * }
 * }</pre>
 *
 * <p>Of two, the lesser is the one that passes first, which only deadlines of one time source have. Two deadlines are equal only
 * if they are the same object, though they compare as 0 if they are of the same moment. Immutable and safe for use by many
 * threads.
 */
public final class Deadline implements Comparable<Deadline> {

    private static final Duration LONGEST = Duration.ofDays(365);

    private final TimeSource time;
    private final long atNanos;

    private Deadline(TimeSource time, long atNanos) {
        this.time = time;
        this.atNanos = atNanos;
    }

    /** The moment {@code duration} from now; at most a year from now, so that no arithmetic on it overflows. */
    public static Deadline after(Duration duration, TimeSource time) {
        Duration bounded = duration.compareTo(LONGEST) < 0 ? duration : LONGEST;
        return new Deadline(time, time.nanoTime() + bounded.toNanos());
    }

    /** This deadline, or the moment {@code duration} from now if that is earlier. */
    public Deadline orAfter(Duration duration) {
        Deadline other = after(duration, time);
        return other.compareTo(this) < 0 ? other : this;
    }

    /** The moment {@code grace} after this deadline, or after now if that is later. */
    public Deadline withGrace(Duration grace) {
        Deadline fromNow = after(grace, time);
        return hasPassed() ? fromNow : new Deadline(time, atNanos + grace.toNanos());
    }

    /** The time that is left; zero, and never negative, once the deadline has passed. */
    public Duration remaining() {
        return Duration.ofNanos(Math.max(0, atNanos - time.nanoTime()));
    }

    /** Whether no time is left. */
    public boolean hasPassed() {
        return atNanos - time.nanoTime() <= 0;
    }

    /**
     * Sleeps for {@code duration} or until the deadline, whichever is first.
     *
     * @throws InterruptedException if the thread is interrupted
     */
    public void sleep(Duration duration) throws InterruptedException {
        Duration left = remaining();
        time.sleep(duration.compareTo(left) < 0 ? duration : left);
    }

    /** @throws IllegalArgumentException if {@code other} is on another clock */
    @Override
    public int compareTo(Deadline other) {
        if (!time.equals(other.time)) {
            throw new IllegalArgumentException("deadlines of two time sources cannot be compared");
        }
        // The clock may overflow between the two; they are never as much as half its range apart.
        return Long.signum(atNanos - other.atNanos);
    }

    @Override
    public String toString() {
        return "in " + remaining();
    }
}
