package io.cloudsqlite.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The entry point of the {@code cloudsqlite} command. */
@Command(
        name = "cloudsqlite",
        description = "A serverless database: SQLite is the engine, object storage is the disk.",
        mixinStandardHelpOptions = true,
        version = "cloudsqlite 0.1.0-SNAPSHOT")
public final class Main implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run()
    private CommandSpec spec;

    private Main() {}

    /**
     * Runs the command and ends the process with its exit code.
     *
     * @param args the command line
     */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command given; see cloudsqlite --help");
    }
}
