package io.cloudsqlite.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.cli.loadtest.Latencies;
import io.cloudsqlite.cli.loadtest.LoadTest;
import io.cloudsqlite.cli.loadtest.LoadTestPlan;
import io.cloudsqlite.cli.loadtest.LoadTestReport;
import io.cloudsqlite.cli.loadtest.Workload;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "load-test",
        description = "Send many requests to a server and measure its answers.",
        footer = {
            "",
            "It makes the table load_test in the database and leaves it there. The requests have the form of the first"
                    + " CloudSQLite, whose servers can be measured as well. Latencies are those of the requests that"
                    + " succeeded. The exit code is 1 if none did.",
            "",
            "Example:",
            "  cloudsqlite load-test -u http://127.0.0.1:8080 -r 1000 -c 20 --workload read"
        })
final class LoadTestCommand implements Callable<Integer> {

    private final Console console;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = {"-u", "--url"},
            paramLabel = "URL",
            required = true,
            description = "The server's URL, with /sql at its end or without.")
    @SuppressWarnings("NullAway.Init")
    private URI url;

    @Option(
            names = {"-r", "--requests"},
            paramLabel = "N",
            defaultValue = "100",
            description = "How many requests to send in all. Default: ${DEFAULT-VALUE}.")
    private int requests;

    @Option(
            names = {"-c", "--concurrency"},
            paramLabel = "N",
            defaultValue = "10",
            description = "How many requests to send at a time. Default: ${DEFAULT-VALUE}.")
    private int concurrency;

    @Option(
            names = {"-t", "--time"},
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "After how long to send no more. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    private Duration time;

    @Option(
            names = "--database",
            paramLabel = "DB",
            defaultValue = "load-test.db",
            description = "The database to use. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    private DatabaseName database;

    @Option(
            names = "--workload",
            paramLabel = "KIND",
            defaultValue = "mixed",
            description = "${COMPLETION-CANDIDATES}; mixed is four reads to a write. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    private Workload workload;

    @Option(names = "--json", description = "Print the report as one JSON object.")
    private boolean json;

    LoadTestCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        LoadTestPlan plan = plan();
        LoadTestReport report = new LoadTest(plan).run(this::showProgress);
        if (console.errIsTerminal()) {
            console.err().print("\r\033[K");
            console.err().flush();
        }
        if (json) {
            printJson(plan, report);
        } else {
            printTable(plan, report);
        }
        return (report.succeeded() > 0 ? ExitCode.OK : ExitCode.FAILED).number();
    }

    private LoadTestPlan plan() {
        try {
            return new LoadTestPlan(LoadTestPlan.endpointOf(url), requests, concurrency, time, database, workload);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private void showProgress(LoadTest.Progress progress) {
        if (console.errIsTerminal()) {
            console.err()
                    .printf(
                            "\r\033[K%d of %d requests, %d failed, %d s",
                            progress.done(),
                            requests,
                            progress.failed(),
                            progress.elapsed().toSeconds());
            console.err().flush();
        }
    }

    private void printTable(LoadTestPlan plan, LoadTestReport report) {
        Latencies latencies = report.latencies();
        console.out()
                .println(plan.workload() + " load on " + plan.database() + " at " + plan.endpoint() + ", "
                        + plan.concurrency() + " at a time");
        console.out().println();
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
                "p50 " + decimal(latencies.p50()) + " ms, p95 " + decimal(latencies.p95()) + " ms, p99 "
                        + decimal(latencies.p99()) + " ms");
    }

    private static String count(int part, LoadTestReport report) {
        return part + " (" + decimal(report.percentage(part)) + " %)";
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    private void line(String name, String value) {
        console.out().println(String.format("%-12s", name) + value);
    }

    private void printJson(LoadTestPlan plan, LoadTestReport report) throws IOException {
        JsonFactory factory = JsonFactory.builder().build().disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        try (JsonGenerator generator = factory.createGenerator(console.out())) {
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
        console.out().println();
    }

    private static void writeLatencies(JsonGenerator generator, Latencies latencies) throws IOException {
        generator.writeObjectFieldStart("latency_ms");
        generator.writeNumberField("avg", rounded(latencies.avg()));
        generator.writeNumberField("min", rounded(latencies.min()));
        generator.writeNumberField("max", rounded(latencies.max()));
        generator.writeNumberField("p50", rounded(latencies.p50()));
        generator.writeNumberField("p95", rounded(latencies.p95()));
        generator.writeNumberField("p99", rounded(latencies.p99()));
        generator.writeEndObject();
    }

    private static double rounded(double value) {
        return Math.round(value * 1_000) / 1_000.0;
    }
}
