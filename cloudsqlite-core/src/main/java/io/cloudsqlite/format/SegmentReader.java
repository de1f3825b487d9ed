package io.cloudsqlite.format;

import io.cloudsqlite.format.Manifest.Segment;
import io.cloudsqlite.ltx.LtxReader;
import io.cloudsqlite.store.GetOutcome;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;

/** Reads what {@link SegmentWriter} wrote, and proves that it is what the manifest names. Used by one thread. */
final class SegmentReader {

    private final Segment segment;
    private final int pageSizeBytes;

    SegmentReader(Segment segment, int pageSizeBytes) {
        this.segment = segment;
        this.pageSizeBytes = pageSizeBytes;
    }

    /**
     * Gives {@code sink} the transactions that come after one and up to another. They are proved to be sound only when this
     * returns.
     *
     * @param object the segment's, whose body is read to its end
     * @throws IOException if a transfer breaks off, or the bytes are not those of the segment
     */
    void read(GetOutcome.Found object, long afterTxid, long upToTxid, PageSink sink) throws IOException {
        CRC32C crc = new CRC32C();
        CountingInputStream in = new CountingInputStream(new CheckedInputStream(object.body(), crc));
        try (ZipInputStream zip = new ZipInputStream(in)) {
            for (long txid = segment.fromTxid(); txid <= segment.toTxid(); txid++) {
                ZipEntry entry = nextEntry(zip);
                if (entry == null || !entry.getName().equals(LogKeys.entry(txid))) {
                    throw new DamagedException("transaction " + txid + " is not where it should be");
                }
                if (txid > afterTxid && txid <= upToTxid) {
                    readTransaction(zip, txid, pageSizeBytes, sink);
                }
            }
            if (nextEntry(zip) != null) {
                throw new DamagedException("there is more in it than transactions up to " + segment.toTxid());
            }
            // The archive's directory, which a stream of its entries does not read.
            in.transferTo(OutputStream.nullOutputStream());
        }
        RepeatedReads.requireWhole(in.count, object);
        requireChecksum(segment, crc);
    }

    /** @throws DamagedException if {@code crc}, which has seen all of the segment's bytes, is not the segment's */
    static void requireChecksum(Segment segment, CRC32C crc) throws DamagedException {
        if ((int) crc.getValue() != segment.crc32c()) {
            throw new DamagedException("it does not have its checksum");
        }
    }

    private static @Nullable ZipEntry nextEntry(ZipInputStream zip) throws IOException {
        try {
            return zip.getNextEntry();
        } catch (IllegalArgumentException e) {
            // So the JDK says that a name is not UTF-8.
            throw new DamagedException("it has an entry whose name is not text");
        }
    }

    /** Gives {@code sink} the one transaction of an LTX file, whether that lies in a segment or in a tail. */
    static void readTransaction(InputStream in, long txid, int pageSizeBytes, PageSink sink) throws IOException {
        CountingInputStream counting = new CountingInputStream(in);
        LtxReader ltx = new LtxReader(counting);
        if (ltx.header().minTxid() != txid
                || ltx.header().maxTxid() != txid
                || ltx.header().pageSizeBytes() != pageSizeBytes) {
            throw new DamagedException("there is another transaction in the place of " + txid);
        }
        sink.begin(ltx.header());
        while (ltx.next()) {
            sink.page(ltx.pageNumber(), ltx.page());
        }
        sink.end(ltx.header().commitPages(), counting.count);
    }

    private static final class CountingInputStream extends FilterInputStream {

        private long count;

        CountingInputStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            count += read < 0 ? 0 : 1;
            return read;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            count += Math.max(0, read);
            return read;
        }
    }
}
