package io.cloudsqlite.format;

import java.time.Instant;

/**
 * One transaction of a database's past, whose state can be restored.
 *
 * @param txid its number
 * @param timestamp when it was made
 * @param changedPages how many pages it wrote
 * @param storedBytes how large it is in the store
 * @param pageCount how many pages the database had after it
 */
public record HistoryEntry(long txid, Instant timestamp, long changedPages, long storedBytes, long pageCount) {}
