package io.cloudsqlite.http;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The headers of a request or a response; upper and lower case make no difference in their names.
 *
 * <pre>{@code
 * HttpHeaders headers = HttpHeaders.NONE.with("Content-Type", "application/json");
 * headers.get("content-type");   // Optional[application/json]
 * }</pre>
 *
 * <p>Immutable. A header that occurs several times is one value here, joined with commas, as RFC 9110 (5.3) allows.
 *
 * @param values values by name
 */
public record HttpHeaders(Map<String, String> values) {

    /** No headers at all. */
    public static final HttpHeaders NONE = new HttpHeaders(Map.of());

    public HttpHeaders {
        TreeMap<String, String> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        copy.putAll(values);
        values = Collections.unmodifiableMap(copy);
    }

    /** The value of a header, if the header is there. */
    public Optional<String> get(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** These headers with one more, or with another value for one. */
    public HttpHeaders with(String name, String value) {
        TreeMap<String, String> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        copy.putAll(values);
        copy.put(name, value);
        return new HttpHeaders(copy);
    }
}
