package io.cloudsqlite.sql;

import io.cloudsqlite.StatementNotAllowedException;
import io.cloudsqlite.sql.JudgedStatements.Judged;
import io.cloudsqlite.time.Deadline;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteLimits;

/**
 * Runs the SQL of strangers. Three fences stand one behind the other:
 *
 * <ol>
 *   <li>the text ({@link StatementRules}, {@link Pragmas} and here): only statements and PRAGMAs that are known to keep to
 *       the database, for virtual tables only modules that do, and none of the {@link ReservedNames};
 *   <li>the program that SQLite makes of it ({@link StatementProgram}): no function or instruction that reaches outside or
 *       that is careless with time and memory;
 *   <li>the connection ({@link #configure}): limits that SQLite itself enforces.
 * </ol>
 *
 * <p>A statement runs for at most {@link SqlLimits#statementTimeout}, and about a second more if it is stopped within an
 * instruction that cannot be interrupted. What stays unbounded but for that time: temporary files, which are deleted as
 * soon as they are opened, and the memory of {@code json_group_array} and its like, which SQLite ends at 2 GiB.
 */
final class GuardedSqlExecutor implements SqlExecutor, StatementRunner.Gate {

    /** Values must be large enough for SQLite's own bookkeeping, such as the text of a CREATE statement. */
    private static final int MIN_LARGEST_VALUE_BYTES = 1 << 20;

    /** SQLite's own bound on the size of a value. */
    private static final int MAX_LARGEST_VALUE_BYTES = 1_000_000_000;

    /** SQLite's own bound on the number of pages. */
    private static final long MAX_PAGE_COUNT = 0xFFFF_FFFEL;

    /**
     * What SQLite allows a statement of this connection. A row may have 200 columns, which also bounds how many large values
     * exist at a time. The depth of expressions stays at SQLite's 1000: compiling those needs less than 256 KiB of stack,
     * and a condition of a few hundred terms is a common thing.
     */
    private static final Map<SQLiteLimits, Integer> LIMITS = Map.of(
            SQLiteLimits.SQLITE_LIMIT_ATTACHED, 0,
            SQLiteLimits.SQLITE_LIMIT_SQL_LENGTH, 1_000_000,
            SQLiteLimits.SQLITE_LIMIT_COLUMN, 200,
            SQLiteLimits.SQLITE_LIMIT_COMPOUND_SELECT, 50,
            SQLiteLimits.SQLITE_LIMIT_FUNCTION_ARG, 32,
            SQLiteLimits.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100,
            SQLiteLimits.SQLITE_LIMIT_VARIABLE_NUMBER, 5_000,
            SQLiteLimits.SQLITE_LIMIT_TRIGGER_DEPTH, 10,
            SQLiteLimits.SQLITE_LIMIT_WORKER_THREADS, 0);

    /**
     * Settings of the connection. Functions and virtual tables with side effects do not work within the schema
     * ({@code trusted_schema}), damaged pages are noticed ({@code cell_size_check}), and large sorts use files.
     */
    private static final List<String> SETTINGS = List.of(
            "PRAGMA trusted_schema=OFF",
            "PRAGMA cell_size_check=ON",
            "PRAGMA temp_store=FILE",
            "PRAGMA cache_size=-8000",
            "PRAGMA mmap_size=0");

    private final SqlLimits limits;
    private final JudgedStatements judged = new JudgedStatements(GuardedSqlExecutor::judge);

    GuardedSqlExecutor(SqlLimits limits) {
        this.limits = limits;
    }

    @Override
    public StatementKind classify(SqlStatement statement) {
        return judge(statement.sql()).kind();
    }

    @Override
    public void configure(Connection connection) throws SQLException {
        SQLiteConnection sqlite = (SQLiteConnection) connection;
        sqlite.getDatabase().enable_load_extension(false);
        for (String setting : SETTINGS) {
            set(connection, setting);
        }
        set(connection, "PRAGMA max_page_count=" + maxPageCount(connection));
        for (Map.Entry<SQLiteLimits, Integer> limit : LIMITS.entrySet()) {
            sqlite.setLimit(limit.getKey(), limit.getValue());
        }
        sqlite.setLimit(SQLiteLimits.SQLITE_LIMIT_LENGTH, largestValueBytes());
    }

