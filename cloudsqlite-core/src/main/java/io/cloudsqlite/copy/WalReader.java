package io.cloudsqlite.copy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Follows a {@code -wal} file and tells which frame holds the newest committed content of each page.
 *
 * <p>Source: SQLite's "WAL-mode File Format", section 4 ("The Write-Ahead Log"); version 3007000. Integers are big-endian.
 *
 * <table>
 * <caption>The file: one header, then frames of 24 bytes and one page each</caption>
 * <tr><th>offset</th><th>size</th><th>header</th><th>frame</th></tr>
 * <tr><td>0</td><td>4</td><td>magic 0x377f0682, or ..83 for big-endian checksums</td><td>page number</td></tr>
 * <tr><td>4</td><td>4</td><td>format version</td><td>database size in pages if this frame commits, else 0</td></tr>
 * <tr><td>8</td><td>4</td><td>page size</td><td>salt 1</td></tr>
 * <tr><td>12</td><td>4</td><td>checkpoint sequence number</td><td>salt 2</td></tr>
 * <tr><td>16</td><td>8</td><td>salts 1 and 2</td><td>cumulative checksum, both words</td></tr>
 * <tr><td>24</td><td>8</td><td>checksum of the 24 bytes before</td><td>the page</td></tr>
 * </table>
 *
 * <p>A frame counts if its salts are the header's, its checksum continues that of the frame before it, and a commit frame
 * follows: pages that a big transaction spilled before it was rolled back fail one of the three. SQLite starts the file
 * over with new salts once all of it has been checkpointed. Used by one thread.
 */
final class WalReader {

    private static final int FRAME_HEADER_BYTES = 24;

    private static final int HEADER_BYTES = 32;
    private static final int MAGIC_LITTLE_ENDIAN = 0x377f0682;
    private static final int MAGIC_BIG_ENDIAN = 0x377f0683;

    private final Path file;
    private @Nullable Object identity;
    private byte[] header = {};
    private int pageSizeBytes;
    private ByteOrder checksumOrder = ByteOrder.BIG_ENDIAN;
    private int checksum1;
    private int checksum2;
    private int committedFrames;
    private int pageCount;

    /** The frame that holds a page, counted from 1, by page number; 0 where the main file has it. */
    private int[] frameOfPage = {};

    WalReader(Path file) {
        this.file = file;
    }

    /** One that looks further than {@code other}, and has no notion of where pages stand. */
    private WalReader(WalReader other) {
        file = other.file;
        identity = other.identity;
        header = other.header;
        pageSizeBytes = other.pageSizeBytes;
        checksumOrder = other.checksumOrder;
        checksum1 = other.checksum1;
        checksum2 = other.checksum2;
        committedFrames = other.committedFrames;
    }

    Path file() {
        return file;
    }

    /** Begins to follow a writer's transactions; SQLite has made the file by then. */
    void begin() throws IOException {
        identity = identity();
    }

    private @Nullable Object identity() throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    /**
     * Reads the frames that were committed since the last call.
     *
     * @return where each page stood before that was written since, {@link PageMap#IN_MAIN_FILE} or an offset in this file, by
     *     page number; empty if nothing was committed
     * @throws IOException also if the file is not the one that the writer writes to: a cleaner of temporary files may have
     *     taken it away, and what is not found here must not pass for a transaction that changed nothing
     */
    SortedMap<Integer, Long> advance() throws IOException {
        // All of it or, if reading fails, nothing.
        List<Committed> transactions = new ArrayList<>();
        read(transactions);
        SortedMap<Integer, Long> before = new TreeMap<>();
        for (Committed transaction : transactions) {
            transaction.pages.forEach(page -> before.putIfAbsent(page, walOffset(page)));
            commit(transaction);
        }
        return before;
    }

    /** Whether frames were committed since the last call of {@link #advance}, which are left for the next. */
    boolean isBehind() throws IOException {
        List<Committed> transactions = new ArrayList<>();
        new WalReader(this).read(transactions);
        return !transactions.isEmpty();
    }

    /**
     * What a transaction wrote.
     *
     * @param pages the number of the page in each of its frames
     * @param pageCount the size of the database after it
     */
    private record Committed(List<Integer> pages, int pageCount) {}

    private void read(List<Committed> transactions) throws IOException {
        if (!Objects.equals(identity, identity())) {
            throw new IOException("the -wal file was replaced by another");
        }
        if (Files.size(file) < HEADER_BYTES) {
            return;
        }
        // Not a channel, which an interrupt closes: what was committed is read by the thread of whoever committed it.
        try (RandomAccessFile wal = new RandomAccessFile(file.toFile(), "r")) {
            byte[] current = new byte[HEADER_BYTES];
            wal.readFully(current);
            if (!Arrays.equals(current, header)) {
                startOver(current);
            }
            readFrames(wal, transactions);
        }
    }

