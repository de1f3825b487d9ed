package io.cloudsqlite.sql;

import io.cloudsqlite.ResultTooLargeException;
import org.jspecify.annotations.Nullable;

/** How many rows and bytes the results of one request may still have. Used by one thread. */
final class ResultBudget {

    /** What a value counts at least, since even a NULL takes the space of a reference. */
    private static final int MIN_VALUE_BYTES = 8;

    private final long maxRows;
    private final long maxBytes;
    private long rows;
    private long bytes;

    private ResultBudget(long maxRows, long maxBytes) {
        this.maxRows = maxRows;
        this.maxBytes = maxBytes;
    }

    static ResultBudget of(SqlLimits limits) {
        return new ResultBudget(limits.maxRows(), limits.maxResultBytes());
    }

    static ResultBudget unlimited() {
        return new ResultBudget(Long.MAX_VALUE, Long.MAX_VALUE);
    }

    void takeRow() {
        rows++;
        if (rows > maxRows) {
            throw new ResultTooLargeException(
                    "The result has more than " + maxRows + " rows: ask for fewer, for example with LIMIT");
        }
    }

    void takeValue(@Nullable Object value) {
        bytes += Math.max(MIN_VALUE_BYTES, sizeBytes(value));
        if (bytes > maxBytes) {
            throw new ResultTooLargeException("The values of the result have more than " + maxBytes
                    + " bytes: ask for fewer rows or columns, for example with LIMIT");
        }
    }

    private static long sizeBytes(@Nullable Object value) {
        if (value instanceof byte[] blob) {
            return blob.length;
        }
        return value instanceof String text ? utf8Length(text) : MIN_VALUE_BYTES;
    }

    private static long utf8Length(String text) {
        long length = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                // Half a surrogate pair is half of four bytes, and one of the two characters counts one already.
                length += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
            }
        }
        return length;
    }
}
