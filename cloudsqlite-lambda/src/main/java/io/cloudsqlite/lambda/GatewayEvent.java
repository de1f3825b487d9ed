package io.cloudsqlite.lambda;

import io.cloudsqlite.http.HttpBody;
import io.cloudsqlite.http.HttpHeaders;
import io.cloudsqlite.http.HttpRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events that stand for HTTP requests.
 *
 * <table>
 * <caption>Where an event has what</caption>
 * <tr><th></th><th>format 2.0: HTTP APIs, function URLs</th><th>format 1.0: REST APIs, HTTP APIs on request</th></tr>
 * <tr><td>method</td><td>{@code requestContext.http.method}</td><td>{@code httpMethod}</td></tr>
 * <tr><td>path</td><td>{@code rawPath}, behind the stage</td><td>{@code path}, for HTTP APIs behind the stage</td></tr>
 * <tr><td>query</td><td>{@code rawQueryString}</td><td>{@code multiValueQueryStringParameters}, or without
 *     {@code multiValue}: decoded, so they are encoded again</td></tr>
 * <tr><td>headers</td><td>{@code headers}, commas between several values</td><td>{@code multiValueHeaders} and
 *     {@code headers}</td></tr>
 * <tr><td>body</td><td colspan="2">{@code body}, in base64 if {@code isBase64Encoded}</td></tr>
 * </table>
 *
 * <p>Source: "Working with AWS Lambda proxy integrations for HTTP APIs" and "Input format of a Lambda function for proxy
 * integration", API Gateway Developer Guide.
 */
final class GatewayEvent {

    private final Map<String, @Nullable Object> event;
    private final Map<String, @Nullable Object> context;

    private GatewayEvent(Map<String, @Nullable Object> event) {
        this.event = event;
        this.context = object(event, "requestContext");
    }

    /**
     * Reads an event.
     *
     * @throws IllegalArgumentException if it does not stand for an HTTP request
     */
    static HttpRequest read(InputStream in) throws IOException {
        return read(EventJson.readObject(in));
    }

    static HttpRequest read(Map<String, @Nullable Object> event) {
        return new GatewayEvent(event).request();
    }

    private HttpRequest request() {
        Map<String, @Nullable Object> http = object(context, "http");
        String method = text(event, "httpMethod", text(http, "method", ""));
        if (method.isEmpty()) {
            throw new IllegalArgumentException(
                    "The event is not an HTTP request of API Gateway (payload format 1.0 or 2.0) or a function URL");
        }
        boolean isFormat2 = event.get("httpMethod") == null;
        String path = isFormat2 ? text(event, "rawPath", text(http, "path", "/")) : text(event, "path", "/");
        String query = isFormat2 ? text(event, "rawQueryString", "") : encodedQuery();
        return new HttpRequest(method, withoutPrefix(path, isFormat2), query, headers(), body());
    }

    /**
     * The path as clients of the API mean it. What comes before it is the name of the stage, or what a domain of one's own maps
     * to the API.
     */
    private String withoutPrefix(String path, boolean isFormat2) {
        // The routes '/{proxy+}' tell what follows any prefix, decoded: it is certain where that changes nothing.
        String proxy = "/" + text(object(event, "pathParameters"), "proxy", "");
        if (proxy.length() > 1 && path.endsWith(proxy)) {
            return proxy;
        }
        // REST APIs take the stage out of 'path' and leave it in the context's; HTTP APIs leave it in both.
        boolean mayHaveStage = isFormat2 || path.equals(text(context, "path", path));
        String stage = "/" + text(context, "stage", "$default");
        if (mayHaveStage && (path.equals(stage) || path.startsWith(stage + "/"))) {
            path = path.substring(stage.length());
        }
        return path.isEmpty() ? "/" : path;
    }

    private String encodedQuery() {
        List<String> members = new ArrayList<>();
        for (Map.Entry<String, List<String>> entry : values("multiValueQueryStringParameters", "queryStringParameters")
                .entrySet()) {
            for (String value : entry.getValue()) {
                members.add(encoded(entry.getKey()) + "=" + encoded(value));
            }
        }
        return String.join("&", members);
    }

    /** The slash is left as it is, as clients leave it. */
    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2F", "/");
    }

    private HttpHeaders headers() {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        values("multiValueHeaders", "headers")
                .forEach((name, values) -> headers.merge(name, String.join(", ", values), (a, b) -> a + ", " + b));
        return new HttpHeaders(headers);
    }

    /** Lists of values by name, from the member that has lists, or else from the one that has one value each. */
    private Map<String, List<String>> values(String multiple, String single) {
        Map<String, List<String>> values = new TreeMap<>();
        object(event, single).forEach((name, value) -> {
            if (value instanceof String text) {
                values.put(name, List.of(text));
            }
        });
        object(event, multiple).forEach((name, value) -> {
            if (value instanceof List<?> list) {
                values.put(
                        name,
                        list.stream()
                                .filter(String.class::isInstance)
                                .map(String.class::cast)
                                .toList());
            }
        });
        return values;
    }

    private HttpBody body() {
        String body = text(event, "body", "");
        if (!Boolean.TRUE.equals(event.get("isBase64Encoded"))) {
            return HttpBody.of(body);
        }
        try {
            return HttpBody.of(Base64.getDecoder().decode(body));
        } catch (IllegalArgumentException e) {
            // API Gateway sends no such thing. Whoever does is told by the API that this is not JSON.
            return HttpBody.of(body);
        }
    }

    @SuppressWarnings("unchecked") // All objects of an event are such maps.
    private static Map<String, @Nullable Object> object(Map<String, @Nullable Object> parent, String name) {
        return parent.get(name) instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of();
    }

    private static String text(Map<String, @Nullable Object> parent, String name, String otherwise) {
        return parent.get(name) instanceof String text ? text : otherwise;
    }
}
