package io.cloudsqlite.http;

/**
 * A request, however it arrived.
 *
 * <pre>{@code
 * HttpRequest.of("GET", "/databases", "limit=10");
 * HttpRequest.post("/sql", "{\"sql_statement\": \"SELECT 1\"}");
 * }</pre>
 *
 * @param method the method, in capitals as clients send it
 * @param path the path as it was sent, with its leading slash and without the query. It is taken literally: no path of the
 *     API needs a percent escape
 * @param query the query as it was sent, without the question mark; empty if there is none
 * @param headers the headers
 * @param body the body; whoever made the request closes it
 */
public record HttpRequest(String method, String path, String query, HttpHeaders headers, HttpBody body) {

    /** A request without headers and body. */
    public static HttpRequest of(String method, String path, String query) {
        return new HttpRequest(method, path, query, HttpHeaders.NONE, HttpBody.empty());
    }

    /** A POST of JSON. */
    public static HttpRequest post(String path, String json) {
        HttpHeaders headers = HttpHeaders.NONE.with("Content-Type", "application/json");
        return new HttpRequest("POST", path, "", headers, HttpBody.of(json));
    }

    /** This request with one more header, or with another value for one. */
    public HttpRequest withHeader(String name, String value) {
        return new HttpRequest(method, path, query, headers.with(name, value), body);
    }

    /** This request with another body. */
    public HttpRequest withBody(HttpBody other) {
        return new HttpRequest(method, path, query, headers, other);
    }
}
