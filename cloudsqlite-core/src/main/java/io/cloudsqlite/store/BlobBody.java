package io.cloudsqlite.store;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The bytes of a put. A body can be read more than once, from its beginning, and gives identical bytes every time:
 * an ambiguous put is repaired by sending the same bytes again. Nothing holds a whole body in memory.
 */
public interface BlobBody {

    /** How many bytes {@link #open()} gives, exactly. */
    long sizeBytes();

    /**
     * The bytes, from the first. The caller closes the stream.
     *
     * @throws IOException if the bytes cannot be read; a put that meets this fails and has not happened
     */
    InputStream open() throws IOException;

    /** A body of these bytes, which must not be changed afterwards. */
    static BlobBody of(byte[] bytes) {
        return new BlobBody() {
            @Override
            public long sizeBytes() {
                return bytes.length;
            }

            @Override
            public InputStream open() {
                return new ByteArrayInputStream(bytes);
            }
        };
    }
}
