package io.cloudsqlite.ltx;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * What an LTX file is about: which transactions it holds, and the database after them.
 *
 * <pre>{@code
 * var writer = new LtxWriter(out, new LtxHeader(4096, 120, 7, 7, timestamp));
 * writer.write(3, page3);
 * writer.write(118, page118);
 * writer.finish();
 *
 * var reader = new LtxReader(in);
 * while (reader.next()) {
 *     stage(reader.pageNumber(), reader.page());
 * }
 * apply(); // not before next() has answered false: only then is the file known to be good
 * }</pre>
 *
 * <p>A value. A file may say more than this (a place in a {@code -wal} file, checksums of the database, a node): we neither
 * write nor keep it.
 *
 * @param pageSizeBytes the database's page size: a power of two from 512 to 65536
 * @param commitPages the size of the database after the last of the transactions, in pages; at least 1. A transaction that
 *     makes the database grow includes every page from its old size to its new
 * @param minTxid the first transaction, from 1. A file from 1 on is a snapshot: see {@link #isSnapshot()}
 * @param maxTxid the last transaction, at least {@code minTxid}
 * @param timestamp when that was made; kept to the millisecond, what is below is dropped
 */
public record LtxHeader(int pageSizeBytes, int commitPages, long minTxid, long maxTxid, Instant timestamp) {

    /** @throws IllegalArgumentException if the format has no place for one of the values */
    public LtxHeader {
        if (!LtxFormat.isPageSize(pageSizeBytes)) {
            throw new IllegalArgumentException(
                    "the page size is a power of two from 512 to 65536 bytes, not " + pageSizeBytes);
        }
        if (commitPages < 1) {
            throw new IllegalArgumentException("a database has at least one page, not " + commitPages);
        }
        if (minTxid < 1 || minTxid > maxTxid) {
            throw new IllegalArgumentException(
                    "the TXIDs run from 1 or higher to that or higher, not from " + minTxid + " to " + maxTxid);
        }
        try {
            timestamp = Instant.ofEpochMilli(
                    timestamp.truncatedTo(ChronoUnit.MILLIS).toEpochMilli());
        } catch (ArithmeticException | DateTimeException e) {
            throw new IllegalArgumentException("the timestamp " + timestamp + " is out of range", e);
        }
    }

    /**
     * Whether the file is a whole database: it has every page from 1 to {@link #commitPages()} but the lock page. That is so
     * exactly if its first transaction is 1.
     */
    public boolean isSnapshot() {
        return minTxid == 1;
    }

    /** The number of the page that no file has: SQLite takes its locks on it and stores nothing there. */
    public int lockPage() {
        return LtxFormat.lockPage(pageSizeBytes);
    }
}
