package io.cloudsqlite.ltx;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.jspecify.annotations.Nullable;

/**
 * Reads one LTX file, page by page, and verifies all of it; see {@link LtxHeader} for an example.
 *
 * <p>It reads what the reference library writes too: pages as LZ4 frames, and checksums of the database. Of those, a
 * snapshot's is verified; an increment's would need the database.
 *
 * <p>Only when {@link #next()} has answered {@code false} is anything known to be good. Exactly the file's bytes have been
 * taken from the stream then, which may go on: it can be an entry of an archive. It is read in small pieces; one over a
 * network or a file wants a buffer. Memory: one page, its compressed form, and about eight bytes for each page read,
 * whatever the file claims about itself.
 *
 * <p>Used by one thread. It does not close the stream.
 */
public final class LtxReader {

    /** Pure Java, as in {@link LtxWriter}, and it checks every index. */
    private static final LZ4Factory LZ4 = LZ4Factory.safeInstance();

    private enum State {
        BEFORE_PAGE,
        ON_PAGE,
        AT_END,
        FAILED
    }

    private final InputStream in;
    private final byte[] prefix = new byte[LtxFormat.BLOCK_PREFIX_BYTES];
    private final Crc64 fileCrc = new Crc64();
    private final LZ4SafeDecompressor decompressor = LZ4.safeDecompressor();
    private final PageIndex index = new PageIndex();
    private final LtxHeader header;
    private final boolean hasDatabaseChecksums;
    private final PageOrder order;
    private final Crc64 pageCrc = new Crc64();
    private final byte[] page;
    private final byte[] block;

    private State state = State.BEFORE_PAGE;
    private long position;
    private int pageNumber;
    private long databaseChecksum;

    /**
     * Reads the header.
     *
     * @throws CorruptLtxException if the stream does not begin with the header of an LTX file, or with one that is beyond
     *     us: a database of no pages or of 2<sup>31</sup> or more, a TXID of 2<sup>63</sup> or more
     * @throws IOException if the stream throws it
     */
    public LtxReader(InputStream in) throws IOException {
        this.in = in;
        byte[] bytes = new byte[LtxFormat.HEADER_BYTES];
        readFully(bytes, 0, bytes.length, "the header");
        fileCrc.update(bytes);
        ByteBuffer fields = ByteBuffer.wrap(bytes);
        header = header(fields);
        hasDatabaseChecksums = hasDatabaseChecksums(fields);
        order = new PageOrder(header);
        page = new byte[header.pageSizeBytes()];
        block = new byte[LZ4.fastCompressor().maxCompressedLength(page.length)];
    }

    /** What the file says about itself; to be believed when {@link #next()} has answered {@code false}. */
    public LtxHeader header() {
        return header;
    }

    /**
     * Moves to the next page.
     *
     * @return whether there is one; if not, the whole file has been verified
     * @throws CorruptLtxException if the file is not valid, or ends too early; the pages so far must not be used
     * @throws IOException if the stream throws it, which says nothing about the file
     * @throws IllegalStateException if this method has thrown before
     */
    public boolean next() throws IOException {
        if (state == State.FAILED) {
            throw new IllegalStateException("reading this file has failed before");
        }
        if (state == State.AT_END) {
            return false;
        }
        state = State.FAILED;
        boolean isPage = readFrame();
        state = isPage ? State.ON_PAGE : State.AT_END;
        return isPage;
    }

    /**
     * The number of the page, from 1.
     *
     * @throws IllegalStateException if the last call of {@link #next()} did not answer {@code true}
     */
    public int pageNumber() {
        requirePage();
        return pageNumber;
    }

    /**
     * The content of the page. The array belongs to the reader: the next call of {@link #next()} overwrites it.
     *
     * @throws IllegalStateException if the last call of {@link #next()} did not answer {@code true}
     */
    public byte[] page() {
        requirePage();
        return page;
    }

    private void requirePage() {
        if (state != State.ON_PAGE) {
            throw new IllegalStateException("there is a page only after next() has answered true");
        }
    }

    private static LtxHeader header(ByteBuffer fields) throws CorruptLtxException {
        if (fields.getInt(0) != LtxFormat.MAGIC) {
            throw new CorruptLtxException("the bytes are not an LTX file: they do not begin with LTX1");
        }
        long commitPages = Integer.toUnsignedLong(fields.getInt(12));
        if (commitPages > Integer.MAX_VALUE) {
            throw new CorruptLtxException(
                    "the database has " + commitPages + " pages where " + Integer.MAX_VALUE + " are possible");
        }
        try {
            return new LtxHeader(
                    fields.getInt(8),
                    (int) commitPages,
                    fields.getLong(16),
                    fields.getLong(24),
                    Instant.ofEpochMilli(fields.getLong(32)));
        } catch (IllegalArgumentException e) {
            throw new CorruptLtxException("the header is not valid: " + e.getMessage(), e);
        }
    }

    /** Also verifies the fields that we do not keep. */
    private static boolean hasDatabaseChecksums(ByteBuffer fields) throws CorruptLtxException {
        int flags = fields.getInt(4);
        if (flags != 0 && flags != LtxFormat.FLAG_NO_DATABASE_CHECKSUMS) {
            throw new CorruptLtxException("the header has unknown flags: 0x" + Integer.toHexString(flags));
        }
        boolean isSnapshot = fields.getLong(16) == 1;
        verifyDatabaseChecksum("before", fields.getLong(40), flags == 0 && !isSnapshot);
        long walOffset = fields.getLong(48);
        long walSizeBytes = fields.getLong(56);
        long salts = fields.getLong(64);
        if (walOffset < 0 || walSizeBytes < 0 || (walOffset == 0 && (walSizeBytes != 0 || salts != 0))) {
            throw new CorruptLtxException("the header names an impossible place in a -wal file: offset " + walOffset
                    + ", " + walSizeBytes + " bytes, salts " + Long.toHexString(salts));
        }
        return flags == 0;
    }

