package io.cloudsqlite.time;

import java.security.SecureRandom;
import java.util.random.RandomGenerator;

/**
 * The random generator of this machine: what {@link TimeSource#system()} is for time. It is the only place in core that
 * makes a generator, so that a test or a simulator that hands in its own owns every random choice.
 */
public final class SystemRandom {

    private SystemRandom() {}

    /**
     * A generator that nobody can predict, safe for use by many threads. It draws from the operating system, so two
     * processes that were cloned from one snapshot differ.
     */
    public static RandomGenerator create() {
        return new SecureRandom();
    }
}
