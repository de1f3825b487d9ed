package io.cloudsqlite.sql;

import io.cloudsqlite.StatementNotAllowedException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What SQLite would do for a statement: the program that EXPLAIN lists, with those of the triggers that it would fire. The
 * driver has no authorizer; this stands in for one, and unlike a look at the text it cannot be deceived by a view.
 */
final class StatementProgram {

    /** No limit but the connection's own. */
    static final int ANY_SIZE = Integer.MAX_VALUE;

    /**
     * Functions that take a time that grows with the square of their arguments' length, and are a single instruction, which
     * nothing interrupts: {@code instr()} on a megabyte takes 10 seconds, {@code trim()} on 64 KiB takes 7. Statements that
     * call them handle values of up to this many bytes, with which the worst call takes about a second.
     * {@code json_pretty()} is here for memory: it writes as many spaces as there are elements, times their depth.
     */
    private static final Map<String, Integer> MAX_BYTES_OF_COSTLY_FUNCTIONS = Map.of(
            "instr(2)", 256 << 10,
            "replace(3)", 256 << 10,
            "trim(2)", 24 << 10,
            "ltrim(2)", 24 << 10,
            "rtrim(2)", 24 << 10,
            "json_patch(2)", 64 << 10,
            "jsonb_patch(2)", 64 << 10,
            "json_pretty(1)", 64 << 10);

    /** The least of those: at this size every function is quick. */
    static final int SIZE_AT_WHICH_ALL_IS_QUICK = 24 << 10;

    /** With slow instructions about, this few go by between two looks at the deadline. */
    static final int INSTRUCTIONS_PER_LOOK_IF_COSTLY = 10;

    /**
     * Functions that reach outside the database, and those that the driver adds to SQLite's own and that are careless with
     * time or memory. {@code json_pretty} with an indent of the caller's writes gigabytes.
     */
    private static final Set<String> REFUSED_FUNCTIONS = Set.of(
            "charindex",
            "difference",
            "fts3_tokenizer",
            "json_pretty(2)",
            "leftstr",
            "load_extension",
            "lower_quartile",
            "mode",
            "padc",
            "padl",
            "padr",
            "proper",
            "replicate",
            "reverse",
            "rightstr",
            "sqlite_attach",
            "sqlite_detach",
            "sqlite_log",
            "strfilter",
            "upper_quartile");

    /** They change the connection or the files rather than the data. A statement's text has been refused before for it. */
    private static final Set<String> REFUSED_INSTRUCTIONS =
            Set.of("AutoCommit", "Checkpoint", "JournalMode", "Savepoint", "Vacuum");

    /** SQLite's number of the schema {@code temp}. */
    private static final int TEMP_SCHEMA = 1;

    /** PAGER_JOURNALMODE_QUERY in SQLite's source. */
    private static final int JOURNAL_MODE_QUERY = -1;

    private final boolean mayLookAtTemp;
    private int maxValueBytes = ANY_SIZE;

    /**
     * @param mayLookAtTemp ALTER TABLE, when it renames or drops, goes through the schema {@code temp} too, for views and
     *     triggers there that mention what it changes. There are none, since nothing can be created there.
     */
    private StatementProgram(boolean mayLookAtTemp) {
        this.mayLookAtTemp = mayLookAtTemp;
    }

    /**
     * Looks at the program of {@code statement} without running it.
     *
     * @throws StatementNotAllowedException if it must not run
     */
    static StatementProgram inspect(ValueLimit limit, SqlText statement, StatementWatch watch) throws SQLException {
        StatementProgram program = new StatementProgram(statement.verb().equals("alter"));
        try (PreparedStatement explain = limit.prepare("EXPLAIN " + statement.text());
                ResultSet instructions = explain.executeQuery()) {
            while (instructions.next()) {
                program.inspect(instructions);
                watch.check();
            }
        }
        return program;
    }

    /** The names of the functions that bound the size of values. */
    static Set<String> costlyFunctions() {
        return MAX_BYTES_OF_COSTLY_FUNCTIONS.keySet().stream()
                .map(StatementProgram::nameOf)
                .collect(Collectors.toSet());
    }

    /** Whether some function of that name bounds the size of values. */
    static boolean isCostly(String name) {
        return costlyFunctions().contains(name);
    }

    private static String nameOf(String signature) {
        return signature.replaceFirst("\\(.*", "");
    }

    /** How large a value the statement may handle, in bytes. */
    int maxValueBytes() {
        return maxValueBytes;
    }

    private void inspect(ResultSet instruction) throws SQLException {
        String opcode = instruction.getString("opcode");
        // SQLite ends CREATE ... IF NOT EXISTS and its like, where there is nothing to do, with a JournalMode
        // that only asks.
        boolean asks = opcode.equals("JournalMode") && instruction.getInt("p3") == JOURNAL_MODE_QUERY;
        if (REFUSED_INSTRUCTIONS.contains(opcode) && !asks) {
            throw StatementRules.refused("What this statement does (" + opcode + ")");
        }
        if (!mayLookAtTemp && opcode.equals("Transaction") && instruction.getInt("p1") == TEMP_SCHEMA) {
            throw StatementRules.refused("The schema temp, which belongs to a shared connection,");
        }
        if (opcode.equals("Function") || opcode.equals("PureFunc") || opcode.startsWith("Agg")) {
            inspectFunction(instruction.getString("p4"));
        }
    }

    /** @param signature such as {@code instr(2)} */
    private void inspectFunction(String signature) {
        String name = nameOf(signature);
        if (REFUSED_FUNCTIONS.contains(name) || REFUSED_FUNCTIONS.contains(signature)) {
            throw StatementRules.refused("The function " + signature);
        }
        maxValueBytes = Math.min(maxValueBytes, MAX_BYTES_OF_COSTLY_FUNCTIONS.getOrDefault(signature, ANY_SIZE));
    }
}
