package io.cloudsqlite.copy;

import io.cloudsqlite.sql.PreparedStatements;
import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/**
 * A connection on one durable version of a database, which it keeps seeing until it is closed. Used by one thread.
 */
public final class ReadTransaction implements AutoCloseable {

    private final WorkingCopy copy;
    private final Reader reader;
    private final DatabaseVersion version;
    private @Nullable Boolean intact;

    ReadTransaction(WorkingCopy copy, Reader reader, DatabaseVersion version) {
        this.copy = copy;
        this.reader = reader;
        this.version = version;
    }

    /**
     * The connection with the statements prepared on it, in a transaction and unable to write, for an executor that leaves it as it
     * found it.
     */
    public PreparedStatements prepared() {
        return reader.prepared();
    }

    /**
     * The connection, for a caller's own code, which is not trusted to leave it as it found it. The connection is the copy's:
     * the code does not close it, and does not end its transaction.
     */
    public Connection lendConnection() {
        reader.lendToCode();
        return reader.connection();
    }

    /** What the connection sees. */
    public DatabaseVersion version() {
        return version;
    }

    /** Whether {@link #durableImage} has to wait until a transaction that was accepted has found its place. */
    boolean isFolding() {
        return reader.generation().isFolding();
    }

    /** What the connection sees, as a whole; for as long as nothing newer has been accepted. */
    DatabaseImage durableImage() {
        return reader.generation().durableImage();
    }

    /**
     * Whether the connection is still in the transaction that it was handed out in, now that its use has ended; a caller's code
     * may have ended it.
     */
    public boolean isIntact() {
        if (intact == null) {
            intact = reader.isIntact();
        }
        return intact;
    }

    @Override
    public void close() {
        copy.giveBack(reader, isIntact());
    }
}
