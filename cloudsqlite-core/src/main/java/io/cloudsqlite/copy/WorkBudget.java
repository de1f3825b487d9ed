package io.cloudsqlite.copy;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.StorageUnavailableException;
import java.util.function.BooleanSupplier;

/**
 * How many bytes the files of a {@linkplain WorkDirectory work directory} may take, and how many they do. Who is about to write a
 * file takes the bytes first, for which others that nobody uses make way.
 *
 * <p>What SQLite writes by itself, the WAL of a transaction, cannot be refused while it is written: a writer takes room for a small
 * one before it begins, and what was written besides is {@linkplain Share#settle settled} after the transaction.
 *
 * <p>Safe for use by many threads; others' files are never deleted under a lock of its own.
 */
final class WorkBudget {

    private final long limitBytes;

    /** Frees some of what is taken; false if there is nothing to free. */
    private final BooleanSupplier roomMaker;

    private long usedBytes;

    /** @param usedBytes what files take that are there already */
    WorkBudget(long limitBytes, long usedBytes, BooleanSupplier roomMaker) {
        this.limitBytes = limitBytes;
        this.usedBytes = usedBytes;
        this.roomMaker = roomMaker;
    }

    /**
     * The share of files of {@code database}.
     *
     * @param bytes how many of the bytes in use it takes over
     * @param lastResort makes room where others cannot; false if it cannot either
     */
    Share share(DatabaseName database, long bytes, BooleanSupplier lastResort) {
        return new Share(database, bytes, lastResort);
    }

    /** Makes room as long as there are more bytes in use than may be, and somebody can do without some. */
    void settle() {
        boolean madeRoom = true;
        while (madeRoom && isExceeded()) {
            madeRoom = roomMaker.getAsBoolean();
        }
    }

    private synchronized boolean isExceeded() {
        return usedBytes > limitBytes;
    }

    synchronized void giveBack(long bytes) {
        usedBytes -= bytes;
    }

    /** The bytes of one main file and what belongs to it; closing it, once they are deleted, gives them back. */
    final class Share implements AutoCloseable {

        private final DatabaseName database;
        private final BooleanSupplier lastResort;

        /** Guarded by the budget. */
        private long bytes;

        private Share(DatabaseName database, long bytes, BooleanSupplier lastResort) {
            this.database = database;
            this.lastResort = lastResort;
            this.bytes = bytes;
        }

        /** Whose files they are. */
        DatabaseName database() {
            return database;
        }

        /**
         * Takes what {@code totalBytes} are more than it has, before they are written.
         *
         * @throws StorageUnavailableException if there is no room, and none can be made
         */
        void growTo(long totalBytes) {
            while (!tryGrowTo(totalBytes)) {
                boolean madeRoom = totalBytes <= limitBytes && (roomMaker.getAsBoolean() || lastResort.getAsBoolean());
                // Somebody may have given back what he had after the last look.
                if (!madeRoom && !tryGrowTo(totalBytes)) {
                    throw noRoomFor(totalBytes);
                }
            }
        }

        private boolean tryGrowTo(long totalBytes) {
            synchronized (WorkBudget.this) {
                long more = totalBytes - bytes;
                if (more <= 0) {
                    return true;
                }
                boolean fits = more <= limitBytes - usedBytes;
                if (fits) {
                    usedBytes += more;
                    bytes = totalBytes;
                }
                return fits;
            }
        }

        private StorageUnavailableException noRoomFor(long totalBytes) {
            String why = totalBytes > limitBytes
                    ? "allow more than that (workBytes, --work-bytes), on a disk that has them"
                    : "the databases in use leave too few of them: try again, or allow more (workBytes, --work-bytes)";
            return new StorageUnavailableException("The database '" + database + "' needs " + totalBytes
                    + " bytes in the work directory, where working copies may take " + limitBytes + " bytes: " + why
                    + "; nothing was changed");
        }

        /** Notes that it takes {@code totalBytes}, which are written already; if that is too much, others make way. */
        void settle(long totalBytes) {
            synchronized (WorkBudget.this) {
                usedBytes += totalBytes - bytes;
                bytes = totalBytes;
            }
            WorkBudget.this.settle();
        }

        @Override
        public void close() {
            synchronized (WorkBudget.this) {
                usedBytes -= bytes;
                bytes = 0;
            }
        }
    }
}
