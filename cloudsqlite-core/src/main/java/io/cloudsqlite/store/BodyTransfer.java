package io.cloudsqlite.store;

import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.time.Deadline;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Copies the body of a put to where it is prepared, and accepts nothing but exactly the bytes that were announced. */
final class BodyTransfer {

    private static final int BUFFER_BYTES = 64 * 1024;

    private BodyTransfer() {}

    /**
     * Copies {@code body} to {@code out}. Looks at the deadline and the interrupt flag before each buffer.
     *
     * @throws IOException if {@code out} fails; a body that fails is a {@link StorageUnavailableException}
     */
    static void copy(String key, BlobBody body, OutputStream out, Deadline deadline) throws IOException {
        long expectedBytes = body.sizeBytes();
        long copiedBytes = 0;
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = open(key, body)) {
            for (int n = read(key, in, buffer); n >= 0; n = read(key, in, buffer)) {
                BlobRules.checkMayBegin(deadline);
                copiedBytes += n;
                if (copiedBytes > expectedBytes) {
                    break;
                }
                out.write(buffer, 0, n);
            }
        }
        if (copiedBytes != expectedBytes) {
            throw new StorageUnavailableException("The body for '" + key + "' has "
                    + (copiedBytes > expectedBytes ? "more than " + expectedBytes + " bytes" : copiedBytes + " bytes")
                    + " where " + expectedBytes + " were announced; nothing was stored");
        }
    }

    private static InputStream open(String key, BlobBody body) {
        try {
            return body.open();
        } catch (IOException e) {
            throw unreadable(key, e);
        }
    }

    private static int read(String key, InputStream in, byte[] buffer) {
        try {
            return in.read(buffer);
        } catch (IOException e) {
            throw unreadable(key, e);
        }
    }

    /** A stream that the interrupt closed fails like any other; only the flag tells why. */
    private static RuntimeException unreadable(String key, IOException e) {
        return Thread.currentThread().isInterrupted()
                ? new OperationInterruptedException(
                        "The thread was interrupted while it read the body for '" + key + "'", e)
                : new StorageUnavailableException(
                        "The body for '" + key + "' could not be read; nothing was stored", e);
    }
}
