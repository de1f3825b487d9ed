package io.cloudsqlite.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/**
 * The body of a request or a response, read once. Whoever reads it closes it.
 *
 * @param stream the bytes
 * @param sizeBytes how many there are; empty if only the end of the stream tells
 */
public record HttpBody(InputStream stream, OptionalLong sizeBytes) implements AutoCloseable {

    /** A body of no bytes. */
    public static HttpBody empty() {
        return of(new byte[0]);
    }

    /** A body of these bytes, which must not be changed afterwards. */
    public static HttpBody of(byte[] bytes) {
        return new HttpBody(new ByteArrayInputStream(bytes), OptionalLong.of(bytes.length));
    }

    /** A body of this text, in UTF-8. */
    public static HttpBody of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        try {
            stream.close();
        } catch (IOException e) {
            // Every byte that anybody wanted has been read.
        }
    }
}
