package io.cloudsqlite.http;

import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.session.PointInTime;
import io.cloudsqlite.store.BlobRules;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the query of a request asks for. A member that is unknown where it was sent is refused, as in a body: to pass over a
 * mistyped {@code txid} would be to answer with another state than was asked for. So are bad values.
 */
final class Query {

    private static final int DEFAULT_LIMIT = 100;

    private final String query;

    /**
     * @param known the members that mean something there, in the order of the alphabet
     * @throws InvalidRequestException if there is any other
     */
    Query(HttpRequest request, String... known) {
        query = request.query();
        members()
                .map(Query::nameOf)
                .filter(name -> !Arrays.asList(known).contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new InvalidRequestException("The member " + Quoted.of(name) + " of the query is unknown: use "
                            + String.join(", ", known));
                });
    }

    /** How much a page of a listing has at the most. */
    int limit() {
        Optional<String> limit = member("limit");
        try {
            int number = limit.map(Integer::parseInt).orElse(DEFAULT_LIMIT);
            BlobRules.checkLimit(number);
            return number;
        } catch (IllegalArgumentException e) {
            throw bad("limit", limit.orElse(""), "a number from 1 to " + BlobRules.MAX_LIST_LIMIT, e);
        }
    }

    /** Where a listing of databases goes on. */
    Optional<String> after() {
        Optional<String> after = member("after");
        if (after.isPresent() && !BlobRules.isKey(after.get())) {
            throw bad("after", after.get(), "a 'next_after' of another page", null);
        }
        return after;
    }

    /** Where a listing of transactions goes on. */
    OptionalLong before() {
        return transaction("before");
    }

    /** Which state of a database is meant, if not the newest. */
    Optional<PointInTime> pointInTime() {
        OptionalLong txid = transaction("txid");
        Optional<PointInTime> time = member("time").map(PointInTime::parseTime);
        if (txid.isPresent() && time.isPresent()) {
            throw new InvalidRequestException("Give either 'txid' or 'time' in the query, not both");
        }
        return txid.isPresent() ? Optional.of(PointInTime.afterTransaction(txid.getAsLong())) : time;
    }

    private OptionalLong transaction(String name) {
        Optional<String> text = member(name);
        if (text.isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            long txid = Long.parseLong(text.get());
            if (txid >= 1) {
                return OptionalLong.of(txid);
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw bad(name, text.get(), "the number of a transaction, which are from 1 on", null);
    }

    /** Clients and gateways may have escaped the colons of a time. A plus sign stands for itself, as in its offset. */
    private Optional<String> member(String name) {
        return members()
                .filter(member -> nameOf(member).equals(name))
                .map(member -> unescaped(name, member.substring(Math.min(name.length() + 1, member.length()))))
                .findFirst();
    }

    private Stream<String> members() {
        return Arrays.stream(query.split("&", -1)).filter(member -> !member.isEmpty());
    }

    private static String nameOf(String member) {
        int end = member.indexOf('=');
        return end < 0 ? member : member.substring(0, end);
    }

    private static String unescaped(String name, String value) {
        try {
            return URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw bad(name, value, "well escaped", e);
        }
    }

    private static InvalidRequestException bad(String name, String value, String wanted, @Nullable Throwable cause) {
        return new InvalidRequestException(
                "The value " + Quoted.of(value) + " of '" + name + "' in the query is not " + wanted, cause);
    }
}
