package io.cloudsqlite.format;

import io.cloudsqlite.format.Manifest.Segment;
import io.cloudsqlite.ltx.LtxReader;
import io.cloudsqlite.store.GetOutcome;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import java.util.OptionalLong;
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
     * @throws SplitCommitException if a commit of the segment is wanted in part; of it the sink has got nothing
     */
    void read(GetOutcome.Found object, long afterTxid, long upToTxid, PageSink sink)
            throws IOException, SplitCommitException {
        CRC32C crc = new CRC32C();
        CountingInputStream in = new CountingInputStream(new CheckedInputStream(object.body(), crc));
        Optional<SplitCommitException> split = Optional.empty();
        try (ZipInputStream zip = new ZipInputStream(in)) {
            long at = segment.fromTxid() - 1;
            while (at < segment.toTxid()) {
                long from = at + 1;
                at = lastOf(nextEntry(zip), from);
                if (split.isEmpty()) {
                    split = SplitCommitException.check(from, at, afterTxid, upToTxid);
                }
                if (split.isEmpty() && at > afterTxid && from <= upToTxid) {
                    readCommit(zip, from, at, pageSizeBytes, sink);
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
        // Not before: a name that is damaged says nothing.
        if (split.isPresent()) {
            throw split.get();
        }
    }

    private long lastOf(@Nullable ZipEntry entry, long fromTxid) throws DamagedException {
        OptionalLong last = entry == null ? OptionalLong.empty() : LogKeys.lastOfEntry(entry.getName(), fromTxid);
        if (last.isEmpty() || last.getAsLong() > segment.toTxid()) {
            throw new DamagedException("transaction " + fromTxid + " is not where it should be");
        }
        return last.getAsLong();
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

    /** Gives {@code sink} the one commit of an LTX file, whether that lies in a segment or in a tail. */
    static void readCommit(InputStream in, long fromTxid, long toTxid, int pageSizeBytes, PageSink sink)
            throws IOException {
        CountingInputStream counting = new CountingInputStream(in);
        LtxReader ltx = new LtxReader(counting);
        if (ltx.header().minTxid() != fromTxid
                || ltx.header().maxTxid() != toTxid
                || ltx.header().pageSizeBytes() != pageSizeBytes) {
            throw new DamagedException("there is another transaction in the place of " + fromTxid);
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
