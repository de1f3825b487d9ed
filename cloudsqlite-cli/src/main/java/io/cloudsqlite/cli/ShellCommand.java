package io.cloudsqlite.cli;

import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.DbSession;
import java.io.IOException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "shell",
        description = "Run SQL on a database interactively.",
        footer = {
            "",
            "A statement ends with a semicolon and may have several lines. Each is a transaction of its own; the"
                    + " command sql runs several as one. Tab completes"
                    + " keywords, tables and columns; .help lists the shell's own commands; Ctrl-C drops what was typed;"
                    + " Ctrl-D ends the shell.",
            "",
            "Without a terminal the statements are read from standard input: a failed one is reported and the rest is run,"
                    + " and the exit code is 1 at the end.",
            "",
            "Examples:",
            "  cloudsqlite shell app.db",
            "  cloudsqlite shell app.db < statements.sql"
        })
final class ShellCommand extends DatabaseCommand {

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private OutputOptions output;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private CreationOptions creation;

    ShellCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() throws IOException {
        try (CloudSqlite cloud = open(creation::applyTo)) {
            DbSession session = cloud.database(database());
            if (!console().isInteractive()) {
                Shell shell =
                        new Shell(session, console().out(), console().err(), console()::outWidth, output.format());
                boolean succeeded = shell.run(LineSource.of(console().in()));
                return (succeeded ? ExitCode.OK : ExitCode.FAILED).number();
            }
            try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
                terminal.writer().println(greeting(cloud));
                TerminalShell.run(session, terminal, output.format(), TerminalShell.historyFile());
                return ExitCode.OK.number();
            }
        }
    }

    private String greeting(CloudSqlite cloud) {
        try {
            long txid = cloud.describe(database()).info().txid();
            return database() + " at transaction " + txid + " in " + store() + "; .help for help, Ctrl-D to end";
        } catch (DatabaseNotFoundException e) {
            return database() + " does not exist yet in " + store()
                    + ", its first write creates it; .help for help, Ctrl-D to end";
        }
    }
}
