package io.cloudsqlite.http;

import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.session.PointInTime;
import io.cloudsqlite.store.BlobRules;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What the query of a request asks for. Members that mean nothing are passed over; those with bad values are refused. */
final class Query {

    private static final int DEFAULT_LIMIT = 100;

    private final String query;

    Query(HttpRequest request) {
        query = request.query();
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
        return Arrays.stream(query.split("&", -1))
                .filter(member -> member.startsWith(name + "="))
                .map(member -> unescaped(name, member.substring(name.length() + 1)))
                .findFirst();
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
