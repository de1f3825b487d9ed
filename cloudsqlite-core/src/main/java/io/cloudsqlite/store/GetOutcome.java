package io.cloudsqlite.store;

import java.io.IOException;
import java.io.InputStream;

/** The answer to a get: the object, the news that it has not changed, or the news that there is none. */
public sealed interface GetOutcome extends AutoCloseable {

    /** Closes the body if there is one. Closing it unread is cheap: the rest of the body is not fetched. */
    @Override
    default void close() {}

    /**
     * The object. Its bytes belong to exactly the version that {@code info} names, even if the object is replaced or
     * deleted while they are read; a read that cannot keep this promise fails.
     *
     * @param body the object's bytes, or those of the asked range; read at most once, closed by {@link #close()}
     */
    record Found(BlobInfo info, InputStream body) implements GetOutcome {
        @Override
        public void close() {
            try {
                body.close();
            } catch (IOException e) {
                // Every byte that mattered has been read and checked by length and checksum before the body is closed,
                // so a failing close has nothing to say to the caller.
            }
        }
    }

    /** The object still has the version that the caller knows; no bytes were transferred. */
    record NotModified() implements GetOutcome {}

    /** The key has no object. */
    record Absent() implements GetOutcome {}
}
