package io.cloudsqlite.aws;

import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.BlobRules;
import io.cloudsqlite.time.Deadline;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.ContentStreamProvider;

/**
 * The body of a put on its way to S3, read again from its beginning for each attempt of the SDK, one at a time.
 *
 * <p>It gives exactly the bytes that were announced: the last of them only after it has seen that there are no more, so a body
 * of another length never arrives whole, and S3 stores no part of one. For the same reason it knows the most that can be
 * known when no answer comes: as long as {@link #wasGivenWhole} is false, nothing can have been stored.
 *
 * <p>What its streams throw are our own exceptions, which end the call at once; an {@link IOException} the SDK would take
 * for the network's and try again.
 */
final class UploadBody implements ContentStreamProvider, AutoCloseable {

    private final String key;
    private final BlobBody body;
    private final boolean mayBeSentAgain;
    private final Deadline deadline;
    private @Nullable InputStream open;
    private boolean givenWhole;

    /** @param mayBeSentAgain whether the SDK may try again after an attempt that was given all of it */
    UploadBody(String key, BlobBody body, boolean mayBeSentAgain, Deadline deadline) {
        this.key = key;
        this.body = body;
        this.mayBeSentAgain = mayBeSentAgain;
        this.deadline = deadline;
    }

    /** Whether an attempt was given the last byte, and so may have been stored. */
    boolean wasGivenWhole() {
        return givenWhole;
    }

    @Override
    public String name() {
        return "BlobBody";
    }

    @Override
    public InputStream newStream() {
        close();
        if (givenWhole && !mayBeSentAgain) {
            throw new StorageUnavailableException(
                    "The answer to the put of '" + key + "' was lost; it is not sent again");
        }
        try {
            InputStream source = body.open();
            open = source;
            return new ExactStream(source);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** Closes what the SDK leaves open. */
    @Override
    public void close() {
        InputStream source = open;
        open = null;
        if (source == null) {
            return;
        }
        try {
            source.close();
        } catch (IOException e) {
            // Every byte that mattered was read before: what became of the put does not depend on this.
        }
    }

    /** A stream that the interrupt closed fails like any other; only the flag tells why. */
    private RuntimeException unreadable(IOException e) {
        return Interrupts.caused(e)
                ? new OperationInterruptedException(
                        "The thread was interrupted while it read the body for '" + key + "'", e)
                : new StorageUnavailableException(
                        "The body for '" + key + "' could not be read; nothing was stored", e);
    }

    private StorageUnavailableException otherLength(String what) {
        return new StorageUnavailableException("The body for '" + key + "' has " + what + " bytes where "
                + body.sizeBytes() + " were announced; nothing was stored");
    }

    private final class ExactStream extends InputStream {

        private final InputStream source;
        private long leftBytes = body.sizeBytes();

        ExactStream(InputStream source) throws IOException {
            this.source = source;
            passTheEnd();
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (length == 0) {
                return 0;
            }
            if (leftBytes == 0) {
                return -1;
            }
            requireTime();
            try {
                int count = source.read(target, offset, (int) Math.min(length, leftBytes));
                if (count < 0) {
                    throw otherLength("only " + (body.sizeBytes() - leftBytes));
                }
                leftBytes -= count;
                passTheEnd();
                return count;
            } catch (IOException e) {
                throw unreadable(e);
            }
        }

        /** Time first: at the deadline the SDK interrupts the thread to end its call. */
        private void requireTime() {
            if (deadline.hasPassed()) {
                throw new StorageUnavailableException(
                        "There was no time left to send the body for '" + key + "'; nothing was stored");
            }
            BlobRules.checkMayBegin(deadline);
        }

        private void passTheEnd() throws IOException {
            if (leftBytes == 0) {
                if (source.read() >= 0) {
                    throw otherLength("more");
                }
                givenWhole = true;
            }
        }
    }
}
