package io.cloudsqlite.cli.output;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The ways to show a result.
 *
 * <pre>{@code
 * OutputFormat.JSON.printer(out, OptionalInt.empty()).print(result);
 * }</pre>
 */
public enum OutputFormat {
    /** For people: aligned columns, long values shortened. */
    TABLE,
    /** One JSON value per statement, on a line of its own, with every value in full. */
    JSON,
    /** RFC 4180 with a header line, with every value in full; statements without rows leave no trace. */
    CSV;

    /**
     * What shows results in this format.
     *
     * @param out where to; it is flushed after each result and never closed
     * @param width how many characters a line of the terminal holds; empty if it is not for a terminal
     */
    public ResultPrinter printer(PrintWriter out, OptionalInt width) {
        return switch (this) {
            case TABLE -> new TablePrinter(out, width);
            case JSON -> new JsonPrinter(out);
            case CSV -> new CsvPrinter(out);
        };
    }

    /** The format of that name, in any case. */
    public static Optional<OutputFormat> find(String name) {
        return Arrays.stream(values())
                .filter(format -> format.name().equalsIgnoreCase(name))
                .findFirst();
    }

    /** The name as it is written on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
