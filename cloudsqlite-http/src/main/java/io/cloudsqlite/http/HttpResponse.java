package io.cloudsqlite.http;

/**
 * The answer to a request. Whoever sends it closes it, for its body may be a download from the store.
 *
 * @param status the status code
 * @param headers the headers; {@code Content-Length} is the transport's business, except in the answer to a HEAD
 * @param body the body
 */
public record HttpResponse(int status, HttpHeaders headers, HttpBody body) implements AutoCloseable {

    /** An answer in JSON, which no cache on the way may keep: what it says is true of one moment. */
    static HttpResponse json(int status, byte[] json) {
        HttpHeaders headers =
                HttpHeaders.NONE.with("Content-Type", "application/json").with("Cache-Control", "no-store");
        return new HttpResponse(status, headers, HttpBody.of(json));
    }

    /** This answer with one more header, or with another value for one. */
    HttpResponse withHeader(String name, String value) {
        return new HttpResponse(status, headers.with(name, value), body);
    }

    /** This answer to the HEAD request for the same thing. */
    HttpResponse withoutBody() {
        close();
        HttpHeaders told = body.sizeBytes().isPresent()
                ? headers.with("Content-Length", Long.toString(body.sizeBytes().getAsLong()))
                : headers;
        return new HttpResponse(status, told, HttpBody.empty());
    }

    @Override
    public void close() {
        body.close();
    }
}
