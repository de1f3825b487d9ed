package io.cloudsqlite.ltx;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;

/**
 * Writes one LTX file, page by page; see {@link LtxHeader} for an example.
 *
 * <p>The same header and pages give the same bytes, on every machine. It holds one compressed page and about eight bytes
 * for each page written. It writes each page in one piece, so that the stream needs no buffer, and leaves flushing and
 * closing to the caller.
 *
 * <p>Used by one thread. After an {@link IOException} the file cannot be completed: what was written is to be thrown away.
 */
public final class LtxWriter {

    /** Pure Java: a native library would have to be unpacked by each cold start. */
    private static final LZ4Compressor COMPRESSOR = LZ4Factory.safeInstance().fastCompressor();

    private final OutputStream out;
    private final LtxHeader header;
    private final PageOrder order;
    private final Crc64 fileCrc = new Crc64();
    private final PageIndex index = new PageIndex();

    /** A frame; also the header and the trailer, which are smaller. */
    private final byte[] buffer;

    private final ByteBuffer fields;
    private long position;
    private boolean usable;

    /**
     * Writes the header.
     *
     * @throws IOException if the stream throws it
     */
    public LtxWriter(OutputStream out, LtxHeader header) throws IOException {
        this.out = out;
        this.header = header;
        order = new PageOrder(header);
        buffer = new byte[LtxFormat.BLOCK_PREFIX_BYTES + COMPRESSOR.maxCompressedLength(header.pageSizeBytes())];
        fields = ByteBuffer.wrap(buffer);
        fields.putInt(0, LtxFormat.MAGIC)
                .putInt(4, LtxFormat.FLAG_NO_DATABASE_CHECKSUMS)
                .putInt(8, header.pageSizeBytes())
                .putInt(12, header.commitPages())
                .putLong(16, header.minTxid())
                .putLong(24, header.maxTxid())
                .putLong(32, header.timestamp().toEpochMilli());
        fileCrc.update(buffer, 0, LtxFormat.HEADER_BYTES);
        writeBuffer(LtxFormat.HEADER_BYTES);
        usable = true;
    }

    /**
     * Writes a page. In a snapshot every page follows the one before it, but for the lock page, which is left out; in any
     * other file a page has a higher number than the one before it.
     *
     * @param page its number, from 1 to the header's {@code commitPages}
     * @param bytes all of its content; not kept
     * @throws IllegalArgumentException if the page may not come now, or its size is not the header's; nothing was written,
     *     and the file can go on
     * @throws IOException if the stream throws it
     */
    public void write(int page, byte[] bytes) throws IOException {
        requireUsable();
        if (bytes.length != header.pageSizeBytes()) {
            throw new IllegalArgumentException(
                    "page " + page + " has " + bytes.length + " bytes where pages have " + header.pageSizeBytes());
        }
        order.accept(page).ifPresent(problem -> {
            throw new IllegalArgumentException(problem);
        });
        usable = false;
        int block = LtxFormat.BLOCK_PREFIX_BYTES;
        int blockBytes = COMPRESSOR.compress(bytes, 0, bytes.length, buffer, block, buffer.length - block);
        fields.putInt(0, page).putShort(4, LtxFormat.FRAME_HAS_BLOCK_SIZE).putInt(6, blockBytes);
        fileCrc.update(buffer, 0, block);
        fileCrc.update(bytes);
        index.add(page, position, block + blockBytes);
        writeBuffer(block + blockBytes);
        usable = true;
    }

    /**
     * Writes what follows the last page; the file is complete then. A file without pages is legal unless it is a snapshot.
     *
     * @throws IllegalStateException if pages of a snapshot are missing
     * @throws IOException if the stream throws it
     */
    public void finish() throws IOException {
        requireUsable();
        order.end().ifPresent(problem -> {
            throw new IllegalStateException(problem);
        });
        usable = false;
        int terminator = LtxFormat.FRAME_PREFIX_BYTES;
        fields.putInt(0, 0).putShort(4, (short) 0);
        fileCrc.update(buffer, 0, terminator);
        writeBuffer(terminator);

        index.end();
        fileCrc.update(index.bytes(), 0, index.sizeBytes());
        out.write(index.bytes(), 0, index.sizeBytes());

        fields.putLong(0, 0);
        fileCrc.update(buffer, 0, Long.BYTES);
        fields.putLong(Long.BYTES, LtxFormat.CHECKSUM_FLAG | fileCrc.value());
        writeBuffer(LtxFormat.TRAILER_BYTES);
    }

    private void requireUsable() {
        if (!usable) {
            throw new IllegalStateException("the file is finished, or writing it has failed");
        }
    }

    private void writeBuffer(int length) throws IOException {
        out.write(buffer, 0, length);
        position += length;
    }
}
