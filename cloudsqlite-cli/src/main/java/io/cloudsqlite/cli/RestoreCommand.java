package io.cloudsqlite.cli;

import io.cloudsqlite.DatabaseExistsException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.session.CloudSqlite;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "restore",
        description = "Make an earlier state of a database a new database. The database itself stays as it is.",
        footer = {
            "",
            "'cloudsqlite history DB' lists the transactions whose states can be restored.",
            "",
            "Examples:",
            "  cloudsqlite restore app.db --txid 41 --to before.db",
            "  cloudsqlite restore app.db --time 2026-11-03T14:30:00+01:00 --to before.db"
        })
final class RestoreCommand extends DatabaseCommand {

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init")
    private PointInTimeOptions when;

    @Option(
            names = "--to",
            paramLabel = "NEW",
            required = true,
            description = "The new database, which must not exist yet.")
    @SuppressWarnings("NullAway.Init")
    private DatabaseName target;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private CreationOptions creation;

    RestoreCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        try (CloudSqlite cloud = open(creation::applyTo)) {
            long txid = cloud.restore(database(), when.pointInTime(), target, timeout());
            console().out().println("restored " + database() + " to " + target + ", as its transaction " + txid);
        } catch (DatabaseExistsException e) {
            throw new CommandFailedException(
                    "the database '" + target + "' exists already: choose another name, or delete it first", e);
        }
        return ExitCode.OK.number();
    }
}