    private static void verifyDatabaseChecksum(String when, long checksum, boolean wanted) throws CorruptLtxException {
        if (wanted ? (checksum & LtxFormat.CHECKSUM_FLAG) == 0 : checksum != 0) {
            throw new CorruptLtxException("the checksum of the database " + when + " is " + Long.toHexString(checksum)
                    + " where this file " + (wanted ? "needs one, with the highest bit set" : "has none"));
        }
    }

    /** Reads a frame or, if there is none, the rest of the file. */
    private boolean readFrame() throws IOException {
        long frameOffset = position;
        readFully(prefix, 0, LtxFormat.FRAME_PREFIX_BYTES, "a frame's page number");
        fileCrc.update(prefix, 0, LtxFormat.FRAME_PREFIX_BYTES);
        ByteBuffer fields = ByteBuffer.wrap(prefix);
        pageNumber = fields.getInt(0);
        short flags = fields.getShort(4);
        if (pageNumber == 0 && flags == 0) {
            readRest();
            return false;
        }
        throwIfPresent(order.accept(pageNumber));
        switch (flags) {
            case LtxFormat.FRAME_HAS_BLOCK_SIZE -> readBlock();
            case 0 -> readLz4Frame();
            default ->
                throw corruptPage(
                        "its frame has unknown flags: 0x" + Integer.toHexString(Short.toUnsignedInt(flags)), null);
        }
        fileCrc.update(page);
        if (hasDatabaseChecksums) {
            pageCrc.reset();
            pageCrc.update(prefix, 0, Integer.BYTES);
            pageCrc.update(page);
            databaseChecksum ^= pageCrc.value();
        }
        index.add(pageNumber, frameOffset, (int) (position - frameOffset));
        return true;
    }

    private void readBlock() throws IOException {
        readFully(prefix, LtxFormat.FRAME_PREFIX_BYTES, Integer.BYTES, "the size of a page's block");
        fileCrc.update(prefix, LtxFormat.FRAME_PREFIX_BYTES, Integer.BYTES);
        int blockBytes = ByteBuffer.wrap(prefix).getInt(LtxFormat.FRAME_PREFIX_BYTES);
        if (blockBytes < 1 || blockBytes > block.length) {
            throw corruptPage(
                    "its block has " + Integer.toUnsignedString(blockBytes) + " bytes where 1 to " + block.length
                            + " are possible",
                    null);
        }
        readFully(block, 0, blockBytes, "the block of page " + pageNumber);
        int pageBytes;
        try {
            pageBytes = decompressor.decompress(block, 0, blockBytes, page, 0, page.length);
        } catch (LZ4Exception e) {
            throw corruptPage("its block is not one of LZ4, or holds more than a page", e);
        }
        if (pageBytes != page.length) {
            throw corruptPage("its block holds " + pageBytes + " bytes where a page has " + page.length, null);
        }
    }

    private void readLz4Frame() throws IOException {
        Lz4FrameSource source = new Lz4FrameSource(in, page.length);
        try {
            source.readPage(page);
        } catch (IOException e) {
            source.throwFailure();
            throw corruptPage("its LZ4 frame is not valid", e);
        }
        position += source.bytesRead();
    }

    private void readRest() throws IOException {
        throwIfPresent(order.end());
        index.end();
        for (int at = 0; at < index.sizeBytes(); ) {
            int length = Math.min(block.length, index.sizeBytes() - at);
            readFully(block, 0, length, "the page index");
            int mismatch = Arrays.mismatch(block, 0, length, index.bytes(), at, at + length);
            if (mismatch >= 0) {
                throw new CorruptLtxException("the page index does not match the pages, at offset "
                        + (position - length + mismatch) + " of the file");
            }
            at += length;
        }
        fileCrc.update(index.bytes(), 0, index.sizeBytes());

        readFully(block, 0, LtxFormat.TRAILER_BYTES, "the trailer");
        fileCrc.update(block, 0, Long.BYTES);
        ByteBuffer trailer = ByteBuffer.wrap(block);
        long expected = trailer.getLong(Long.BYTES);
        long actual = LtxFormat.CHECKSUM_FLAG | fileCrc.value();
        if (expected != actual) {
            throw new CorruptLtxException("the file's checksum is " + Long.toHexString(actual)
                    + " where its trailer says " + Long.toHexString(expected));
        }
        long databaseExpected = trailer.getLong(0);
        verifyDatabaseChecksum("after", databaseExpected, hasDatabaseChecksums);
        long databaseActual = LtxFormat.CHECKSUM_FLAG | databaseChecksum;
        if (hasDatabaseChecksums && header.isSnapshot() && databaseExpected != databaseActual) {
            throw new CorruptLtxException("the database's checksum is " + Long.toHexString(databaseActual)
                    + " where the trailer says " + Long.toHexString(databaseExpected));
        }
    }

    private void readFully(byte[] target, int offset, int length, String what) throws IOException {
        int read = in.readNBytes(target, offset, length);
        position += read;
        if (read < length) {
            throw new CorruptLtxException("the file ends after " + position + " bytes, within " + what);
        }
    }

    private static void throwIfPresent(Optional<String> problem) throws CorruptLtxException {
        if (problem.isPresent()) {
            throw new CorruptLtxException("the pages are not those of a valid file: " + problem.get());
        }
    }

    private CorruptLtxException corruptPage(String problem, @Nullable Throwable cause) {
        return new CorruptLtxException("page " + pageNumber + " is damaged: " + problem, cause);
    }
}
