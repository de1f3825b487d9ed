package io.cloudsqlite.cli.bench;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.HorizontalAlign;
import io.cloudsqlite.cli.latency.Latencies;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Shows results to people.
 *
 * <pre>{@code
 * new ResultsTable(out).print(results);
 * }</pre>
 *
 * <p>It does not flush. Used by one thread.
 */
public final class ResultsTable {

    private static final double BYTES_PER_KILOBYTE = 1e3;

    /** Smaller numbers are shown with more decimals, so that each has about three digits. */
    private static final double LARGE = 100;

    private final PrintWriter out;

    /** @param out where to; it is never closed */
    public ResultsTable(PrintWriter out) {
        this.out = out;
    }

    /** Prints what was measured, how it compares with what is to be reached, and what was assumed. */
    public void print(Results results) {
        results.report().ifPresent(this::print);
        results.soak().ifPresent(this::print);
        out.println();
        out.println("What is to be reached");
        out.println(table(
                List.of("what", "goal", "measured", "verdict"),
                4,
                results.targets().stream()
                        .map(one -> List.of(
                                one.what(),
                                one.goal(),
                                one.measured(),
                                one.verdict().toString()))
                        .toList()));
        out.println();
        results.assumptions().forEach(out::println);
    }

    private void print(BenchReport report) {
        Calibration cloud = report.calibration();
        out.println("The cloud, as measured: get " + number(cloud.getMillis()) + " ms, put " + number(cloud.putMillis())
                + " ms, lock " + number(cloud.lockMillis()) + " ms; one stream of 8 MB, its wait included, "
                + number(cloud.downMegabytesPerSecond()) + " MB/s down and " + number(cloud.upMegabytesPerSecond())
                + " MB/s up");
        List<String> columns = List.of(
                "workload",
                "MB",
                "clients",
                "ops/s",
                "p50 ms",
                "p90 ms",
                "p99 ms",
                "requests/op",
                "locks/op",
                "KB down/op",
                "KB up/op",
                "$/million",
                "speed / first",
                "speed / plain",
                "time / limit");
        out.println(table(
                columns,
                1,
                report.measurements().stream().map(one -> row(report, one)).toList()));
        out.println(
                "first: the first project's algorithm; plain: sqlite-jdbc on a local file; limit: the bare requests");
        report.measurements().stream().filter(one -> one.failed() > 0).forEach(this::printFailures);
        report.checks().forEach(this::print);
    }

    private static List<String> row(BenchReport report, Measurement one) {
        Latencies latencies = one.latencies();
        return List.of(
                one.kind().label(),
                one.megabytes() == Measurement.ANY_SIZE ? "any" : Integer.toString(one.megabytes()),
                Integer.toString(one.clients()),
                number(one.throughput()),
                number(latencies.p50()),
                number(latencies.p90()),
                number(latencies.p99()),
                number(one.perOperation(one.traffic().storeRequests())),
                number(one.perOperation(one.traffic().lockRequests())),
                number(one.perOperation(one.traffic().bytesDown()) / BYTES_PER_KILOBYTE),
                number(one.perOperation(one.traffic().bytesUp()) / BYTES_PER_KILOBYTE),
                number(one.dollarsPerMillion()),
                number(report.timesFirst(one)),
                number(report.timesPlain(one)),
                number(report.timesLimit(one)));
    }

    private void printFailures(Measurement one) {
        for (Map.Entry<String, Integer> failure : one.failures().entrySet()) {
            out.println(one.kind().label() + ", " + one.megabytes() + " MB, " + one.clients() + " clients: "
                    + failure.getValue() + " failed with " + failure.getKey());
        }
    }

    private void print(WriteCheck check) {
        out.println(check.database() + ": " + check.acknowledged() + " writes were acknowledged"
                + (check.unknown() == 0 ? "" : " and " + check.unknown() + " are unknown") + ", " + check.found()
                + " are there" + (check.isGood() ? "" : ": WRITES WERE LOST"));
    }

    private void print(SoakReport soak) {
        out.println(soak.databases() + " databases, " + soak.clients() + " clients, "
                + soak.duration().toSeconds() + " s: " + soak.operations() + " operations, " + soak.failures()
                + " failed");
        out.println(String.format(
                Locale.ROOT,
                "heap after a full collection: %.1f to %.1f MB, slope %+.3f MB a minute",
                soak.minBytes() / 1e6,
                soak.maxBytes() / 1e6,
                soak.slopeBytesPerSecond() * 60 / 1e6));
    }

    private static String number(OptionalDouble value) {
        return value.isPresent() ? number(value.getAsDouble()) : "";
    }

    private static String number(double value) {
        String format = value >= LARGE ? "%.0f" : value >= 10 ? "%.1f" : value >= 1 || value == 0 ? "%.2f" : "%.3f";
        return String.format(Locale.ROOT, format, value);
    }

    /** @param texts how many columns at the left are texts and not numbers */
    private static String table(List<String> headers, int texts, List<List<String>> rows) {
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < headers.size(); i++) {
            columns.add(new Column()
                    .header(headers.get(i))
                    .headerAlign(HorizontalAlign.LEFT)
                    .dataAlign(i < texts ? HorizontalAlign.LEFT : HorizontalAlign.RIGHT));
        }
        String[][] cells = rows.stream().map(row -> row.toArray(String[]::new)).toArray(String[][]::new);
        return AsciiTable.getTable(AsciiTable.BASIC_ASCII_NO_DATA_SEPARATORS, columns.toArray(Column[]::new), cells);
    }
}
