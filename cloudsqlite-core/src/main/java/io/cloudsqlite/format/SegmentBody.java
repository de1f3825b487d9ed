package io.cloudsqlite.format;

import io.cloudsqlite.copy.Change;
import io.cloudsqlite.copy.PageCursor;
import io.cloudsqlite.ltx.LtxHeader;
import io.cloudsqlite.ltx.LtxWriter;
import io.cloudsqlite.store.BlobBody;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A segment on its way into the store: the commits of the tail and the one that comes after them, as a zip archive with one LTX
 * file each. Nothing but one page at a time is held in memory of the last, however large it is: it is encoded anew
 * each time that the body is read, to the same bytes.
 */
final class SegmentBody implements BlobBody {

    private final List<Manifest.Entry> tail;
    private final LtxHeader header;
    private final Change change;
    private final long sizeBytes;
    private final int crc32c;

    /**
     * Encodes the segment once, to learn its size and checksum.
     *
     * @param header the header of the last commit's LTX file
     * @param change what that commit changed
     */
    SegmentBody(List<Manifest.Entry> tail, LtxHeader header, Change change) throws IOException {
        this.tail = tail;
        this.header = header;
        this.change = change;
        CRC32C crc = new CRC32C();
        byte[] buffer = new byte[1 << 16];
        long size = 0;
        try (InputStream in = open()) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                crc.update(buffer, 0, read);
                size += read;
            }
        }
        sizeBytes = size;
        crc32c = (int) crc.getValue();
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    int crc32c() {
        return crc32c;
    }

    @Override
    public InputStream open() throws IOException {
        return new Encoding(change.openPages());
    }

    /** Encodes one page after the other, as the bytes are read. */
    private final class Encoding extends InputStream {

        private final Buffer buffer = new Buffer();
        private final SegmentWriter segment = new SegmentWriter(buffer);
        private final Iterator<Manifest.Entry> entries = tail.iterator();
        private final PageCursor pages;
        private @Nullable LtxWriter ltx;
        private boolean finished;

        Encoding(PageCursor pages) {
            this.pages = pages;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, target.length);
            while (buffer.isDrained() && !finished) {
                encodeMore();
            }
            return buffer.drain(target, offset, length);
        }

        private void encodeMore() throws IOException {
            if (entries.hasNext()) {
                segment.add(entries.next());
            } else if (ltx == null) {
                segment.begin(LogKeys.entry(header.minTxid(), header.maxTxid()));
                ltx = new LtxWriter(segment.entry(), header);
            } else if (pages.next()) {
                ltx.write(pages.number(), pages.bytes());
            } else {
                ltx.finish();
                segment.end();
                segment.finish();
                finished = true;
            }
        }

        @Override
        public void close() throws IOException {
            try (pages) {
                segment.close();
            }
        }
    }

    /** What has been encoded and not been read yet. */
    private static final class Buffer extends ByteArrayOutputStream {

        private int drained;

        boolean isDrained() {
            return drained == count;
        }

        int drain(byte[] target, int offset, int length) {
            if (length == 0) {
                return 0;
            }
            if (isDrained()) {
                return -1;
            }
            int taken = Math.min(length, count - drained);
            System.arraycopy(buf, drained, target, offset, taken);
            drained += taken;
            if (isDrained()) {
                reset();
                drained = 0;
            }
            return taken;
        }
    }
}
