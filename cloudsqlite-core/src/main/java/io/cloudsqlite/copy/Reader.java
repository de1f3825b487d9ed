package io.cloudsqlite.copy;

import io.cloudsqlite.sql.PreparedStatements;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A connection to the file of a {@link Generation} that cannot write.
 *
 * <p>Guarded by the lock of its {@link WorkingCopy}, but while it is in use it belongs to the thread that reads.
 */
final class Reader {

    /** Begins the transaction of every reader, and is gone when it is another. */
    private static final String SAVEPOINT = "_cloudsqlite_reader";

    /** How often a connection is lent to callers' code, which may leave statements open on it each time. */
    private static final int MAX_TIMES_LENT = 1_000;

    private final Generation generation;
    private final Connection connection;
    private final PreparedStatements prepared;
    private @Nullable PreparedStatement undo;
    private @Nullable PreparedStatement listDatabases;
    private boolean pinned;
    private @Nullable DatabaseVersion pinnedAt;
    private long pinnedAfterLetGo;
    private int timesLent;

    Reader(Generation generation, Connection connection) {
        this.generation = generation;
        this.connection = connection;
        this.prepared = PreparedStatements.on(connection);
    }

    Connection connection() {
        return connection;
    }

    PreparedStatements prepared() {
        return prepared;
    }

    /** The version that this reader sees. */
    Optional<DatabaseVersion> version() {
        return Optional.ofNullable(pinnedAt);
    }

    Generation generation() {
        return generation;
    }

    /**
     * Notes that a caller's own code uses the connection. It may leave a statement open, which keeps SQLite on the
     * snapshot even after a ROLLBACK; so the connection is not taken to another version, but closed instead.
     */
    void lendToCode() {
        timesLent++;
    }

    /** Stays on the version that is durable now until {@link #unpin}. SQLite takes the snapshot at the first read. */
    void pin() throws SQLException {
        if (!pinned) {
            Connections.run(connection, "BEGIN");
            Connections.run(connection, "SAVEPOINT " + SAVEPOINT);
            prepared.enterSnapshot();
            pinned = true;
            pinnedAt = generation.version().orElse(null);
            pinnedAfterLetGo = generation.timesLetGo();
        }
    }

    /** Whether it is on the durable version, by whatever name it got there, and takes note of the name that it has now. */
    boolean isStillDurable() {
        DatabaseVersion durable = generation.version().orElse(null);
        boolean isSame = pinnedAt != null && durable != null && pinnedAt.txid() == durable.txid();
        if (isSame) {
            pinnedAt = durable;
        }
        return isSame;
    }

    /** Takes note of what the store calls the version that it is on. */
    void relabel(DatabaseVersion newName) {
        if (pinned) {
            pinnedAt = newName;
        }
    }

    /**
     * Undoes whatever was done on the connection, and tells whether it is still in the transaction that it was pinned
     * with. SQLite ends one by itself when it runs out of memory or disk, and a caller's code may have ended it, and begun
     * another that sees more: the savepoint is gone then.
     */
    boolean isIntact() {
        try {
            if (!pinned || connection.isClosed() || !connection.getAutoCommit()) {
                return false;
            }
            if (undo == null) {
                undo = connection.prepareStatement("ROLLBACK TO " + SAVEPOINT);
            }
            undo.execute();
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    /** Whether it is given to the next as it is, on the durable version. */
    boolean mayStay(boolean intact) {
        return intact
                && pinnedAfterLetGo == generation.timesLetGo()
                && isStillDurable()
                && (timesLent == 0 || (timesLent < MAX_TIMES_LENT && isAlone()));
    }

    /** Whether nothing but the database is open on the connection: no temporary table, no file that was attached. */
    private boolean isAlone() {
        try {
            if (listDatabases == null) {
                listDatabases = connection.prepareStatement("PRAGMA database_list");
            }
            try (ResultSet databases = listDatabases.executeQuery()) {
                return databases.next() && !databases.next();
            }
        } catch (SQLException e) {
            return false;
        }
    }

    /**
     * Ends the transaction, and with it whatever was left undone in it.
     *
     * @return whether the connection can be used again
     */
    boolean unpin() {
        if (!pinned) {
            return true;
        }
        pinned = false;
        pinnedAt = null;
        try {
            Connections.run(connection, "ROLLBACK");
            return timesLent == 0;
        } catch (SQLException e) {
            return false;
        }
    }
}
