package io.cloudsqlite.cli;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.session.CloudSqlite;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "convert",
        description = "Change how a database is stored, as one transaction, while others read and write it.",
        footer = {
            "",
            "Its history begins anew. In format file it keeps none, and every commit uploads the whole database; but its"
                    + " object is a plain SQLite file.",
            "",
            "Example:",
            "  cloudsqlite convert app.db --to log"
        })
final class ConvertCommand extends DatabaseCommand {

    @Option(
            names = "--to",
            paramLabel = "FORMAT",
            required = true,
            description = "The format that it is to have: ${COMPLETION-CANDIDATES}.")
    @SuppressWarnings("NullAway.Init")
    private DatabaseFormat format;

    ConvertCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        try (CloudSqlite cloud = open()) {
            boolean isConverted = cloud.describe(database()).info().format() == format;
            long txid = cloud.convert(database(), format, timeout());
            console()
                    .out()
                    .println(
                            isConverted
                                    ? database() + " is stored in format " + format + " already"
                                    : "converted " + database() + " to format " + format + " as transaction " + txid);
        }
        return ExitCode.OK.number();
    }
}
