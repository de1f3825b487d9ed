package io.cloudsqlite.copy;

import java.sql.Connection;

/**
 * A connection on one durable version of a database, which it keeps seeing until it is closed. Used by one thread.
 */
public final class ReadTransaction implements AutoCloseable {

    private final WorkingCopy copy;
    private final Generation.Reader reader;
    private final DatabaseVersion version;

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

    @Override
    public void close() {
        copy.giveBack(reader);
    }
}
