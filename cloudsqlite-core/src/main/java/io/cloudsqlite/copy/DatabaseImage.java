package io.cloudsqlite.copy;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.store.BlobBody;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A whole database as it will lie in the store: a main file with the pages of its {@code -wal} file laid over it, and a
 * header that any tool opens. Nothing is copied; the image is read from the two files each time, piece by piece, so a
 * database of any size passes through little memory. Reading it to its end fails unless it has its checksum, so that damage
 * to the local files is not published.
 *
 * <p>The bytes stay the same for as long as the transaction is open that the image was made of.
 */
public final class DatabaseImage implements BlobBody {

    /** How much of an image is held in memory at a time; a multiple of every page size. */
    static final int CHUNK_BYTES = 256 * 1024;

    private final Path main;
    private final @Nullable Path wal;
    private final PageMap pages;
    private final @Nullable Integer changeCounter;
    private final DatabaseChecksum checksum;

    /**
     * @param wal where {@code pages} locates the pages that are not in {@code main}; null if all of them are
     * @param checksum what the pages have
     */
    DatabaseImage(Path main, @Nullable Path wal, PageMap pages, DatabaseChecksum checksum) {
        this(main, wal, pages, null, checksum);
    }

    private DatabaseImage(
            Path main, @Nullable Path wal, PageMap pages, @Nullable Integer changeCounter, DatabaseChecksum checksum) {
        this.main = main;
        this.wal = wal;
        this.pages = pages;
        this.changeCounter = changeCounter;
        this.checksum = checksum;
    }

    /** The image of a complete database file that has no {@code -wal} file. */
    static DatabaseImage of(Path main, Content content) {
        PageMap pages = new PageMap(content.pageSizeBytes(), content.pageCount(), new long[0]);
        return new DatabaseImage(main, null, pages, content.checksum());
    }

    /**
     * The same database with change counters of its own, so that no two versions of any database have the same bytes.
     *
     * @param databaseId which database it is
     * @param txid the transaction that makes it
     */
    public DatabaseImage withChangeCounter(CommitId databaseId, long txid) throws IOException {
        byte[] first;
        try (ImageStream in = new ImageStream(null)) {
            first = in.readNBytes(pages.pageSizeBytes());
        }
        int counter = databaseId.value().hashCode() + (int) txid;
        DatabaseChecksum withoutFirst = checksum.toggle(1, first);
        DatabaseHeader.setChangeCounter(first, counter);
        return new DatabaseImage(main, wal, pages, counter, withoutFirst.toggle(1, first));
    }

    /** The checksum of what it gives. */
    public DatabaseChecksum checksum() {
        return checksum;
    }

    /** The size of a page. */
    public int pageSizeBytes() {
        return pages.pageSizeBytes();
    }

    /** How many pages it has. */
    public int pageCount() {
        return pages.pageCount();
    }

    @Override
    public long sizeBytes() {
        return (long) pages.pageCount() * pages.pageSizeBytes();
    }

    @Override
    public InputStream open() throws IOException {
        return DatabaseChecksum.verifying(new ImageStream(changeCounter), sizeBytes(), checksum);
    }

    private final class ImageStream extends InputStream {

        private final FileChannel mainChannel = FileChannel.open(main, StandardOpenOption.READ);
        private final @Nullable FileChannel walChannel;
        private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).limit(0);
        private final @Nullable Integer changeCounter;
        private long nextOffset;
        private long mainEnd;

        ImageStream(@Nullable Integer changeCounter) throws IOException {
            this.changeCounter = changeCounter;
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
                    DatabaseHeader.makeStored(chunk.array());
                    if (changeCounter != null) {
                        DatabaseHeader.setChangeCounter(chunk.array(), changeCounter);
                    }
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
                } else if (nextOffset + (index + 1L) * pageSize > mainEnd && page != PageMap.lockPage(pageSize)) {
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
