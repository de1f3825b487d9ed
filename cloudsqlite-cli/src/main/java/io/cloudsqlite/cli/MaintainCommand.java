package io.cloudsqlite.cli;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.format.MaintenanceReport;
import io.cloudsqlite.session.CloudSqlite;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "maintain",
        description =
                "Keep the logs of databases short: make checkpoints, merge small objects, delete those that no state"
                        + " needs any more which is to be kept.",
        footer = {
            "",
            "It may run at any time and any number of times at once; readers and writers never wait for it. Databases in"
                    + " format file need none.",
            "",
            "Examples:",
            "  cloudsqlite maintain",
            "  cloudsqlite maintain app.db --retention 30"
        })
final class MaintainCommand extends DatabasesCommand {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--retention",
            paramLabel = "DAYS",
            defaultValue = "7",
            description = "How far back every state can be restored afterwards. Default: ${DEFAULT-VALUE}.")
    private int retentionDays;

    MaintainCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        if (retentionDays < 0) {
            throw new ParameterException(spec.commandLine(), "--retention must be 0 or above, not " + retentionDays);
        }
        try (CloudSqlite cloud = open(builder -> builder.retention(Duration.ofDays(retentionDays)))) {
            return processEach(cloud).number();
        }
    }

    @Override
    String process(CloudSqlite cloud, DatabaseName database) {
        return describe(cloud.maintain(database, timeout()));
    }

    static String describe(MaintenanceReport report) {
        List<String> done = new ArrayList<>();
        if (report.checkpointed()) {
            done.add("made a checkpoint");
        }
        if (report.mergedSegments() > 0) {
            done.add("merged " + count(report.mergedSegments(), "segment"));
        }
        if (report.deletedObjects() > 0) {
            done.add("deleted " + count(report.deletedObjects(), "object") + " of " + report.deletedBytes()
                    + " bytes in all");
        }
        return done.isEmpty() ? "nothing was due" : String.join(", ", done);
    }
}
