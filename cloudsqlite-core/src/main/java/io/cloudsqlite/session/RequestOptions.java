package io.cloudsqlite.session;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.InvalidRequestException;
import java.time.Duration;
import java.util.Optional;

/**
 * What a caller wants of one request.
 *
 * <pre>{@code
 * db.execute(statement, RequestOptions.DEFAULT.withMaxStaleness(Duration.ofSeconds(1)));
 * db.execute(statement, RequestOptions.DEFAULT.withMinTxid(answer.txid()));
 * }</pre>
 *
 * @param maxStaleness a read may be answered from a working copy that was found current this recently, without a request to
 *     the store; zero, the default, makes every read see all that was acknowledged before it began
 * @param minTxid a bookmark: the answer must include this transaction; 0 for none
 * @param timeout by when the request must have ended; empty for the {@link CloudSqlite}'s own
 * @param asOf read the database as it was then; empty for as it is. Only reads may say so
 */
public record RequestOptions(
        Duration maxStaleness, long minTxid, Optional<Duration> timeout, Optional<PointInTime> asOf) {

    /** No staleness, no bookmark, the usual timeout. */
    public static final RequestOptions DEFAULT =
            new RequestOptions(Duration.ZERO, 0, Optional.empty(), Optional.empty());

    /** @throws IllegalArgumentException if a value is negative, or the timeout is not above zero */
    public RequestOptions {
        if (maxStaleness.isNegative()
                || minTxid < 0
                || !timeout.map(RequestOptions::isPositive).orElse(true)) {
            throw new IllegalArgumentException("staleness and bookmark are at least 0, a timeout is above 0");
        }
    }

    /** @throws InvalidRequestException if a database at transaction {@code txid} has not reached the bookmark */
    void requireBookmark(DatabaseName database, long txid) {
        if (txid < minTxid) {
            throw new InvalidRequestException("The database '" + database + "' is at transaction " + txid
                    + " and has no transaction " + minTxid + ": is the bookmark another database's?");
        }
    }

    private static boolean isPositive(Duration duration) {
        return !duration.isNegative() && !duration.isZero();
    }

    public RequestOptions withMaxStaleness(Duration value) {
        return new RequestOptions(value, minTxid, timeout, asOf);
    }

    public RequestOptions withMinTxid(long value) {
        return new RequestOptions(maxStaleness, value, timeout, asOf);
    }

    public RequestOptions withTimeout(Duration value) {
        return new RequestOptions(maxStaleness, minTxid, Optional.of(value), asOf);
    }

    public RequestOptions withAsOf(PointInTime value) {
        return new RequestOptions(maxStaleness, minTxid, timeout, Optional.of(value));
    }
}
