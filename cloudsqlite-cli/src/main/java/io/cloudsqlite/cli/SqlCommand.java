package io.cloudsqlite.cli;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.cli.output.ResultPrinter;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.DbSession;
import io.cloudsqlite.session.PointInTime;
import io.cloudsqlite.session.RequestOptions;
import io.cloudsqlite.sql.SqlScript;
import io.cloudsqlite.sql.SqlStatement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "sql",
        description = "Run SQL on a database, which its first write creates.",
        footer = {
            "",
            "Several statements, separated by semicolons, are run one after the other, each in a transaction of its own"
                    + " unless --transaction is given. The first one that fails ends the run.",
            "",
            "A parameter VALUE that is written like a literal of SQL is that literal: 42, 3.5, null, 'text', X'00FF'."
                    + " Everything else is text as it stands, 007 too. So -p \"'42'\" is the text 42.",
            "",
            "Examples:",
            "  cloudsqlite sql app.db 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)'",
            "  cloudsqlite sql app.db 'INSERT INTO note (text) VALUES (?)' -p \"it's\"",
            "  cloudsqlite sql app.db 'SELECT * FROM note' --format csv > note.csv",
            "  cloudsqlite sql app.db - --transaction < migration.sql",
            "  cloudsqlite sql app.db 'SELECT * FROM note' --as-of 2026-11-03T14:30:00Z"
        })
final class SqlCommand extends DatabaseCommand {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(index = "1", paramLabel = "SQL", description = "The SQL, or - to read it from standard input.")
    @SuppressWarnings("NullAway.Init")
    private String sql;

    @Option(
            names = {"-p", "--parameter"},
            paramLabel = "VALUE",
            description = "The value of a parameter, in the order of the question marks.")
    private List<String> parameters = new ArrayList<>();

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private OutputOptions output;

    @Option(names = "--transaction", description = "Run all statements in one transaction: all or nothing.")
    private boolean transaction;

    @ArgGroup
    private @Nullable AsOf asOf;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private CreationOptions creation;

    /** Which state is read, if it is not the newest. */
    private static final class AsOf {

        @Option(
                names = "--as-of-txid",
                paramLabel = "TXID",
                description = "Read the database as it was after that transaction.")
        private PointInTime.@Nullable AfterTransaction transaction;

        @Option(
                names = "--as-of",
                paramLabel = "TIME",
                description = {
                    // Each line fits, or it would be broken within the time.
                    "Read the database as it was at that time:",
                    "  2026-11-03T14:30:00Z, or any other offset than Z,",
                    "  or 2026-11-03 for the beginning of that day in UTC."
                })
        private PointInTime.@Nullable AtTime time;

        RequestOptions options() {
            return RequestOptions.DEFAULT.withAsOf(PointInTimeOptions.requireOne(transaction, time));
        }
    }

    SqlCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() throws IOException {
        List<SqlStatement> statements = statements();
        ResultPrinter printer = output.printer(console());
        RequestOptions options = asOf == null ? RequestOptions.DEFAULT : asOf.options();
        try (CloudSqlite cloud = open(creation::applyTo)) {
            DbSession session = cloud.database(database());
            if (transaction) {
                session.transaction(statements, options).value().forEach(printer::print);
            } else {
                runEach(session, statements, options, printer);
            }
        }
        return ExitCode.OK.number();
    }

    private List<SqlStatement> statements() throws IOException {
        String text = sql.equals("-") ? new String(console().in().readAllBytes(), StandardCharsets.UTF_8) : sql;
        List<String> statements = SqlScript.split(text);
        if (statements.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "there is no statement in the SQL");
        }
        if (parameters.isEmpty()) {
            return statements.stream().map(SqlStatement::of).toList();
        }
        if (statements.size() > 1) {
            throw new ParameterException(
                    spec.commandLine(), "parameters go with one statement, and these are " + statements.size());
        }
        Object[] values = parameters.stream().map(Literal::parse).toArray();
        return List.of(SqlStatement.of(statements.get(0), values));
    }

    private static void runEach(
            DbSession session, List<SqlStatement> statements, RequestOptions options, ResultPrinter printer) {
        for (int i = 0; i < statements.size(); i++) {
            try {
                printer.print(session.execute(statements.get(i), options).value());
            } catch (CloudSqliteException e) {
                throw i == 0 ? e : failedAfter(i, statements.size(), e);
            }
        }
    }

    private static CommandFailedException failedAfter(int done, int all, CloudSqliteException cause) {
        return new CommandFailedException(
                "statement " + (done + 1) + " of " + all + ": " + cause.getMessage()
                        + " (what was run before it stays)",
                cause);
    }
}
