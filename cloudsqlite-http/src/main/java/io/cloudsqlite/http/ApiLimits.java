package io.cloudsqlite.http;

import java.time.Duration;

/**
 * What one request may carry, beside what its SQL may cost.
 *
 * @param maxRequestBytes how large the body of {@code POST /sql} may be
 * @param maxResponseBytes how large the answer to {@code POST /sql} may be
 * @param maxImportBytes how large a database may be that is imported
 * @param importTimeout how long an import may take once its body is being received
 */
public record ApiLimits(int maxRequestBytes, int maxResponseBytes, long maxImportBytes, Duration importTimeout) {

    /** 6 MiB each way, as on Lambda; imports of 10 GiB and two minutes. */
    public static final ApiLimits DEFAULT = new ApiLimits(6 << 20, 6 << 20, 10L << 30, Duration.ofMinutes(2));

    /** The smallest {@code maxResponseBytes}: what any answer needs beside its rows. */
    private static final int MIN_RESPONSE_BYTES = 4 << 10;

    /** @throws IllegalArgumentException if a limit is not above zero, or {@code maxResponseBytes} is below 4 KiB */
    public ApiLimits {
        if (maxRequestBytes < 1
                || maxResponseBytes < MIN_RESPONSE_BYTES
                || maxImportBytes < 1
                || importTimeout.isNegative()
                || importTimeout.isZero()) {
            throw new IllegalArgumentException(
                    "every limit is above zero, and an answer may have at least " + MIN_RESPONSE_BYTES + " bytes");
        }
    }

    ApiLimits withImportTimeout(Duration value) {
        return new ApiLimits(maxRequestBytes, maxResponseBytes, maxImportBytes, value);
    }
}
