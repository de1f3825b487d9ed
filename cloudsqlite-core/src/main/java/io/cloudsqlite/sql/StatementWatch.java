package io.cloudsqlite.sql;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StatementTimeoutException;
import io.cloudsqlite.time.Deadline;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sqlite.ProgressHandler;

/**
 * Stops what runs on a connection once its deadline has passed or its thread is interrupted. SQLite calls it back between
 * the instructions of a running statement; a single instruction, such as {@code instr()} on long strings or the count of a
 * large table, is not interrupted.
 *
 * <p>JDBC's own query timeout would not do: the driver takes it for the time to wait for a lock.
 */
final class StatementWatch implements AutoCloseable {

    /** Looking every 200 instructions costs nothing measurable, every 50 a quarter of the time of a tight loop. */
    static final int INSTRUCTIONS_PER_LOOK = 200;

    private final Connection connection;
    private final Deadline deadline;
    private final long allowedMillis;
    private boolean late;
    private boolean interrupted;

    private StatementWatch(Connection connection, Deadline deadline) {
        this.connection = connection;
        this.deadline = deadline;
        this.allowedMillis = deadline.remaining().toMillis();
    }

    /** Watches {@code connection} until it is closed. One watch at a time. */
    static StatementWatch begin(Connection connection, Deadline deadline) throws SQLException {
        StatementWatch watch = new StatementWatch(connection, deadline);
        if (deadline.hasPassed()) {
            throw watch.timeout(null);
        }
        watch.lookEvery(INSTRUCTIONS_PER_LOOK);
        return watch;
    }

    /** Looks more or less often from now on. */
    void lookEvery(int instructions) throws SQLException {
        ProgressHandler.setHandler(connection, instructions, new ProgressHandler() {
            @Override
            protected int progress() {
                return mustStop() ? 1 : 0;
            }
        });
    }

    /** Stops as SQLite's callback would, for work that is done in Java. */
    void check() {
        if (mustStop()) {
            throw reason(null).orElseThrow();
        }
    }

    private boolean mustStop() {
        late |= deadline.hasPassed();
        interrupted |= Thread.currentThread().isInterrupted();
        return late || interrupted;
    }

    /** Why the statement that failed with {@code failure} was stopped; empty if it was not this watch that did. */
    Optional<CloudSqliteException> reason(@Nullable SQLException failure) {
        if (interrupted) {
            return Optional.of(new OperationInterruptedException(
                    "The thread was interrupted while a statement ran; nothing was changed", failure));
        }
        return late ? Optional.of(timeout(failure)) : Optional.empty();
    }

    private StatementTimeoutException timeout(@Nullable SQLException failure) {
        return new StatementTimeoutException(
                "The statement was stopped after " + allowedMillis
                        + " ms, the time it was allowed; nothing was changed. Make it cheaper, or allow it more time",
                failure);
    }

    @Override
    public void close() throws SQLException {
        ProgressHandler.clearHandler(connection);
    }
}
