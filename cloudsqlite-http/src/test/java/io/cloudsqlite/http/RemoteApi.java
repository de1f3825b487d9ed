package io.cloudsqlite.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/** An API at the other end of a connection, through the JDK's HTTP client. */
public final class RemoteApi {

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String base;

    /** @param base where it is, such as {@code http://127.0.0.1:8080} */
    public RemoteApi(String base) {
        this.base = base;
    }

    /** Sends a request; the caller closes the answer. */
    public HttpResponse send(HttpRequest request) throws IOException, InterruptedException {
        String query = request.query().isEmpty() ? "" : "?" + request.query();
        java.net.http.HttpRequest.Builder builder = java.net.http.HttpRequest.newBuilder(
                        URI.create(base + request.path() + query))
                .method(request.method(), publisher(request.body()));
        request.headers().values().forEach(builder::header);
        java.net.http.HttpResponse<InputStream> response = client.send(builder.build(), BodyHandlers.ofInputStream());
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        response.headers().map().forEach((name, values) -> headers.put(name, String.join(", ", values)));
        return new HttpResponse(
                response.statusCode(), new HttpHeaders(headers), new HttpBody(response.body(), OptionalLong.empty()));
    }

    private static BodyPublisher publisher(HttpBody body) {
        BodyPublisher stream = BodyPublishers.ofInputStream(body::stream);
        if (body.sizeBytes().isEmpty()) {
            return stream;
        }
        long size = body.sizeBytes().getAsLong();
        return size == 0 ? BodyPublishers.noBody() : BodyPublishers.fromPublisher(stream, size);
    }
}
