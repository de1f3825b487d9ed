package io.cloudsqlite.cli;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.cli.loadtest.LoadTest;
import io.cloudsqlite.cli.loadtest.LoadTestPlan;
import io.cloudsqlite.cli.loadtest.LoadTestReport;
import io.cloudsqlite.cli.loadtest.ReportPrinter;
import io.cloudsqlite.cli.loadtest.Workload;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
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
        ReportPrinter printer = new ReportPrinter(console.out());
        if (json) {
            printer.printJson(plan, report);
        } else {
            printer.printTable(plan, report);
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
}
