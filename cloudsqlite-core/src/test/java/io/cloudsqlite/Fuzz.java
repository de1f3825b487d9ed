package io.cloudsqlite;

import java.time.Duration;
import java.util.SplittableRandom;

/**
 * Runs a test on many cases, each of which is made of a seed of its own.
 *
 * <pre>{@code
 * Fuzz.cases("state files", 500, random -> {
 *     byte[] file = mutated(random);
 *     ...
 * });
 * }</pre>
 *
 * <p>The build runs a fixed number of cases, so that it fails or succeeds whatever else its machine does.
 *
 * <table>
 * <caption>System properties</caption>
 * <tr><th>property</th><th>what it does</th></tr>
 * <tr><td>{@code cloudsqlite.fuzz.seed}</td><td>the seed of the first case; the others follow it. The seed that a failure
 *     names repeats that failure as the first case</td></tr>
 * <tr><td>{@code cloudsqlite.fuzz.seconds}</td><td>goes on until so much time has passed, for each test</td></tr>
 * </table>
 */
public final class Fuzz {

    private static final String SEED = "cloudsqlite.fuzz.seed";
    private static final String SECONDS = "cloudsqlite.fuzz.seconds";

    private Fuzz() {}

    /** What is done with one case, all of whose choices come from {@code random}. */
    @FunctionalInterface
    public interface Case {
        void run(SplittableRandom random) throws Exception;
    }

    /**
     * Runs the cases, up to the first that fails.
     *
     * @param casesInBuild how many there are, unless a property says for how long
     * @throws AssertionError if one throws anything; the message has its seed
     */
    public static void cases(String name, int casesInBuild, Case one) {
        long first = Long.getLong(SEED, 1);
        long began = System.nanoTime();
        Long seconds = Long.getLong(SECONDS);
        long seed = first;
        while (seed == first
                || (seconds == null
                        ? seed - first < casesInBuild
                        : System.nanoTime() - began
                                < Duration.ofSeconds(seconds).toNanos())) {
            try {
                one.run(new SplittableRandom(seed));
            } catch (Exception | AssertionError e) {
                throw new AssertionError(name + ": -D" + SEED + "=" + seed + " repeats this: " + e.getMessage(), e);
            }
            seed++;
        }
        System.out.println("fuzz: " + name + ", seeds " + first + " to " + (seed - 1) + ", "
                + Duration.ofNanos(System.nanoTime() - began).toMillis() + " ms");
    }
}
