package io.cloudsqlite.session;

import io.cloudsqlite.copy.DatabaseImage;
import io.cloudsqlite.copy.DatabaseVersion;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A database as one SQLite file, whose last bytes come only if all of it is sound. The caller closes it.
 *
 * <pre>{@code
 * try (Export export = cloud.export(name)) {
 *     export.body().transferTo(out);
 * }
 * }</pre>
 *
 * <p>Used by one thread.
 */
public final class Export implements AutoCloseable {

    private final DatabaseVersion version;
    private final long sizeBytes;
    private final InputStream source;
    private final InputStream body;
    private final Runnable release;
    private boolean closed;

    /** @param release gives back what the bytes are read from */
    private Export(DatabaseVersion version, long sizeBytes, InputStream body, Runnable release) {
        this.version = version;
        this.sizeBytes = sizeBytes;
        this.body = new FilterInputStream(body) {
            @Override
            public void close() {
                Export.this.close();
            }
        };
        this.source = body;
        this.release = release;
    }

    static Export of(DatabaseVersion version, DatabaseImage image, Runnable release) throws IOException {
        return new Export(version, image.sizeBytes(), image.open(), release);
    }

    /** Which version it is. */
    public DatabaseVersion version() {
        return version;
    }

    /** How many bytes the file has. */
    public long sizeBytes() {
        return sizeBytes;
    }

    /**
     * The file's bytes, {@link #sizeBytes} of them; reading the last of them fails if something was damaged. Closing the stream
     * closes this.
     */
    public InputStream body() {
        return body;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (source) {
            release.run();
        } catch (IOException e) {
            // Whoever needed the bytes has them.
        }
    }
}
