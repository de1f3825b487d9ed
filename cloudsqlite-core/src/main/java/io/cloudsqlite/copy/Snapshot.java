package io.cloudsqlite.copy;

/**
 * One durable version of a database as a whole, whose bytes stay what they are until this is closed. While it is open, SQLite
 * can copy nothing newer into the main file, so the WAL grows with every transaction. Used by one thread.
 */
public final class Snapshot implements AutoCloseable {

    private final ReadTransaction transaction;
    private final DatabaseImage image;

    /** @param transaction keeps SQLite from changing the files that {@code image} is read from */
    Snapshot(ReadTransaction transaction, DatabaseImage image) {
        this.transaction = transaction;
        this.image = image;
    }

    /** Which version it is. */
    public DatabaseVersion version() {
        return transaction.version();
    }

    /** The whole database at that version. */
    public DatabaseImage image() {
        return image;
    }

    @Override
    public void close() {
        transaction.close();
    }
}
