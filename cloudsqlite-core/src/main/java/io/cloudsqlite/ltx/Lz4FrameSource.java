package io.cloudsqlite.ltx;

import java.io.IOException;
import java.io.InputStream;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.xxhash.XXHashFactory;
import org.jspecify.annotations.Nullable;

/**
 * The stream with one page as an LZ4 frame (version 1.6 of the frame format), as older writers of LTX files made it. A frame
 * knows its own end, so this counts what is read, and bounds it: a frame may have any number of empty blocks and be preceded
 * by others that are to be skipped. It also remembers whether the stream failed, which LZ4's exceptions do not tell from bad
 * content.
 *
 * <p>LZ4's reader takes at most 4 MiB of memory, and only for a frame that claims blocks of that size. Its checksum of the
 * content is the only place where a native library or {@code sun.misc.Unsafe} may come in; nothing that we write gets here.
 */
final class Lz4FrameSource extends InputStream {

    /** More than the header, the end mark, all checksums, and the sizes of some blocks. */
    private static final int MAX_OVERHEAD_BYTES = 128;

    private final InputStream in;
    private final int maxBytes;
    private int bytesRead;
    private @Nullable IOException failure;

    Lz4FrameSource(InputStream in, int pageSizeBytes) {
        this.in = in;
        maxBytes = LZ4Factory.safeInstance().fastCompressor().maxCompressedLength(pageSizeBytes) + MAX_OVERHEAD_BYTES;
    }

    /** @throws IOException also if the frame is not valid or does not hold exactly one page */
    void readPage(byte[] page) throws IOException {
        var decompressor = LZ4Factory.safeInstance().safeDecompressor();
        var checksum = XXHashFactory.safeInstance().hash32();
        try (LZ4FrameInputStream frame = new LZ4FrameInputStream(this, decompressor, checksum, true)) {
            int pageBytes = frame.readNBytes(page, 0, page.length);
            if (pageBytes < page.length) {
                throw new IOException("it holds " + pageBytes + " bytes where a page has " + page.length);
            }
            // This also reads the end mark and the checksum of the content.
            if (frame.read() >= 0) {
                throw new IOException("it holds more than the " + page.length + " bytes of a page");
            }
        }
    }

    int bytesRead() {
        return bytesRead;
    }

    /** Throws what the stream threw, if it did. */
    void throwFailure() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        int read = read(single, 0, 1);
        return read < 0 ? -1 : Byte.toUnsignedInt(single[0]);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length > 0 && bytesRead == maxBytes) {
            throw new IOException("it has more than " + maxBytes + " bytes");
        }
        int read;
        try {
            read = in.read(target, offset, Math.min(length, maxBytes - bytesRead));
        } catch (IOException e) {
            failure = e;
            throw e;
        }
        bytesRead += Math.max(read, 0);
        return read;
    }
}
