package io.cloudsqlite.copy;

import io.cloudsqlite.StatementNotAllowedException;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * The one transaction that writes to a working copy. Readers of the copy do not see it until it is {@linkplain #accept
 * accepted}, and if it is closed without that, it leaves no trace.
 *
 * <pre>{@code
 * try (WriteTransaction transaction = copy.begin().orElseThrow()) {
 *     ... run SQL on transaction.connection() ...
 *     Optional<Change> change = transaction.commitLocally();
 *     if (change.isPresent()) { ... publish it, and once it is durable ... transaction.accept(version); }
 * }
 * }</pre>
 *
 * <p>Used by one thread.
 */
public final class WriteTransaction implements AutoCloseable {

    private final WorkingCopy copy;
    private final Generation generation;
    private final Connection connection;
    private boolean vacuumed;
    private boolean changed;
    private @Nullable Change change;
    private SortedMap<Integer, Long> written = Collections.emptySortedMap();
    private boolean accepted;

    /** @param connection a writer's, in auto-commit mode */
    WriteTransaction(WorkingCopy copy, Generation generation, Connection connection) throws SQLException, IOException {
        this.copy = copy;
        this.generation = generation;
        this.connection = connection;
        Connections.run(connection, "BEGIN IMMEDIATE");
        generation.wal().begin();
    }

    /**
     * The connection, in a transaction that {@link #commitLocally} ends. JDBC's {@code commit} and {@code rollback} fail on
     * it, since for the driver it is in auto-commit mode.
     */
    public Connection connection() {
        return connection;
    }

    /** The version that this transaction builds on; empty if it creates the database. */
    public Optional<DatabaseVersion> base() {
        return generation.version();
    }

    /**
     * Ends the transaction for a VACUUM, which SQLite runs only outside one and commits by itself. Nothing but that may be
     * run on the connection that is returned.
     */
    public Connection endForVacuum() throws SQLException {
        Connections.run(connection, "ROLLBACK");
        vacuumed = true;
        return connection;
    }

    /**
     * Commits to the local files, which nobody else sees yet, and tells what to publish.
     *
     * @return what was changed; empty if nothing was
     * @throws SQLException if SQLite refuses to commit, for example because of a deferred constraint
     * @throws StatementNotAllowedException if whoever used the connection ended the transaction
     */
    public Optional<Change> commitLocally() throws SQLException, IOException {
        if (!vacuumed) {
            requireStillOpen();
            Connections.run(connection, "COMMIT");
        }
        if (!advance()) {
            return Optional.empty();
        }
        change = Change.of(generation, written);
        return Optional.of(change);
    }

    /**
     * A COMMIT that the caller ran itself shows as a transaction in the WAL; a ROLLBACK as the lack of one to end, which a
     * second BEGIN tells by succeeding.
     */
    private void requireStillOpen() throws SQLException, IOException {
        boolean open = Connections.isInTransaction(connection) && !advance();
        if (!open) {
            throw new StatementNotAllowedException(
                    "The transaction of this connection is the session's to end: do not run COMMIT or ROLLBACK on it, do not"
                            + " change its auto-commit mode and do not close it. Nothing was changed");
        }
    }

    private boolean advance() throws IOException {
        written = generation.wal().advance();
        changed |= !written.isEmpty();
        return !written.isEmpty();
    }

    /** Makes the transaction what readers see, now that {@code version} is durable. */
    public void accept(DatabaseVersion version) {
        Change durable = change;
        if (durable == null || accepted) {
            throw new IllegalStateException("there is nothing to accept");
        }
        accepted = true;
        copy.accept(generation, connection, version, durable.content());
    }

    /** Leaves no trace of the transaction unless it was accepted. */
    @Override
    public void close() {
        if (accepted) {
            return;
        }
        try {
            advance();
        } catch (IOException e) {
            changed = true;
        }
        copy.abandon(generation, connection, changed);
    }
}
