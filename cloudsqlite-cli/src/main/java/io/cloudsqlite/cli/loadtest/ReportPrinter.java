package io.cloudsqlite.cli.loadtest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.cloudsqlite.cli.latency.Latencies;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;

/**
 * Shows what a load test measured.
 *
 * <pre>{@code
 * new ReportPrinter(out).printTable(plan, report);
 * }</pre>
 *
 * <p>It does not flush. Used by one thread.
 */
public final class ReportPrinter {

    private final PrintWriter out;

    /** @param out where to; it is never closed */
    public ReportPrinter(PrintWriter out) {
        this.out = out;
    }

    /** For people: a line for each figure. */
    public void printTable(LoadTestPlan plan, LoadTestReport report) {
        Latencies latencies = report.latencies();
        out.println(plan.workload() + " load on " + plan.database() + " at " + plan.endpoint() + ", "
                + plan.concurrency() + " at a time");
        out.println();
        line("requests", report.requests() + " in " + decimal(report.elapsed().toNanos() / 1e9) + " s");
        line("succeeded", count(report.succeeded(), report));
        line("failed", count(report.failed(), report));
        report.failures().forEach((kind, failures) -> line("", count(failures, report) + " " + kind));
        line("throughput", decimal(report.throughput()) + " requests/s");
        line(
                "latency",
                "avg " + decimal(latencies.avg()) + " ms, min " + decimal(latencies.min()) + " ms, max "
                        + decimal(latencies.max()) + " ms");
        line(
                "",
                "p50 " + decimal(latencies.p50()) + " ms, p90 " + decimal(latencies.p90()) + " ms, p95 "
                        + decimal(latencies.p95()) + " ms, p99 " + decimal(latencies.p99()) + " ms");
    }

    private static String count(int part, LoadTestReport report) {
        return part + " (" + decimal(report.percentage(part)) + " %)";
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    private void line(String name, String value) {
        out.println(String.format("%-12s", name) + value);
    }

    /** For programs: one object, on one line. */
    public void printJson(LoadTestPlan plan, LoadTestReport report) throws IOException {
        JsonFactory factory = JsonFactory.builder().build().disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        try (JsonGenerator generator = factory.createGenerator(out)) {
            generator.writeStartObject();
            generator.writeStringField("url", plan.endpoint().toString());
            generator.writeStringField("database", plan.database().value());
            generator.writeStringField("workload", plan.workload().toString());
            generator.writeNumberField("concurrency", plan.concurrency());
            generator.writeNumberField("requests", report.requests());
            generator.writeNumberField("succeeded", report.succeeded());
            generator.writeNumberField("failed", report.failed());
            generator.writeObjectFieldStart("failures");
            for (Map.Entry<String, Integer> failure : report.failures().entrySet()) {
                generator.writeNumberField(failure.getKey(), failure.getValue());
            }
            generator.writeEndObject();
            generator.writeNumberField("elapsed_ms", report.elapsed().toMillis());
            generator.writeNumberField("requests_per_second", rounded(report.throughput()));
            writeLatencies(generator, report.latencies());
            generator.writeEndObject();
        }
        out.println();
    }

    private static void writeLatencies(JsonGenerator generator, Latencies latencies) throws IOException {
        generator.writeObjectFieldStart("latency_ms");
        generator.writeNumberField("avg", rounded(latencies.avg()));
        generator.writeNumberField("min", rounded(latencies.min()));
        generator.writeNumberField("max", rounded(latencies.max()));
        generator.writeNumberField("p50", rounded(latencies.p50()));
        generator.writeNumberField("p90", rounded(latencies.p90()));
        generator.writeNumberField("p95", rounded(latencies.p95()));
        generator.writeNumberField("p99", rounded(latencies.p99()));
        generator.writeEndObject();
    }

    private static double rounded(double value) {
        return Math.round(value * 1_000) / 1_000.0;
    }
}
