package io.cloudsqlite.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Fails with {@link RequestTooLargeException} once more bytes come than may. */
final class LimitedInputStream extends FilterInputStream {

    private final long maxBytes;
    private long leftBytes;

    /** The bytes of {@code body}; fails at once if it says itself that it is too large. */
    static InputStream of(HttpBody body, long maxBytes) throws RequestTooLargeException {
        if (body.sizeBytes().orElse(0) > maxBytes) {
            throw new RequestTooLargeException(maxBytes);
        }
        return new LimitedInputStream(body.stream(), maxBytes);
    }

    private LimitedInputStream(InputStream in, long maxBytes) {
        super(in);
        this.maxBytes = maxBytes;
        this.leftBytes = maxBytes;
    }

    @Override
    public int read() throws IOException {
        int value = super.read();
        count(value < 0 ? 0 : 1);
        return value;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int read = super.read(bytes, offset, length);
        count(Math.max(0, read));
        return read;
    }

    private void count(int bytes) throws RequestTooLargeException {
        leftBytes -= bytes;
        if (leftBytes < 0) {
            throw new RequestTooLargeException(maxBytes);
        }
    }
}