    private void startOver(byte[] newHeader) throws IOException {
        ByteBuffer fields = ByteBuffer.wrap(newHeader);
        int magic = fields.getInt(0);
        if (magic != MAGIC_LITTLE_ENDIAN && magic != MAGIC_BIG_ENDIAN) {
            throw new IOException("the -wal file does not begin with a WAL header");
        }
        header = newHeader;
        pageSizeBytes = fields.getInt(8);
        checksumOrder = magic == MAGIC_BIG_ENDIAN ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        checksum1 = fields.getInt(24);
        checksum2 = fields.getInt(28);
        committedFrames = 0;
        Arrays.fill(frameOfPage, 0);
    }

    private void readFrames(RandomAccessFile wal, List<Committed> transactions) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(FRAME_HEADER_BYTES + pageSizeBytes);
        List<Integer> uncommitted = new ArrayList<>();
        int frames = committedFrames;
        int sum1 = checksum1;
        int sum2 = checksum2;
        int committedSum1 = sum1;
        int committedSum2 = sum2;
        long available = (wal.length() - HEADER_BYTES) / frame.capacity();
        wal.seek(frameOffset(frames + 1));
        while (frames < available) {
            wal.readFully(frame.array());
            if (frame.getInt(8) != saltOfHeader(16) || frame.getInt(12) != saltOfHeader(20)) {
                break;
            }
            ByteBuffer words = frame.duplicate().order(checksumOrder);
            for (int at = 0; at < frame.capacity(); at += 8) {
                if (at == 8) {
                    at = FRAME_HEADER_BYTES;
                }
                sum1 += words.getInt(at) + sum2;
                sum2 += words.getInt(at + 4) + sum1;
            }
            if (frame.getInt(16) != sum1 || frame.getInt(20) != sum2) {
                break;
            }
            frames++;
            uncommitted.add(frame.getInt(0));
            int sizeIfCommit = frame.getInt(4);
            if (sizeIfCommit != 0) {
                transactions.add(new Committed(List.copyOf(uncommitted), sizeIfCommit));
                uncommitted.clear();
                committedSum1 = sum1;
                committedSum2 = sum2;
            }
        }
        checksum1 = committedSum1;
        checksum2 = committedSum2;
    }

    private void commit(Committed transaction) {
        int highest =
                transaction.pages.stream().mapToInt(Integer::intValue).max().orElse(0);
        if (highest >= frameOfPage.length) {
            frameOfPage = Arrays.copyOf(frameOfPage, Math.max(highest + 1, transaction.pageCount + 1));
        }
        for (int page : transaction.pages) {
            frameOfPage[page] = ++committedFrames;
        }
        pageCount = transaction.pageCount;
    }

    private int saltOfHeader(int offset) {
        return ByteBuffer.wrap(header).getInt(offset);
    }

    private long frameOffset(int frame) {
        return HEADER_BYTES + (frame - 1L) * (FRAME_HEADER_BYTES + pageSizeBytes);
    }

    /** How much of the file is in use: once all of it has been folded, SQLite writes from its beginning again. */
    long sizeBytes() {
        return frameOffset(committedFrames + 1);
    }

    /** The size of a page, as the newest commit has it. */
    int pageSizeBytes() {
        return pageSizeBytes;
    }

    /** The size of the database in pages, as the newest commit has it. */
    int pageCount() {
        return pageCount;
    }

    /** Where the newest committed content of {@code page} stands: its offset in this file, or {@link PageMap#IN_MAIN_FILE}. */
    long walOffset(int page) {
        boolean here = page < frameOfPage.length && frameOfPage[page] != 0;
        return here ? frameOffset(frameOfPage[page]) + FRAME_HEADER_BYTES : PageMap.IN_MAIN_FILE;
    }

    /** Where the newest committed content of each page stands at this moment. */
    PageMap pages() {
        long[] offsets = new long[pageCount + 1];
        for (int page = 1; page < offsets.length; page++) {
            offsets[page] = walOffset(page);
        }
        return new PageMap(pageSizeBytes, pageCount, offsets);
    }

    static void readFully(FileChannel channel, ByteBuffer target, long position) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int read = channel.read(target, at);
            if (read < 0) {
                throw new IOException("the file ends before offset " + (at + target.remaining()));
            }
            at += read;
        }
    }
}
