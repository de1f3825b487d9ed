package io.cloudsqlite.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.session.PointInTime;
import java.time.Duration;
import java.util.Arrays;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The {@code cloudsqlite} command. {@link #run} assembles it: one class per subcommand, one place where a failure becomes
 * a line on standard error and an {@linkplain ExitCode exit code}.
 */
@Command(
        name = "cloudsqlite",
        description = "A serverless database: SQLite is the engine, object storage is the disk.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  cloudsqlite serve",
            "  cloudsqlite sql app.db 'SELECT * FROM note WHERE id = ?' -p 7",
            "  cloudsqlite shell app.db",
            "",
            "'cloudsqlite COMMAND --help' explains a command."
        })
public final class Main implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "Log each step to standard error, and show where an error came from.")
    private boolean verbose;

    private Main() {}

    /** Runs the command and ends the process with its exit code. */
    public static void main(String[] args) {
        System.exit(run(new SystemConsole(), args));
    }

    /** Runs the command and returns its exit code. */
    static int run(Console console, String... args) {
        Main main = new Main();
        CommandLine commandLine = main.assemble(console);
        if (!isReadable(args)) {
            return main.refuse(new ParameterException(
                    commandLine,
                    "the command line has characters that the locale cannot express: set LC_ALL to one of UTF-8"));
        }
        return main.flushed(console, commandLine.execute(args));
    }

    private CommandLine assemble(Console console) {
        CommandLine commandLine = new CommandLine(this)
                .addSubcommand(new ServeCommand(console))
                .addSubcommand(new SqlCommand(console))
                .addSubcommand(new ShellCommand(console))
                .addSubcommand(new ListCommand(console))
                .addSubcommand(new InfoCommand(console))
                .addSubcommand(new ImportCommand(console))
                .addSubcommand(new ExportCommand(console))
                .addSubcommand(new HistoryCommand(console))
                .addSubcommand(new RestoreCommand(console))
                .addSubcommand(new ConvertCommand(console))
                .addSubcommand(new MaintainCommand(console))
                .addSubcommand(new VerifyCommand(console))
                .addSubcommand(new DeleteCommand(console))
                .addSubcommand(new UnlockCommand(console))
                .addSubcommand(new LoadTestCommand(console))
                .addSubcommand(new BenchCommand(console))
                .setOut(console.out())
                .setErr(console.err())
                .setCaseInsensitiveEnumValuesAllowed(true)
                // Else the parameter value @name would be taken for a file of arguments.
                .setExpandAtFiles(false)
                .registerConverter(DatabaseName.class, Main::databaseName)
                .registerConverter(StoreUrl.class, Main::storeUrl)
                .registerConverter(Duration.class, Main::seconds)
                .registerConverter(PointInTime.AfterTransaction.class, Main::transaction)
                .registerConverter(PointInTime.AtTime.class, Main::time)
                .setExecutionStrategy(this::execute)
                .setParameterExceptionHandler((e, arguments) -> refuse(e))
                .setExecutionExceptionHandler((e, command, parsed) -> fail(console, e));
        describe(commandLine);
        commandLine.getSubcommands().values().forEach(Main::describe);
        // It brings its own option --help. What is set for all commands is so for those that there are by then.
        commandLine.addSubcommand(new HelpCommand()).setOut(console.out());
        return commandLine;
    }

    /** Java turns what it cannot decode into this character; a database would keep it for good. */
    private static boolean isReadable(String... args) {
        return Arrays.stream(args).noneMatch(arg -> arg.indexOf('\uFFFD') >= 0);
    }

    private int flushed(Console console, int exitCode) {
        try {
            console.out().flush();
            return exitCode;
        } catch (CheckedOutput.FailedException e) {
            // A command that has met this failure itself has told of it.
            return exitCode == ExitCode.OK.number() ? fail(console, e) : exitCode;
        }
    }

    /** What the help of every command has. */
    private static void describe(CommandLine commandLine) {
        CommandSpec spec = commandLine.getCommandSpec();
        spec.mixinStandardHelpOptions(true).versionProvider(new VersionProvider());
        UsageMessageSpec usage = spec.usageMessage();
        usage.abbreviateSynopsis(true).sortOptions(false);
        usage.parameterListHeading("%nParameters:%n");
        usage.optionListHeading("%nOptions:%n");
        usage.commandListHeading("%nCommands:%n");
        usage.exitCodeListHeading("%nExit codes:%n").exitCodeList(ExitCode.meanings());
    }

    private static DatabaseName databaseName(String value) {
        try {
            return DatabaseName.of(value);
        } catch (InvalidRequestException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    private static StoreUrl storeUrl(String value) {
        try {
            return StoreUrl.parse(value);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    private static Duration seconds(String value) {
        try {
            int seconds = Integer.parseInt(value);
            if (seconds > 0) {
                return Duration.ofSeconds(seconds);
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new TypeConversionException("'" + value + "' is not a number of seconds above zero");
    }

    private static PointInTime.AfterTransaction transaction(String value) {
        try {
            return new PointInTime.AfterTransaction(Long.parseLong(value));
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(
                    "'" + value + "' is not the number of a transaction, which are from 1 on");
        }
    }

    private static PointInTime.AtTime time(String value) {
        try {
            return PointInTime.parseTime(value);
        } catch (InvalidRequestException e) {
            throw new TypeConversionException("'" + value + "' is not a time. " + e.getMessage());
        }
    }

    private int execute(ParseResult parsed) {
        Logger logger = (Logger) LoggerFactory.getLogger("io.cloudsqlite");
        logger.setLevel(verbose ? Level.DEBUG : Level.WARN);
        return new RunLast().execute(parsed);
    }

    private int refuse(ParameterException e) {
        CommandLine command = e.getCommandLine();
        command.getErr()
                .println("cloudsqlite: " + usageError(e) + " (see '"
                        + command.getCommandSpec().qualifiedName() + " --help')");
        return ExitCode.USAGE.number();
    }

    /** What picocli tells, in the words of the help: it speaks of positions, of Java's types and of its own objects. */
    private static String usageError(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
            boolean atTop = e.getCommandLine().getParent() == null;
            return (atTop ? "there is no command '" : "too many arguments, beginning with '")
                    + unmatched.getUnmatched().get(0) + "'";
        }
        return oneLine(e)
                .replaceFirst("^Error: ", "")
                .replaceFirst("^Invalid value for positional parameter at index \\d+ \\(\\w+\\): ", "")
                .replaceFirst("is not an? (int|long)$", "is not a number, or too large");
    }

    private int fail(Console console, Exception e) {
        ExitCode code = ExitCode.of(e);
        if (code != ExitCode.BROKEN_PIPE) {
            console.err().println("cloudsqlite: " + oneLine(e));
        }
        if (verbose) {
            e.printStackTrace(console.err());
        }
        return code.number();
    }

    private static String oneLine(Exception e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return message.strip().replaceAll("\\s*\\R\\s*", " ");
    }

    /** Without a subcommand. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command was given");
    }
}
