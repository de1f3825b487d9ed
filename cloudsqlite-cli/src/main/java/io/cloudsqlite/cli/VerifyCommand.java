package io.cloudsqlite.cli;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.VerificationReport;
import picocli.CommandLine.Command;

@Command(
        name = "verify",
        description =
                "Rebuild databases from what the store holds, check every checksum on the way, and have SQLite check the"
                        + " results.",
        footer = {
            "",
            "Of a database in format log, all that is kept of its past is verified too. Damage has the exit code 6.",
            "",
            "Examples:",
            "  cloudsqlite verify",
            "  cloudsqlite verify app.db other.db --timeout 600"
        })
final class VerifyCommand extends DatabasesCommand {

    VerifyCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        try (CloudSqlite cloud = open()) {
            return processEach(cloud).number();
        }
    }

    @Override
    String process(CloudSqlite cloud, DatabaseName database) {
        VerificationReport report = cloud.verify(database, timeout());
        String what = report.format() == DatabaseFormat.FILE
                ? "at transaction " + report.txid()
                : "from transaction " + report.oldestTxid() + " to " + report.txid();
        return "sound " + what + ", format " + report.format() + ", " + count(report.verifiedStates(), "state")
                + " rebuilt from " + report.bytesDownloaded() + " bytes";
    }
}
