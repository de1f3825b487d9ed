package io.cloudsqlite.copy;

import io.cloudsqlite.StatementNotAllowedException;
import io.cloudsqlite.sql.SqlExecutor;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Transactions that write to a working copy, one after the other, and are published together. Each is atomic by itself and sees
 * what those before it did. Readers of the copy see none of them until they are {@linkplain #accept accepted}, and if this is
 * closed without that, they leave no trace.
 *
 * <pre>{@code
 * try (WriteGroup group = copy.write().orElseThrow()) {
 *     group.begin();
 *     ... run SQL on group.connection(), then group.commit(), or group.rollBack() ...
 *     ... the same for others ...
 *     if (group.transactions() > 0) { ... publish group.change(), and once it is durable ... group.accept(version); }
 * }
 * }</pre>
 *
 * <p>Used by one thread at a time.
 */
public final class WriteGroup implements AutoCloseable {

    private final WorkingCopy copy;
    private final Generation generation;
    private Connection connection;

    /** Where each page stood before the group that a transaction of it has written. */
    private final NavigableMap<Integer, Long> written = new TreeMap<>();

    private int transactions;
    private boolean followsWal;
    private boolean lentToCode;
    private boolean vacuums;

    /** Whether the local files hold, or may hold, what is no transaction of the group. */
    private boolean spoiled;

    private @Nullable Change change;
    private @Nullable DatabaseVersion accepted;

    /** @param connection a writer's, in auto-commit mode */
    WriteGroup(WorkingCopy copy, Generation generation, Connection connection) {
        this.copy = copy;
        this.generation = generation;
        this.connection = connection;
    }

    /** The version that the group builds on; empty if it creates the database. */
    public Optional<DatabaseVersion> base() {
        return generation.version();
    }

    /** How many transactions have been committed that changed something. */
    public int transactions() {
        return transactions;
    }

    /** How many pages they have written. */
    public int pages() {
        return written.size();
    }

    /** The TXID of the newest of them, or of what the group builds on. */
    public long txid() {
        return base().map(DatabaseVersion::txid).orElse(0L) + transactions;
    }

    /**
     * Begins the next transaction.
     *
     * @throws IOException if the work directory fails
     */
    public void begin() throws SQLException, IOException {
        Connections.run(connection, "BEGIN IMMEDIATE");
        if (!followsWal) {
            generation.wal().begin();
            followsWal = true;
        }
    }

    /** The connection, in the transaction that was {@linkplain #begin begun}. */
    public Connection connection() {
        return connection;
    }

    /**
     * The same for code that a caller wrote. JDBC's {@code commit} and {@code rollback} fail on it, since for the driver it is in
     * auto-commit mode.
     */
    public Connection lendConnection() {
        lentToCode = true;
        return connection;
    }

    /**
     * Ends the transaction for a VACUUM, which SQLite runs only outside one and commits by itself. Nothing but that may be
     * run on the connection that is returned.
     */
    public Connection endForVacuum() throws SQLException {
        Connections.run(connection, "ROLLBACK");
        vacuums = true;
        return connection;
    }

    /**
     * Commits the transaction to the local files, which nobody else sees yet.
     *
     * @return whether it changed anything
     * @throws SQLException if SQLite refuses to commit, for example because of a deferred constraint: roll back then
     * @throws StatementNotAllowedException if whoever used the connection ended the transaction
     */
    public boolean commit() throws SQLException, IOException {
        if (lentToCode) {
            requireStillOpen();
        }
        if (!vacuums) {
            Connections.run(connection, "COMMIT");
        }
        vacuums = false;
        // Until it is known what was committed, nothing can come after it.
        boolean before = spoiled;
        spoiled = true;
        takeBack();
        Map<Integer, Long> pages = generation.wal().advance();
        if (!pages.isEmpty()) {
            generation.settleBeforeFolding();
            pages.forEach(written::putIfAbsent);
            transactions++;
        }
        spoiled = before;
        return !pages.isEmpty();
    }

    /**
     * Takes the connection back from code. Whatever the code has changed about it, temporary tables among it, is not the next
     * one's; and if the code has kept it, nothing can be written with it that is not published and would be folded all the same.
     */
    private void takeBack() throws SQLException {
        if (lentToCode) {
            connection = generation.renewWriter(connection);
            lentToCode = false;
        }
    }

    /**
     * Code can do what an executor refuses. A COMMIT that it ran itself shows as a transaction in the WAL; a ROLLBACK as the lack
     * of one to end, which a second BEGIN tells by succeeding.
     */
    private void requireStillOpen() throws SQLException, IOException {
        if (!Connections.isInTransaction(connection) || generation.wal().isBehind()) {
            spoiled = true;
            throw SqlExecutor.endsTransaction();
        }
    }

    /** Ends a transaction that failed, which leaves no trace. */
    public void rollBack() {
        try {
            if (Connections.isInTransaction(connection)) {
                Connections.run(connection, "ROLLBACK");
            } else if (connection.isClosed() || !connection.getAutoCommit()) {
                spoiled = true;
            }
            vacuums = false;
            takeBack();
            spoiled |= followsWal && generation.wal().isBehind();
        } catch (SQLException | IOException e) {
            spoiled = true;
        }
    }

    /**
     * Whether no other transaction can be added, because somebody has ended his own in a way that he should not have, or the work
     * directory failed. What was committed before can be published all the same.
     */
    public boolean isSpoiled() {
        return spoiled;
    }

    /** What the transactions have changed, all in all; its bytes stay the same for as long as this is open. */
    public Change change() throws IOException {
        if (change == null) {
            change = Change.of(generation, written);
        }
        return change;
    }

    /**
     * Makes what was changed what readers see, now that {@code version} is durable.
     *
     * @return whether it is; if not, the working copy stays at the version before, and catches up like any other
     */
    public boolean accept(DatabaseVersion version) {
        Change durable = change;
        if (durable == null || accepted != null) {
            throw new IllegalStateException("there is nothing to accept");
        }
        if (!spoiled) {
            accepted = version;
            copy.accept(generation, version, durable.content());
        }
        return !spoiled;
    }

    /** Leaves no trace of the transactions unless they were accepted. */
    @Override
    public void close() {
        if (accepted != null && change != null) {
            copy.fold(generation, connection, accepted, change.content());
            return;
        }
        boolean changed = spoiled || transactions > 0;
        try {
            changed |= followsWal && generation.wal().isBehind();
        } catch (IOException e) {
            changed = true;
        }
        copy.abandon(generation, connection, changed);
    }
}
