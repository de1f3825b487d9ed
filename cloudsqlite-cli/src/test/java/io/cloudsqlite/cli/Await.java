package io.cloudsqlite.cli;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what another thread or process does, where that cannot say itself that it is done. */
final class Await {

    private static final Duration LONGEST = Duration.ofSeconds(60);
    private static final Duration STEP = Duration.ofMillis(10);

    private Await() {}

    /** Returns once {@code condition} is true, and fails if that takes a minute. */
    static void until(String what, BooleanSupplier condition) throws InterruptedException {
        long began = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - began > LONGEST.toNanos()) {
                throw new AssertionError("waited " + LONGEST.toSeconds() + " s in vain for: " + what);
            }
            Thread.sleep(STEP.toMillis());
        }
    }
}
