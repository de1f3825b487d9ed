package io.cloudsqlite.format;

import java.time.Instant;

/**
 * One commit of a database's past: a transaction or several that were published together, whose state can be restored.
 *
 * @param fromTxid the first of its transactions; {@code txid} if there is one alone, as there is most of the time
 * @param txid the last of its transactions, the only one of them after which the state can be restored
 * @param timestamp when it was made
 * @param changedPages how many pages it wrote
 * @param storedBytes how large it is in the store
 * @param pageCount how many pages the database had after it
 */
public record HistoryEntry(
        long fromTxid, long txid, Instant timestamp, long changedPages, long storedBytes, long pageCount) {}
