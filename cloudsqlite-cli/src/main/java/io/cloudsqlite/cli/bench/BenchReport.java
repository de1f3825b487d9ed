package io.cloudsqlite.cli.bench;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a benchmark measured.
 *
 * @param measurements in the order in which they were made
 * @param checks of the databases that were written to
 */
public record BenchReport(Calibration calibration, List<Measurement> measurements, List<WriteCheck> checks) {

    public BenchReport {
        measurements = List.copyOf(measurements);
        checks = List.copyOf(checks);
    }

    /** Whether every write that was acknowledged was found again. */
    public boolean isSound() {
        return checks.stream().allMatch(WriteCheck::isGood);
    }

    /** The measurement of that kind and size with one client; empty if it was not made, or nothing succeeded. */
    Optional<Measurement> find(Kind kind, int megabytes) {
        return find(kind, megabytes, 1);
    }

    /** The measurement of that kind, size and number of clients; empty if it was not made, or nothing succeeded. */
    Optional<Measurement> find(Kind kind, int megabytes, int clients) {
        return measurements.stream()
                .filter(one -> one.kind() == kind)
                .filter(one -> one.megabytes() == megabytes || one.megabytes() == Measurement.ANY_SIZE)
                .filter(one -> one.clients() == clients && one.operations() > 0)
                .findFirst();
    }

    /** How many times as many operations a second it does as the first project's algorithm. */
    OptionalDouble timesFirst(Measurement measured) {
        return speed(measured, measured.kind().first());
    }

    /** How many times as many operations a second it does as plain sqlite-jdbc on a local file. */
    OptionalDouble timesPlain(Measurement measured) {
        return speed(measured, measured.kind().plain());
    }

    private OptionalDouble speed(Measurement measured, Optional<Kind> baseline) {
        return baseline.flatMap(kind -> find(kind, measured.megabytes()))
                .map(base -> OptionalDouble.of(measured.throughput() / base.throughput()))
                .orElse(OptionalDouble.empty());
    }

    /** How many times as long its median operation takes as the bare requests do. */
    OptionalDouble timesLimit(Measurement measured) {
        return measured.kind()
                .limit()
                .filter(kind -> measured.operations() > 0)
                .flatMap(kind -> find(kind, measured.megabytes()))
                .map(limit -> OptionalDouble.of(
                        measured.latencies().p50() / limit.latencies().p50()))
                .orElse(OptionalDouble.empty());
    }
}
