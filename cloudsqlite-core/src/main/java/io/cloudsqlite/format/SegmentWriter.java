package io.cloudsqlite.format;

import java.io.IOException;
import java.io.OutputStream;
import java.time.LocalDateTime;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes a segment: a zip archive with one LTX file for each commit. The same commits give the same bytes. */
final class SegmentWriter implements AutoCloseable {

    /** Zip archives must have dates. */
    private static final LocalDateTime DATE = LocalDateTime.of(1980, 1, 1, 0, 0);

    private final ZipOutputStream zip;

    SegmentWriter(OutputStream out) {
        zip = new ZipOutputStream(out);
        // LZ4 has compressed the pages already.
        zip.setLevel(Deflater.NO_COMPRESSION);
    }

    /** Adds a commit that has been encoded. */
    void add(Manifest.Entry entry) throws IOException {
        begin(LogKeys.entry(entry.fromTxid(), entry.txid()));
        zip.write(entry.ltx());
        end();
    }

    /** Begins a commit's entry, whose name is an LTX file's. */
    void begin(String name) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTimeLocal(DATE);
        zip.putNextEntry(entry);
    }

    /** Where the bytes of the entry go. */
    OutputStream entry() {
        return zip;
    }

    void end() throws IOException {
        zip.closeEntry();
    }

    /** Ends the archive. */
    void finish() throws IOException {
        zip.finish();
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
