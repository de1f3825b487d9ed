package io.cloudsqlite.cli;

import io.cloudsqlite.cli.output.OutputFormat;
import io.cloudsqlite.cli.output.ResultPrinter;
import picocli.CommandLine.Option;

/** The options of all commands that show rows. */
final class OutputOptions {

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "How rows are shown: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}."
                    + " A table shortens long values, the others do not.")
    @SuppressWarnings("NullAway.Init")
    private OutputFormat format;

    OutputFormat format() {
        return format;
    }

    ResultPrinter printer(Console console) {
        return format.printer(console.out(), console.outWidth());
    }
}
