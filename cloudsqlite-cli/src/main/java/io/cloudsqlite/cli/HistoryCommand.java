package io.cloudsqlite.cli;

import io.cloudsqlite.format.HistoryEntry;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.sql.SqlResult;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "history",
        description = "List the transactions of a database whose states can be restored, newest first.",
        footer = {
            "",
            "Columns: the numbers of the first and the last of the transactions that were published together (most often"
                    + " it is one), when that was, how many pages they changed, and how many bytes they take up in the"
                    + " store. The state after the last can be restored.",
            "",
            "Examples:",
            "  cloudsqlite history app.db --limit 20",
            "  cloudsqlite history app.db --before 1000"
        })
final class HistoryCommand extends DatabaseCommand {

    private static final List<String> COLUMNS = List.of("from_txid", "txid", "time", "pages", "bytes");

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "50",
            description = "How many at the most. Default: ${DEFAULT-VALUE}.")
    private int limit;

    @Option(names = "--before", paramLabel = "TXID", description = "Only those before that transaction.")
    private @Nullable Long before;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private OutputOptions output;

    HistoryCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        if (limit < 1) {
            throw new ParameterException(spec.commandLine(), "--limit must be above 0, not " + limit);
        }
        OptionalLong upTo = before == null ? OptionalLong.empty() : OptionalLong.of(before);
        List<List<Object>> rows = new ArrayList<>();
        try (CloudSqlite cloud = open()) {
            cloud.history(database(), upTo, limit).forEach(entry -> rows.add(row(entry)));
        }
        output.printer(console()).print(new SqlResult(COLUMNS, rows, 0, OptionalLong.empty()));
        return ExitCode.OK.number();
    }

    private static List<Object> row(HistoryEntry entry) {
        return List.of(
                entry.fromTxid(),
                entry.txid(),
                entry.timestamp().toString(),
                entry.changedPages(),
                entry.storedBytes());
    }
}
