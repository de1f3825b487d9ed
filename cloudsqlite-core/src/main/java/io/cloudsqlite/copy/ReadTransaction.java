package io.cloudsqlite.copy;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * A connection on one durable version of a database, which it keeps seeing until it is closed. Used by one thread.
 */
public final class ReadTransaction implements AutoCloseable {

    private final WorkingCopy copy;
    private final Generation.Reader reader;
    private final DatabaseVersion version;
    private boolean intact = true;

    ReadTransaction(WorkingCopy copy, Generation.Reader reader, DatabaseVersion version) {
        this.copy = copy;
        this.reader = reader;
        this.version = version;
    }

    /** The connection, in a transaction and unable to write. It is the copy's: the caller does not close it. */
    public Connection connection() {
        return reader.connection();
    }

    /** What the connection sees. */
    public DatabaseVersion version() {
        return version;
    }

    /**
     * Whether the connection is still in the transaction that it was handed out in; a caller's code may have ended it. One
     * that is not is not used again.
     */
    public boolean isIntact() throws SQLException {
        intact = Connections.isInTransaction(reader.connection());
        return intact;
    }

    @Override
    public void close() {
        copy.giveBack(reader, intact);
    }
}
