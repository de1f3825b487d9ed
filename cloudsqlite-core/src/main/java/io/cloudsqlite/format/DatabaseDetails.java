package io.cloudsqlite.format;

/**
 * What is known of one database.
 *
 * @param pageSizeBytes the size of a page
 * @param pageCount how many pages the database has
 * @param logLength how many transactions the log holds since its base; 0 in format {@code file}, which has no log
 * @param logBytes how large they are in the store, compressed
 */
public record DatabaseDetails(DatabaseInfo info, int pageSizeBytes, long pageCount, long logLength, long logBytes) {}
