package io.cloudsqlite.sql;

import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StatementNotAllowedException;
import java.util.List;
import java.util.Set;

/**
 * Which PRAGMAs may be run. Most that take a value change the connection, which belongs to the session and is shared, or
 * the protocol ({@code journal_mode}, {@code locking_mode}, {@code wal_checkpoint}); a value is therefore allowed only where
 * it says what to read, or is stored in the database itself.
 *
 * <p>{@code foreign_keys} stays as SQLite has it by default: off. SQLite ignores a change of it within a transaction, and
 * every statement here runs in one, so setting it is refused rather than ignored.
 */
enum Pragmas {
    /** A list for strangers: what describes the database, but not where it lies or how the connection is set. */
    FOR_STRANGERS {
        @Override
        boolean mayBeRead(String name) {
            return READING.contains(name) || STORED.contains(name);
        }

        @Override
        boolean mayBeSet(String name) {
            return STORED.contains(name);
        }
    },

    /** For those who embed: to read any setting is harmless, and the database is theirs to maintain. */
    FOR_EMBEDDERS {
        @Override
        boolean mayBeRead(String name) {
            return !ACTIONS.contains(name);
        }

        @Override
        boolean mayBeSet(String name) {
            return STORED.contains(name) || MAINTENANCE.contains(name);
        }
    };

    /** A value tells these what to look at. */
    private static final Set<String> LOOKING_AT = Set.of(
            "foreign_key_check",
            "foreign_key_list",
            "index_info",
            "index_list",
            "index_xinfo",
            "integrity_check",
            "quick_check",
            "table_info",
            "table_list",
            "table_xinfo");

    /** Those above, and plain facts about the database and this build of SQLite. */
    private static final Set<String> READING = Set.of(
            "auto_vacuum",
            "collation_list",
            "compile_options",
            "encoding",
            "foreign_key_check",
            "foreign_key_list",
            "foreign_keys",
            "freelist_count",
            "function_list",
            "index_info",
            "index_list",
            "index_xinfo",
            "integrity_check",
            "module_list",
            "page_count",
            "page_size",
            "pragma_list",
            "quick_check",
            "schema_version",
            "table_info",
            "table_list",
            "table_xinfo");

    /** Numbers in the database's header that are the application's own. */
    private static final Set<String> STORED = Set.of("application_id", "user_version");

    /** They write to the database, with or without a value. */
    private static final Set<String> MAINTENANCE = Set.of("incremental_vacuum", "optimize");

    /** They act although they have no value. */
    private static final Set<String> ACTIONS = Set.of("wal_checkpoint");

    abstract boolean mayBeRead(String name);

    abstract boolean mayBeSet(String name);

    /**
     * What {@code PRAGMA [schema.]name [= value | (value)]} does.
     *
     * @throws StatementNotAllowedException if it is not allowed
     */
    StatementKind judge(List<Token> tokens) {
        boolean qualified = tokens.size() > 2 && tokens.get(2).isSymbol('.');
        int at = qualified ? 3 : 1;
        if (at >= tokens.size() || !tokens.get(at).canBeName() || !tokens.get(1).canBeName()) {
            throw new SqlFailedException("PRAGMA is followed by no name", "SQLITE_ERROR", null);
        }
        String name = tokens.get(at).name();
        boolean hasValue = tokens.size() > at + 1;
        boolean reads = !hasValue || LOOKING_AT.contains(name);
        boolean otherSchema = qualified && !tokens.get(1).name().equals("main");
        if (otherSchema || !(reads ? mayBeRead(name) : mayBeSet(name))) {
            throw new StatementNotAllowedException(
                    "PRAGMA " + StatementRules.abbreviated(name) + (reads ? "" : " with a value")
                            + " is not allowed here: it would change the connection, which is shared, or show what is"
                            + " outside the database");
        }
        return reads && !MAINTENANCE.contains(name) ? StatementKind.READ : StatementKind.WRITE;
    }

    /** Whether {@code name} is that of a table-valued function such as {@code pragma_table_info} that is not allowed. */
    boolean refusesFunction(String name) {
        String prefix = "pragma_";
        return name.startsWith(prefix) && !mayBeRead(name.substring(prefix.length()));
    }
}
