package io.cloudsqlite.copy;

import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.StorageUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A database on its way to the work directory: a file of its own that nobody opens before all of it is there and proved to
 * be what it should be. Closing it deletes the file unless it was {@linkplain WorkingCopy#install installed}.
 *
 * <pre>{@code
 * try (Download download = copy.newDownload(sizeBytes)) {
 *     download.receive(in, 0, sizeBytes, pageSize); // as a whole, or in ranges, by several threads at once
 *     download.writePage(page, bytes);              // what has changed since
 *     if (download.seal().equals(expected)) { copy.install(download, version, epoch); }
 * }
 * }</pre>
 *
 * <p>Ranges that do not overlap may be received by several threads at once; all else is for one thread.
 */
public final class Download implements AutoCloseable {

    private final DatabaseName database;
    private final Path file;
    private final FileChannel channel;
    private final WorkBudget.Share share;

    /** What is here; null if it must be read to know. */
    private @Nullable Content content;

    private boolean kept;

    /** @param share becomes this object's */
    Download(DatabaseName database, Path file, WorkBudget.Share share) throws IOException {
        this.database = database;
        this.file = file;
        this.share = share;
        this.channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /**
     * Receives {@code lengthBytes} bytes of the database that begin at {@code offsetBytes}, whole pages of {@code pageSizeBytes}
     * each.
     *
     * @return the checksum of these pages, if they are of that size
     * @throws IOException if {@code in} fails or ends early; the range may be received again
     * @throws StorageUnavailableException if the work directory fails
     */
    public DatabaseChecksum receive(InputStream in, long offsetBytes, long lengthBytes, int pageSizeBytes)
            throws IOException {
        byte[] buffer = new byte[DatabaseImage.CHUNK_BYTES];
        DatabaseChecksum checksum = DatabaseChecksum.OF_NOTHING;
        long received = 0;
        while (received < lengthBytes) {
            int read = in.readNBytes(buffer, 0, (int) Math.min(buffer.length, lengthBytes - received));
            if (read == 0) {
                throw new IOException("received " + received + " of " + lengthBytes + " bytes");
            }
            long page = (offsetBytes + received) / pageSizeBytes + 1;
            for (int at = 0; at + pageSizeBytes <= read; at += pageSizeBytes) {
                checksum = checksum.toggle(Math.toIntExact(page++), buffer, at, pageSizeBytes);
            }
            write(ByteBuffer.wrap(buffer, 0, read), offsetBytes + received);
            received += read;
        }
        return checksum;
    }

    /**
     * Notes that all that is here by now are pages that have this checksum, so that they need not be read for it again.
     *
     * @param pageSizeBytes the size of each
     */
    public void noteReceived(int pageSizeBytes, DatabaseChecksum checksum) {
        try {
            int pageCount = Math.toIntExact(channel.size() / pageSizeBytes);
            content = new Content(pageSizeBytes, pageCount, checksum);
        } catch (IOException e) {
            throw WorkDirectory.failed(database, e);
        }
    }

    /** Replaces one page, or adds it. */
    public void writePage(int page, byte[] bytes) {
        content = contentWith(page, bytes);
        write(ByteBuffer.wrap(bytes), (page - 1L) * bytes.length);
    }

    /** What is here with that page; null if what is here is not known, or there is a gap between it and the page. */
    private @Nullable Content contentWith(int page, byte[] bytes) {
        Content before = content;
        if (before == null || before.pageSizeBytes() != bytes.length || page > before.pageCount() + 1) {
            return null;
        }
        DatabaseChecksum others = before.checksum();
        if (page <= before.pageCount()) {
            byte[] old = new byte[bytes.length];
            try {
                WalReader.readFully(channel, ByteBuffer.wrap(old), (page - 1L) * old.length);
            } catch (IOException e) {
                throw WorkDirectory.failed(database, e);
            }
            others = others.toggle(page, old);
        }
        return new Content(bytes.length, Math.max(page, before.pageCount()), others.toggle(page, bytes));
    }

    private void write(ByteBuffer bytes, long offset) {
        share.growTo(Generation.OVERHEAD_BYTES + offset + bytes.remaining());
        try {
            long at = offset;
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        } catch (IOException e) {
            throw WorkDirectory.failed(database, e);
        }
    }

    /** Drops what lies beyond {@code sizeBytes}. */
    public void truncate(long sizeBytes) {
        try {
            if (sizeBytes < channel.size()) {
                channel.truncate(sizeBytes);
                content = null;
            }
        } catch (IOException e) {
            throw WorkDirectory.failed(database, e);
        }
    }

    /**
     * Ends the download, and makes it a local file.
     *
     * @return the checksum of what came
     * @throws CorruptDatabaseException if it is not a SQLite database
     */
    public DatabaseChecksum seal() {
        try {
            byte[] header = new byte[(int) Math.min(DatabaseHeader.SIZE_BYTES, channel.size())];
            WalReader.readFully(channel, ByteBuffer.wrap(header), 0);
            OptionalInt pageSize = DatabaseHeader.pageSizeBytes(header);
            if (pageSize.isEmpty() || channel.size() % pageSize.getAsInt() != 0) {
                throw new CorruptDatabaseException(
                        "The database '" + database + "' is not a SQLite database: " + channel.size()
                                + " bytes, of which the first are not those of a SQLite file or the size is not a number of whole pages."
                                + " Restore an older version of it or replace it");
            }
            DatabaseChecksum received = checksum(pageSize.getAsInt());
            byte[] first = new byte[pageSize.getAsInt()];
            WalReader.readFully(channel, ByteBuffer.wrap(first), 0);
            DatabaseChecksum others = received.toggle(1, first);
            DatabaseHeader.makeLocal(first);
            write(ByteBuffer.wrap(first), 0);
            int pageCount = Math.toIntExact(channel.size() / first.length);
            content = new Content(first.length, pageCount, others.toggle(1, first));
            return received;
        } catch (IOException e) {
            throw WorkDirectory.failed(database, e);
        }
    }

    /** The checksum of what is here, which is read to the end unless it is known. */
    private DatabaseChecksum checksum(int pageSizeBytes) throws IOException {
        Content known = content;
        return known != null && known.pageSizeBytes() == pageSizeBytes && known.sizeBytes() == channel.size()
                ? known.checksum()
                : DatabaseChecksum.of(Channels.newInputStream(channel.position(0)));
    }

    /** What came, once it is sealed. */
    Content content() {
        return Objects.requireNonNull(content, "it is not sealed");
    }

    Path file() {
        return file;
    }

    /** What the file takes of the work directory's budget; belongs to whom the file does. */
    WorkBudget.Share share() {
        return share;
    }

    /** The file, which now belongs to the caller, and its share with it. */
    Path keep() throws IOException {
        channel.close();
        kept = true;
        return file;
    }

    @Override
    public void close() {
        if (!kept) {
            try {
                channel.close();
                Generation.delete(file);
                share.close();
            } catch (IOException e) {
                throw WorkDirectory.failed(database, e);
            }
        }
    }
}
