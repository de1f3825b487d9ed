package io.cloudsqlite.copy;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.store.BlobBody;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A whole database as it will lie in the store: the working copy's main file with the pages of its {@code -wal} file laid
 * over it, and a header that any tool opens. Nothing is copied; the image is read from the two files each time, piece by
 * piece, so a database of any size passes through little memory.
 *
 * <p>The bytes stay the same for as long as the transaction is open that made the image.
 */
public final class DatabaseImage implements BlobBody {

    /** How much of an image is held in memory at a time; a multiple of every page size. */
    static final int CHUNK_BYTES = 256 * 1024;

    private final Path main;
    private final @Nullable Path wal;
    private final PageMap pages;
    private final int changeCounter;
    private final String checksum;

    private DatabaseImage(Path main, @Nullable Path wal, PageMap pages, int changeCounter) throws IOException {
        this.main = main;
        this.wal = wal;
        this.pages = pages;
        this.changeCounter = changeCounter;
        try (InputStream in = open()) {
            this.checksum = ImageChecksum.of(in);
        }
    }

    /**
     * The image of {@code main} with the pages that {@code pages} locates in {@code wal}; reads it once, for its checksum.
     *
     * @param databaseId which database it is
     * @param txid the transaction that makes it; with the id it gives every version of every database bytes of its own
     */
    static DatabaseImage of(Path main, Path wal, PageMap pages, CommitId databaseId, long txid) throws IOException {
        return new DatabaseImage(main, wal, pages, changeCounter(databaseId, txid));
    }

    /** The image of a complete database file that has no {@code -wal} file. */
    static DatabaseImage of(Path main, int pageSizeBytes, CommitId databaseId, long txid) throws IOException {
        int pageCount = Math.toIntExact(Files.size(main) / pageSizeBytes);
        return new DatabaseImage(
                main, null, new PageMap(pageSizeBytes, pageCount, new long[0]), changeCounter(databaseId, txid));
    }

    private static int changeCounter(CommitId databaseId, long txid) {
        return databaseId.value().hashCode() + (int) txid;
    }

    /** See {@link ImageChecksum}. */
    public String checksum() {
        return checksum;
    }

    @Override
    public long sizeBytes() {
        return (long) pages.pageCount() * pages.pageSizeBytes();
    }

    @Override
    public InputStream open() throws IOException {
        return new ImageStream();
    }

    private final class ImageStream extends InputStream {

        private final FileChannel mainChannel = FileChannel.open(main, StandardOpenOption.READ);
        private final @Nullable FileChannel walChannel;
        private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).limit(0);
        private long nextOffset;
        private long mainEnd;

        ImageStream() throws IOException {
            try {
                walChannel = wal == null ? null : FileChannel.open(wal, StandardOpenOption.READ);
            } catch (IOException e) {
                mainChannel.close();
                throw e;
            }
        }

        @Override
        public int read() throws IOException {
            return hasMore() ? Byte.toUnsignedInt(chunk.get()) : -1;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, target.length);
            if (length == 0) {
                return 0;
            }
            if (!hasMore()) {
                return -1;
            }
            int count = Math.min(length, chunk.remaining());
            chunk.get(target, offset, count);
            return count;
        }

        private boolean hasMore() throws IOException {
            if (!chunk.hasRemaining() && nextOffset < sizeBytes()) {
                chunk.clear().limit((int) Math.min(CHUNK_BYTES, sizeBytes() - nextOffset));
                fillFromMain();
                layWalPagesOver();
                if (nextOffset == 0) {
                    DatabaseHeader.makeStored(chunk.array(), changeCounter);
                }
                nextOffset += chunk.limit();
            }
            return chunk.hasRemaining();
        }

        /** Reads what there is: the last pages may stand in the WAL alone. */
        private void fillFromMain() throws IOException {
            long at = nextOffset;
            int read = 0;
            while (chunk.hasRemaining() && read >= 0) {
                read = mainChannel.read(chunk, at);
                at += Math.max(read, 0);
            }
            mainEnd = at;
            while (chunk.hasRemaining()) {
                chunk.put((byte) 0);
            }
            chunk.rewind();
        }

        private void layWalPagesOver() throws IOException {
            int pageSize = pages.pageSizeBytes();
            int firstPage = Math.toIntExact(nextOffset / pageSize) + 1;
            for (int index = 0; index * pageSize < chunk.limit(); index++) {
                int page = firstPage + index;
                long walOffset = pages.walOffset(page);
                if (walOffset != PageMap.IN_MAIN_FILE && walChannel != null) {
                    WalReader.readFully(walChannel, chunk.slice(index * pageSize, pageSize), walOffset);
                } else if (nextOffset + (index + 1L) * pageSize > mainEnd && page != pages.lockPage()) {
                    throw new IOException("the working copy ends before its page " + page);
                }
            }
        }

        @Override
        public void close() throws IOException {
            try (mainChannel;
                    walChannel) {
                chunk.limit(0);
                nextOffset = sizeBytes();
            }
        }
    }
}
