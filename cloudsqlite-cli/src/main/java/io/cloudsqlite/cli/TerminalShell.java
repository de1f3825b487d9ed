package io.cloudsqlite.cli;

import io.cloudsqlite.cli.output.OutputFormat;
import io.cloudsqlite.session.DbSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.jline.reader.EOFError;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A {@link Shell} on a terminal: with line editing, history and completion. */
final class TerminalShell {

    private static final Logger log = LoggerFactory.getLogger(TerminalShell.class);

    private static final int MAX_HISTORY_ENTRIES = 10_000;

    private TerminalShell() {}

    /**
     * Runs until the person at {@code terminal} ends it.
     *
     * @param history the file that keeps what was typed; empty for none
     */
    static void run(DbSession session, Terminal terminal, OutputFormat format, Optional<Path> history)
            throws IOException {
        LineReaderBuilder builder = LineReaderBuilder.builder()
                .appName("cloudsqlite")
                .terminal(terminal)
                .parser(new SqlLines())
                .completer(new SqlCompleter(session))
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, "%P   ...> ")
                .variable(LineReader.HISTORY_SIZE, MAX_HISTORY_ENTRIES)
                .variable(LineReader.HISTORY_FILE_SIZE, MAX_HISTORY_ENTRIES)
                // An exclamation mark is SQL, not an order to repeat a line of the history.
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .option(LineReader.Option.CASE_INSENSITIVE, true);
        history.ifPresent(file -> builder.variable(LineReader.HISTORY_FILE, file));
        LineReader reader = builder.build();

        new Shell(session, terminal.writer(), terminal.writer(), () -> width(terminal), format)
                .run(() -> read(reader, session.database() + "> "));
    }

    private static OptionalInt width(Terminal terminal) {
        return terminal.getWidth() > 0 ? OptionalInt.of(terminal.getWidth()) : OptionalInt.empty();
    }

    private static Optional<String> read(LineReader reader, String prompt) {
        try {
            return Optional.of(reader.readLine(prompt));
        } catch (UserInterruptException e) {
            return Optional.of("");
        } catch (EndOfFileException e) {
            return Optional.empty();
        }
    }

    /** Beside the state of other programs, as the XDG conventions have it; no history where it cannot be written. */
    static Optional<Path> historyFile() {
        String state = System.getenv("XDG_STATE_HOME");
        Path directory = state != null && Path.of(state).isAbsolute()
                ? Path.of(state, "cloudsqlite")
                : Path.of(System.getProperty("user.home"), ".local", "state", "cloudsqlite");
        Path file = directory.resolve("history");
        try {
            Files.createDirectories(directory);
            if (Files.notExists(file)) {
                Files.createFile(file);
                // SQL that is typed can hold secrets.
                file.toFile().setReadable(false, false);
                file.toFile().setReadable(true, true);
            }
            return Files.isWritable(file) ? Optional.of(file) : Optional.empty();
        } catch (IOException e) {
            log.debug("no history is kept, {} cannot be written", file, e);
            return Optional.empty();
        }
    }

    /** Tells JLine where words begin, and when to ask for another line. */
    private static final class SqlLines extends DefaultParser {

        SqlLines() {
            setQuoteChars(new char[0]);
            setEscapeChars(null);
        }

        @Override
        public ParsedLine parse(String line, int cursor, ParseContext context) {
            if (context == ParseContext.ACCEPT_LINE && !Shell.isWhole(line)) {
                throw new EOFError(-1, -1, "the statement does not end yet");
            }
            return super.parse(line, cursor, context);
        }

        @Override
        public boolean isDelimiterChar(CharSequence line, int index) {
            char c = line.charAt(index);
            return !Character.isLetterOrDigit(c) && c != '_' && !(c == '.' && index == 0);
        }
    }
}
