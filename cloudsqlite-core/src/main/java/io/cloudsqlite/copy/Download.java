package io.cloudsqlite.copy;

import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.StorageUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * A database on its way to the work directory: a file of its own that nobody opens before all of it is there and proved to
 * be what it should be. Closing it deletes the file unless it was {@linkplain WorkingCopy#install installed}.
 *
 * <p>Used by one thread.
 */
public final class Download implements AutoCloseable {

    private final DatabaseName database;
    private final Path file;
    private final ImageChecksum checksum = new ImageChecksum();
    private long sizeBytes;
    private boolean kept;

    Download(DatabaseName database, Path file) {
        this.database = database;
        this.file = file;
    }

    /**
     * Receives the whole database.
     *
     * @param in its bytes, exactly {@code expectedBytes} of them
     * @throws IOException if {@code in} fails or ends early; it may be received again, by another download
     * @throws CorruptDatabaseException if it is not a SQLite database
     * @throws StorageUnavailableException if the work directory fails
     */
    public void receive(InputStream in, long expectedBytes) throws IOException {
        byte[] buffer = new byte[DatabaseImage.CHUNK_BYTES];
        try (OutputStream out = openFile()) {
            int read = in.readNBytes(buffer, 0, buffer.length);
            requireHeader(buffer, read, expectedBytes);
            while (read > 0) {
                checksum.update(buffer, 0, read);
                if (sizeBytes == 0) {
                    DatabaseHeader.makeLocal(buffer);
                }
                write(out, buffer, read);
                sizeBytes += read;
                read = in.readNBytes(buffer, 0, buffer.length);
            }
        }
        if (sizeBytes != expectedBytes) {
            throw new IOException("received " + sizeBytes + " of " + expectedBytes + " bytes");
        }
    }

    private void requireHeader(byte[] buffer, int length, long expectedBytes) throws IOException {
        if (length < Math.min(DatabaseHeader.SIZE_BYTES, expectedBytes)) {
            throw new IOException("received " + length + " of " + expectedBytes + " bytes");
        }
        OptionalInt pageSize =
                length < DatabaseHeader.SIZE_BYTES ? OptionalInt.empty() : DatabaseHeader.pageSizeBytes(buffer);
        if (pageSize.isEmpty() || expectedBytes % pageSize.getAsInt() != 0) {
            throw new CorruptDatabaseException(
                    "The database '" + database + "' is not a SQLite database: " + expectedBytes
                            + " bytes, of which the first are not those of a SQLite file or the size is not a number of whole pages."
                            + " Restore an older version of it or replace it");
        }
    }

    private OutputStream openFile() {
        try {
            return Files.newOutputStream(file);
        } catch (IOException e) {
            throw WorkingCopy.workDirectoryFailed(database, e);
        }
    }

    private void write(OutputStream out, byte[] buffer, int length) {
        try {
            out.write(buffer, 0, length);
        } catch (IOException e) {
            throw WorkingCopy.workDirectoryFailed(database, e);
        }
    }

    /** The checksum of what was received, see {@link ImageChecksum}. */
    public String checksum() {
        return checksum.value();
    }

    /** How much was received. */
    public long sizeBytes() {
        return sizeBytes;
    }

    /** The file, which now belongs to the caller. */
    Path keep() {
        kept = true;
        return file;
    }

    @Override
    public void close() {
        if (!kept) {
            try {
                Generation.delete(file);
            } catch (IOException e) {
                throw WorkingCopy.workDirectoryFailed(database, e);
            }
        }
    }
}
