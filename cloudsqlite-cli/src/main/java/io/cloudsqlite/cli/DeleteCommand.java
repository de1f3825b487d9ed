package io.cloudsqlite.cli;

import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.session.CloudSqlite;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(name = "delete", description = "Delete a database for good. Asks first.")
final class DeleteCommand extends DatabaseCommand {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask. Needed where there is no terminal to ask on.")
    private boolean yes;

    DeleteCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() throws IOException {
        try (CloudSqlite cloud = open()) {
            // Asked about what exists only: a mistyped name is better told at once.
            checkExists(cloud);
            if (!yes && !isConfirmed()) {
                throw new CommandFailedException(database() + " was not deleted");
            }
            cloud.delete(database());
            console().out().println("deleted " + database());
        }
        return ExitCode.OK.number();
    }

    private void checkExists(CloudSqlite cloud) {
        try {
            cloud.describe(database());
        } catch (CorruptDatabaseException e) {
            console().err().println("cloudsqlite: " + database() + " is damaged, and can be deleted all the same");
        }
    }

    private boolean isConfirmed() throws IOException {
        if (!console().isInteractive()) {
            throw new ParameterException(spec.commandLine(), "there is no terminal to ask on, so --yes is needed");
        }
        console().out().print("Delete " + database() + " in " + store() + " for good? [y/N] ");
        console().out().flush();
        String answer = new BufferedReader(new InputStreamReader(console().in(), StandardCharsets.UTF_8)).readLine();
        return answer != null
                && (answer.strip().equalsIgnoreCase("y") || answer.strip().equalsIgnoreCase("yes"));
    }
}
