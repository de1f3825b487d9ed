package io.cloudsqlite.cli;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.cli.output.OutputFormat;
import io.cloudsqlite.session.DbSession;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlScript;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/**
 * Runs what a person types, or a file holds: SQL and a few commands that begin with a dot. An error is shown and ends
 * nothing. What it reads from is a {@link LineSource}.
 */
final class Shell {

    private static final String HELP = """
            .help               show this
            .mode FORMAT        show rows as table, json or csv
            .quit               end the shell
            .schema [TABLE]     show the statements that made the tables, or one of them
            .tables             list the tables and views
            Everything else is SQL and ends with a semicolon. Each statement is a transaction of its own:
            'cloudsqlite sql DB - --transaction' runs several as one.""";

    /** SQLite's own tables, and those in which CloudSQLite keeps its books, are nobody's business here. */
    private static final String OF_THE_USER = "name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cloudsqlite_*'";

    private final DbSession session;
    private final PrintWriter out;
    private final PrintWriter err;
    private final Supplier<OptionalInt> width;
    private OutputFormat format;
    private boolean succeeded = true;

    /** @param width how wide {@code out} is at the moment: terminals change */
    Shell(DbSession session, PrintWriter out, PrintWriter err, Supplier<OptionalInt> width, OutputFormat format) {
        this.session = session;
        this.out = out;
        this.err = err;
        this.width = width;
        this.format = format;
    }

    /** Whether {@code input} can be run, or more lines must follow. */
    static boolean isWhole(String input) {
        return isDotCommand(input) || SqlScript.isComplete(input);
    }

    private static boolean isDotCommand(String input) {
        return input.stripLeading().startsWith(".");
    }

    /**
     * Runs everything that {@code source} has, up to its end or a {@code .quit}.
     *
     * @return whether all of it succeeded
     */
    boolean run(LineSource source) throws IOException {
        boolean goOn = true;
        while (goOn) {
            Optional<String> input = source.next();
            goOn = input.isPresent() && accept(input.get());
        }
        return succeeded;
    }

    /** Runs one input; false if it is the one that ends the shell. */
    private boolean accept(String input) {
        try {
            if (isDotCommand(input)) {
                return command(input.strip());
            }
            for (String sql : SqlScript.split(input)) {
                show(session.execute(sql));
            }
        } catch (CloudSqliteException | CommandFailedException e) {
            err.println("error: " + e.getMessage());
            err.flush();
            succeeded = false;
        }
        return true;
    }

    private boolean command(String line) {
        String[] words = line.split("\\s+", 2);
        Optional<String> argument = words.length > 1 ? Optional.of(words[1]) : Optional.empty();
        switch (words[0].toLowerCase(Locale.ROOT)) {
            case ".quit", ".exit" -> {
                return false;
            }
            case ".help" -> out.println(HELP);
            case ".mode" -> setFormat(argument);
            case ".schema" -> showSchema(argument);
            case ".tables" -> showTables();
            default ->
                throw new CommandFailedException("there is no command " + words[0] + ": .help lists those there are");
        }
        out.flush();
        return true;
    }

    private void setFormat(Optional<String> name) {
        format = name.flatMap(OutputFormat::find)
                .orElseThrow(() -> new CommandFailedException("there is no such mode: it is table, json or csv"));
    }

    private void showTables() {
        printLines(session.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND " + OF_THE_USER
                + " ORDER BY name"));
    }

    private void showSchema(Optional<String> table) {
        String schema = "SELECT sql || ';' FROM sqlite_schema WHERE sql IS NOT NULL AND " + OF_THE_USER;
        SqlResult result = table.isPresent()
                ? session.execute(schema + " AND tbl_name = ? COLLATE NOCASE ORDER BY rowid", table.get())
                : session.execute(schema + " ORDER BY rowid");
        printLines(result);
    }

    private void printLines(SqlResult result) {
        result.rows().forEach(row -> out.println(row.get(0)));
    }

    private void show(SqlResult result) {
        format.printer(out, width.get()).print(result);
    }
}
