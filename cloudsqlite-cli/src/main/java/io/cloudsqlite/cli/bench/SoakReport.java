package io.cloudsqlite.cli.bench;

import io.cloudsqlite.cli.bench.Target.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * What a soak showed.
 *
 * @param samples of the heap after a full collection each
 */
public record SoakReport(
        int databases, int clients, Duration duration, long operations, long failures, List<Sample> samples) {

    /** The first part of the samples is left out of the slope: pools and caches fill in it. */
    private static final int WARM_UP_PART = 6;

    /** A heap that grows by less than this part of itself from the beginning to the end is flat. */
    private static final double MAX_GROWTH_SHARE = 0.05;

    /** Nothing that small can be told from chance. */
    private static final double MIN_GROWTH_BYTES = 1e6;

    /**
     * The heap at a moment.
     *
     * @param after since the load began
     * @param heapBytes what was reachable
     */
    public record Sample(Duration after, long heapBytes) {

        double seconds() {
            return after.toNanos() / 1e9;
        }
    }

    /** @throws IllegalArgumentException if there are too few samples to tell a slope by */
    public SoakReport {
        samples = List.copyOf(samples);
        if (samples.size() < WARM_UP_PART) {
            throw new IllegalArgumentException("a soak has at least " + WARM_UP_PART + " samples");
        }
    }

    /** The smallest heap of all samples. */
    public long minBytes() {
        return samples.stream().mapToLong(Sample::heapBytes).min().orElseThrow();
    }

    /** The largest heap of all samples. */
    public long maxBytes() {
        return samples.stream().mapToLong(Sample::heapBytes).max().orElseThrow();
    }

    /** How fast the heap grows, in bytes a second, by the straight line with the least squares of its distances. */
    public double slopeBytesPerSecond() {
        List<Sample> steady = steady();
        double meanSeconds =
                steady.stream().mapToDouble(Sample::seconds).average().orElseThrow();
        double meanBytes = meanBytes();
        double covariance = 0;
        double variance = 0;
        for (Sample sample : steady) {
            double seconds = sample.seconds() - meanSeconds;
            covariance += seconds * (sample.heapBytes() - meanBytes);
            variance += seconds * seconds;
        }
        return variance == 0 ? 0 : covariance / variance;
    }

    private List<Sample> steady() {
        return samples.subList(samples.size() / WARM_UP_PART, samples.size());
    }

    private double meanBytes() {
        return steady().stream().mapToLong(Sample::heapBytes).average().orElseThrow();
    }

    /** Whether the heap is flat. */
    public Target target() {
        double growthBytes = slopeBytesPerSecond() * duration.toNanos() / 1e9;
        double allowedBytes = Math.max(MIN_GROWTH_BYTES, meanBytes() * MAX_GROWTH_SHARE);
        return new Target(
                "heap of " + databases + " databases under mixed load for " + duration.toSeconds() + " s",
                String.format(Locale.ROOT, "grows by at most %.1f MB", allowedBytes / 1e6),
                String.format(
                        Locale.ROOT,
                        "%+.2f MB; %.1f to %.1f MB",
                        growthBytes / 1e6,
                        minBytes() / 1e6,
                        maxBytes() / 1e6),
                Verdict.of(growthBytes <= allowedBytes));
    }
}
