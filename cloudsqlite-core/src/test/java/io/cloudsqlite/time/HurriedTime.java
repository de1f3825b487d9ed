package io.cloudsqlite.time;

import java.time.Duration;
import java.time.Instant;

/**
 * The clocks of this machine, with a wall clock that is ahead by some time, and on which nobody sleeps for longer than a
 * small part of what he means to: so that what waits between attempts loses little time, and yet lets others run. Safe for use
 * by many threads.
 */
public final class HurriedTime implements TimeSource {

    private static final int HURRY = 50;

    private final Duration ahead;

    public HurriedTime(Duration ahead) {
        this.ahead = ahead;
    }

    @Override
    public Instant instant() {
        return TimeSource.system().instant().plus(ahead);
    }

    @Override
    public long nanoTime() {
        return TimeSource.system().nanoTime();
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        TimeSource.system().sleep(duration.dividedBy(HURRY));
    }
}