    private static void set(Connection connection, String pragma) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(pragma)) {
            statement.execute();
        }
    }

    private long maxPageCount(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("PRAGMA page_size");
                ResultSet result = statement.executeQuery()) {
            return Math.max(1, Math.min(MAX_PAGE_COUNT, limits.maxDatabaseBytes() / result.getLong(1)));
        }
    }

    /** A value that no result could carry need not exist. */
    private int largestValueBytes() {
        return (int) Math.max(MIN_LARGEST_VALUE_BYTES, Math.min(MAX_LARGEST_VALUE_BYTES, limits.maxResultBytes()));
    }

    @Override
    public List<SqlResult> execute(PreparedStatements prepared, List<SqlStatement> statements, Deadline deadline)
            throws WriteAttemptedException {
        return new StatementRunner(prepared, this, ResultBudget.of(limits), limits.statementTimeout())
                .run(statements, deadline);
    }

    @Override
    public void vacuum(Connection connection, Deadline deadline) throws SQLException {
        Vacuum.run(connection, deadline);
    }

    @Override
    public Judged judge(String sql) {
        return judged.judge(sql);
    }

    private static StatementKind judge(SqlText statement) {
        StatementKind kind = StatementRules.judge(statement, Pragmas.FOR_STRANGERS);
        List<Token> tokens = statement.tokens();
        if (StatementRules.is(tokens, 0, "create") && StatementRules.is(tokens, 1, "virtual")) {
            if (!VirtualTableModules.isAllowed(tokens)) {
                throw new StatementNotAllowedException(
                        "Only virtual tables of these modules are allowed: " + VirtualTableModules.names());
            }
        }
        for (Token token : tokens) {
            // Also within 'single quotes', where SQLite takes a name if nothing else makes sense.
            if (token.canBeName() && Pragmas.FOR_STRANGERS.refusesFunction(token.name())) {
                throw StatementRules.refused("The function " + StatementRules.abbreviated(token.name()));
            }
            if (ReservedNames.isOne(token)) {
                throw StatementRules.refused("The name " + StatementRules.abbreviated(token.name())
                        + ", since all that begin with " + ReservedNames.PREFIX + " are reserved,");
            }
        }
        return kind;
    }

    /**
     * {@inheritDoc}
     *
     * <p>SQLite's planner calls functions of literals while it only compiles a statement (to compare with the statistics
     * that ANALYZE stored), so the program is looked at with small values too. SQLite's own work on CREATE of anything but a
     * table needs no plan, and handles texts that may be longer.
     */
    @Override
    public int maxValueBytes(SQLiteConnection connection, SqlText statement, StatementWatch watch) throws SQLException {
        if (statement.explained()) {
            return StatementProgram.SIZE_AT_WHICH_ALL_IS_QUICK;
        }
        loadSchema(connection);
        int hidden = HiddenPrograms.areRunBy(statement)
                ? HiddenPrograms.maxValueBytes(connection, statement, watch)
                : StatementProgram.ANY_SIZE;
        // Preparing a PRAGMA already executes some, even behind EXPLAIN.
        if (statement.verb().equals("pragma")) {
            return hidden;
        }
        boolean planned = !statement.verb().equals("create") || StatementRules.is(statement.tokens(), 1, "table");
        int whilePlanning = planned ? StatementProgram.SIZE_AT_WHICH_ALL_IS_QUICK : StatementProgram.ANY_SIZE;
        try (ValueLimit limit = ValueLimit.holdDownTo(whilePlanning, connection)) {
            return Math.min(
                    hidden, StatementProgram.inspect(limit, statement, watch).maxValueBytes());
        }
    }

    /**
     * Lets SQLite notice that another connection has changed the schema. It notices only while it runs a statement, which it
     * then compiles anew; EXPLAIN runs nothing, and would show what the statement did before the change.
     */
    private static void loadSchema(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT 1 FROM main.sqlite_schema LIMIT 1")) {
            statement.execute();
        }
    }

    @Override
    public String explain(SQLiteErrorCode code) {
        return switch (code) {
            case SQLITE_FULL ->
                ": the database may grow to " + limits.maxDatabaseBytes()
                        + " bytes here. Delete what is not needed, and run VACUUM";
            case SQLITE_TOOBIG, SQLITE_NOMEM ->
                ": a value may have up to " + largestValueBytes()
                        + " bytes, a literal in SQL and a value in a statement that calls instr, replace, trim of chosen"
                        + " characters, json_patch or json_pretty less. Pass long text as a parameter";
            default -> "";
        };
    }
}
