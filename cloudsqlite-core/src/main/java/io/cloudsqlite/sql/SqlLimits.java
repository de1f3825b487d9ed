package io.cloudsqlite.sql;

import java.time.Duration;

/**
 * What SQL from strangers may cost.
 *
 * @param maxRows how many rows the results of one request may have in all
 * @param maxResultBytes how large the values of those rows may be in all, in bytes
 * @param maxDatabaseBytes how large a database may grow; a write that would exceed it fails with SQLITE_FULL
 * @param statementTimeout how long one statement may run
 */
public record SqlLimits(int maxRows, long maxResultBytes, long maxDatabaseBytes, Duration statementTimeout) {

    /** 100,000 rows, 4 MiB of values (a Lambda answer carries 6 MB in all), 10 GiB of database, 10 seconds a statement. */
    public static final SqlLimits DEFAULT = new SqlLimits(100_000, 4L << 20, 10L << 30, Duration.ofSeconds(10));

    /** @throws IllegalArgumentException if a limit is not above zero */
    public SqlLimits {
        if (maxRows < 1
                || maxResultBytes < 1
                || maxDatabaseBytes < 1
                || statementTimeout.isNegative()
                || statementTimeout.isZero()) {
            throw new IllegalArgumentException("every limit is above zero");
        }
    }
}
