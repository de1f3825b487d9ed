package io.cloudsqlite.cli.bench;

import io.cloudsqlite.cli.bench.Target.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What CloudSQLite is to reach, held against a report. They are ratios within one run, for machines differ. */
final class Targets {

    private static final int MEGABYTES = BenchPlan.REFERENCE_MEGABYTES;
    private static final int MANY_WRITERS = 64;

    private static final double MIN_WARM_READ_SPEED = 15;
    private static final double MIN_STALE_READ_SPEED = 0.5;
    private static final double MAX_WRITE_TIME = 1.25;
    private static final double MAX_GROWTH = 1.2;
    private static final double MIN_WRITES_PER_SECOND = 1_000;
    private static final double MAX_SPREAD = 5;
    private static final double MIN_SHARE_OF_LINK = 0.8;

    private final BenchReport report;
    private final List<Target> targets = new ArrayList<>();

    private Targets(BenchReport report) {
        this.report = report;
    }

    static List<Target> of(BenchReport report) {
        Targets targets = new Targets(report);
        targets.warmRead();
        targets.staleRead();
        targets.singleWrite();
        targets.writeOfLarger(100);
        targets.writeOfLarger(1_000);
        targets.writers();
        targets.coldRead(100);
        return targets.targets;
    }

    private void warmRead() {
        Optional<Measurement> read = report.find(Kind.WARM_READ, MEGABYTES);
        add(
                "warm read, 10 MB, against the first algorithm",
                "at least " + MIN_WARM_READ_SPEED + " x",
                read.map(one -> {
                    double speed = report.timesFirst(one).orElse(0);
                    return new Outcome(format("%.1f x", speed), speed >= MIN_WARM_READ_SPEED);
                }),
                needsSize(MEGABYTES));
        add(
                "requests to the store of a warm read",
                "exactly 1",
                read.map(one -> {
                    double requests = one.perOperation(one.traffic().storeRequests());
                    return new Outcome(format("%.3f", requests), one.traffic().storeRequests() == one.operations());
                }),
                needsSize(MEGABYTES));
    }

    private void staleRead() {
        add(
                "bounded-stale point reads, against plain sqlite-jdbc",
                "at least " + MIN_STALE_READ_SPEED + " x",
                report.find(Kind.STALE_READ, MEGABYTES).map(one -> {
                    double speed = report.timesPlain(one).orElse(0);
                    return new Outcome(format("%.2f x", speed), speed >= MIN_STALE_READ_SPEED);
                }),
                needsSize(MEGABYTES));
    }

    private void singleWrite() {
        add(
                "single write, 10 MB: time of the median, against bare lock + put",
                "at most " + MAX_WRITE_TIME + " x",
                report.find(Kind.WRITE, MEGABYTES).map(one -> {
                    double time = report.timesLimit(one).orElse(Double.MAX_VALUE);
                    return new Outcome(format("%.2f x", time), time <= MAX_WRITE_TIME);
                }),
                needsSize(MEGABYTES));
    }

    private void writeOfLarger(int megabytes) {
        Optional<Measurement> small = report.find(Kind.WRITE, MEGABYTES);
        add(
                "single write, " + megabytes + " MB: time of the median, against 10 MB",
                "at most " + MAX_GROWTH + " x",
                report.find(Kind.WRITE, megabytes)
                        .flatMap(large -> small.map(base -> {
                            double growth =
                                    large.latencies().p50() / base.latencies().p50();
                            return new Outcome(format("%.2f x", growth), growth <= MAX_GROWTH);
                        })),
                needsSize(megabytes));
    }

    private void writers() {
        Optional<Measurement> writers = report.find(Kind.WRITERS, MEGABYTES, MANY_WRITERS);
        add(
                "64 concurrent writers, 10 MB: acknowledged transactions a second",
                format("at least %.0f", MIN_WRITES_PER_SECOND),
                writers.map(one -> {
                    String refused = one.failed() == 0 ? "" : ", and " + one.failed() + " refused";
                    return new Outcome(
                            format("%.0f", one.throughput()) + refused,
                            one.throughput() >= MIN_WRITES_PER_SECOND && one.failed() == 0);
                }),
                needsSize(MEGABYTES));
        add(
                "64 concurrent writers, 10 MB: p99 against p50",
                "at most " + MAX_SPREAD + " x",
                writers.map(one -> {
                    double spread = one.latencies().p99() / one.latencies().p50();
                    return new Outcome(format("%.1f x", spread), spread <= MAX_SPREAD);
                }),
                needsSize(MEGABYTES));
    }

    private void coldRead(int megabytes) {
        add(
                "cold read, " + megabytes + " MB: share of what the link allows",
                format("at least %.0f %%", MIN_SHARE_OF_LINK * 100),
                report.find(Kind.COLD_READ, megabytes).map(one -> {
                    double share = 1 / report.timesLimit(one).orElse(Double.MAX_VALUE);
                    return new Outcome(format("%.0f %%", share * 100), share >= MIN_SHARE_OF_LINK);
                }),
                needsSize(megabytes));
    }

    /** What was measured, and whether that is enough. */
    private record Outcome(String measured, boolean isReached) {}

    private void add(String what, String goal, Optional<Outcome> outcome, String otherwise) {
        targets.add(outcome.map(known -> new Target(what, goal, known.measured, Verdict.of(known.isReached)))
                .orElseGet(() -> new Target(what, goal, otherwise, Verdict.NOT_MEASURED)));
    }

    private static String needsSize(int megabytes) {
        return "needs " + megabytes + " among the sizes";
    }

    private static String format(String pattern, double value) {
        return String.format(Locale.ROOT, pattern, value);
    }
}
