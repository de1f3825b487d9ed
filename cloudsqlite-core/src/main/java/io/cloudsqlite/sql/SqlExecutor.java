package io.cloudsqlite.sql;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.ConstraintViolatedException;
import io.cloudsqlite.ResultTooLargeException;
import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StatementNotAllowedException;
import io.cloudsqlite.StatementTimeoutException;
import io.cloudsqlite.time.Deadline;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * Runs statements on a connection to a working copy.
 *
 * <pre>{@code
 * SqlExecutor embedded = SqlExecutor.trusted();
 * SqlExecutor server = SqlExecutor.guarded(SqlLimits.DEFAULT);   // for SQL that strangers wrote
 * }</pre>
 *
 * <p>The session opens and closes the transaction around {@link #execute}; an executor never does, and refuses
 * statements that would. Both executors run one statement per {@link SqlStatement}: a second one is refused with a clear
 * message and never dropped. Implementations are safe for use by many threads, each with a connection of its own.
 */
public interface SqlExecutor {

    /** Runs the SQL of code that embeds CloudSQLite: anything that does not break the commit protocol. */
    static SqlExecutor trusted() {
        return new TrustedSqlExecutor();
    }

    /** Runs the SQL of strangers: it cannot reach outside its database, nor use unbounded time or memory. */
    static SqlExecutor guarded(SqlLimits limits) {
        return new GuardedSqlExecutor(limits);
    }

    /**
     * Judges a statement by its text, before any database is looked at: what it most likely does, and whether it is one
     * statement that may be run at all.
     *
     * <p>{@link StatementKind#READ} is a presumption: run on a connection that cannot write, SQLite itself refuses a
     * statement that writes after all, with {@link WriteAttemptedException}.
     *
     * @throws StatementNotAllowedException if this executor would never run it
     * @throws SqlFailedException if it is not SQL at all: empty, unterminated, or more than one statement
     */
    StatementKind classify(SqlStatement statement);

    /**
     * Prepares a fresh connection for everything that is run on it later: limits and settings. Called once for each
     * connection, before any statement.
     */
    void configure(Connection connection) throws SQLException;

    /**
     * Runs {@code statements} in order, within the transaction that is open on the connection of {@code prepared}.
     *
     * @param prepared is used for those that have run before, and keeps those that may be run again
     * @return one result per statement, in order
     * @throws WriteAttemptedException if the connection cannot write and a statement would
     * @throws SqlFailedException if SQLite refuses a statement; a message for several names the first that failed
     * @throws ConstraintViolatedException if a constraint does
     * @throws StatementNotAllowedException if this executor does not run the statement
     * @throws StatementTimeoutException if a statement is stopped at the deadline or its own limit
     * @throws ResultTooLargeException if the rows exceed the budget
     */
    List<SqlResult> execute(PreparedStatements prepared, List<SqlStatement> statements, Deadline deadline)
            throws WriteAttemptedException;

    /**
     * As {@link #execute(PreparedStatements, List, Deadline)}, on a connection on which nothing that was prepared stays.
     */
    default List<SqlResult> execute(Connection connection, List<SqlStatement> statements, Deadline deadline)
            throws WriteAttemptedException {
        try (PreparedStatements prepared = PreparedStatements.forOneList(connection, statements.size())) {
            return execute(prepared, statements, deadline);
        } catch (SQLException e) {
            throw SqlErrors.translate(e);
        }
    }

    /**
     * Rewrites the database without its free space, whatever limits {@link #configure} has set for callers' statements.
     *
     * @param connection one that can write and is in no transaction
     * @throws StatementTimeoutException if it is stopped at the deadline
     */
    void vacuum(Connection connection, Deadline deadline) throws SQLException;

    /**
     * What a failure of SQLite means to a caller, for code that used a connection itself.
     *
     * @return the exception to throw, with {@code failure} as its cause
     */
    static CloudSqliteException translate(SQLException failure) {
        return SqlErrors.translate(failure);
    }

    /** What to tell code that has ended the transaction of a connection which was lent to it. */
    static StatementNotAllowedException endsTransaction() {
        return SqlErrors.endsTransaction(null);
    }
}
