package io.cloudsqlite.session;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.InvalidRequestException;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a caller wants of one request.
 *
 * <pre>{@code
 * db.execute(statement, RequestOptions.DEFAULT.withMaxStaleness(Duration.ofSeconds(1)));
 * db.execute(statement, RequestOptions.DEFAULT.withMinTxid(answer.txid()));
 * db.execute(statement, RequestOptions.DEFAULT.withIdempotencyKey(UUID.randomUUID().toString()));
 * }</pre>
 *
 * @param maxStaleness a read may be answered from a working copy that was found current this recently, without a request to
 *     the store; zero, the default, makes every read see all that was acknowledged before it began
 * @param minTxid a bookmark: the answer must include this transaction; 0 for none
 * @param timeout by when the request must have ended; empty for the {@link CloudSqlite}'s own
 * @param asOf read the database as it was then; empty for as it is. Only reads may say so
 * @param idempotencyKey the name of this write, by which the database knows it again: sent again with the same key, within 24
 *     hours, it is not applied again but answered as it was. Reads may be repeated anyway and pay no attention to it
 */
public record RequestOptions(
        Duration maxStaleness,
        long minTxid,
        Optional<Duration> timeout,
        Optional<PointInTime> asOf,
        Optional<String> idempotencyKey) {

    /** No staleness, no bookmark, the usual timeout. */
    public static final RequestOptions DEFAULT =
            new RequestOptions(Duration.ZERO, 0, Optional.empty(), Optional.empty(), Optional.empty());

    private static final Pattern IDEMPOTENCY_KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");

    /**
     * @throws IllegalArgumentException if a value is negative, or the timeout is not above zero
     * @throws InvalidRequestException if the idempotency key is none
     */
    public RequestOptions {
        if (maxStaleness.isNegative()
                || minTxid < 0
                || !timeout.map(RequestOptions::isPositive).orElse(true)) {
            throw new IllegalArgumentException("staleness and bookmark are at least 0, a timeout is above 0");
        }
        if (!idempotencyKey.map(key -> IDEMPOTENCY_KEY.matcher(key).matches()).orElse(true)) {
            throw new InvalidRequestException(
                    "An idempotency key has 1 to 255 visible ASCII characters, and no spaces: a random UUID is a good one");
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

    /**
     * This with a staleness that a read may have.
     *
     * @throws IllegalArgumentException if {@code value} is negative
     */
    public RequestOptions withMaxStaleness(Duration value) {
        return new RequestOptions(value, minTxid, timeout, asOf, idempotencyKey);
    }

    /**
     * This with a bookmark.
     *
     * @param value the TXID that the answer must include; 0 for none
     * @throws IllegalArgumentException if {@code value} is negative
     */
    public RequestOptions withMinTxid(long value) {
        return new RequestOptions(maxStaleness, value, timeout, asOf, idempotencyKey);
    }

    /**
     * This with a timeout of its own.
     *
     * @throws IllegalArgumentException if {@code value} is not above zero
     */
    public RequestOptions withTimeout(Duration value) {
        return new RequestOptions(maxStaleness, minTxid, Optional.of(value), asOf, idempotencyKey);
    }

    /** This for a read of the database as it was at {@code value}. */
    public RequestOptions withAsOf(PointInTime value) {
        return new RequestOptions(maxStaleness, minTxid, timeout, Optional.of(value), idempotencyKey);
    }

    /**
     * This with an idempotency key, which names one write: use a new one for each.
     *
     * @throws InvalidRequestException if {@code value} is not 1 to 255 visible ASCII characters
     */
    public RequestOptions withIdempotencyKey(String value) {
        return new RequestOptions(maxStaleness, minTxid, timeout, asOf, Optional.of(value));
    }
}
