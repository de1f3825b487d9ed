package io.cloudsqlite.format;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.format.LogObjects.DeletedException;
import io.cloudsqlite.format.Manifest.Segment;
import io.cloudsqlite.store.BlobBody;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.zip.CRC32C;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Several small segments on their way to becoming one, with the same transactions in it. Sizes grow in steps, so that each
 * transaction is copied twice at the most. Used by one thread.
 */
final class SegmentMerge {

    /** Segments up to these sizes are merged with their like, if there are enough of them. */
    private static final long[] SIZES_BYTES = {256 << 10, 2 << 20};

    private static final int MAX_MERGED = 16;

    private final LogObjects objects;
    private final DatabaseName database;
    private final Segment first;
    private final Segment last;
    private final byte[] bytes;
    private @Nullable Segment segment;
    private long collectionsBefore;

    private SegmentMerge(LogObjects objects, DatabaseName database, List<Segment> run, byte[] bytes) {
        this.objects = objects;
        this.database = database;
        this.first = run.get(0);
        this.last = run.get(run.size() - 1);
        this.bytes = bytes;
    }

    /** Reads the segments {@code run}, which follow on one another. */
    static SegmentMerge of(LogObjects objects, DatabaseName database, List<Segment> run, Operation operation)
            throws DeletedException {
        ByteArrayOutputStream merged = new ByteArrayOutputStream();
        try (SegmentWriter writer = new SegmentWriter(merged)) {
            for (Segment part : run) {
                byte[] read = objects.getSegment(database, part, operation);
                try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(read))) {
                    for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                        writer.begin(entry.getName());
                        zip.transferTo(writer.entry());
                        writer.end();
                    }
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("segments that have their checksums are archives", e);
        }
        return new SegmentMerge(objects, database, run, merged.toByteArray());
    }

    /**
     * The first segments that are worth merging; empty if none are.
     *
     * @param minMerged how many of the smallest must follow on one another; of larger ones, twice as many
     */
    static List<Segment> find(List<Segment> segments, int minMerged) {
        for (int step = 0; step < SIZES_BYTES.length; step++) {
            int enough = Math.min(MAX_MERGED, minMerged << step);
            int from = 0;
            for (int at = 0; at <= segments.size(); at++) {
                boolean isSmall = at < segments.size() && segments.get(at).sizeBytes() <= SIZES_BYTES[step];
                if (at - from == MAX_MERGED || (!isSmall && at - from >= enough)) {
                    return List.copyOf(segments.subList(from, at));
                }
                if (!isSmall) {
                    from = at + 1;
                }
            }
        }
        return List.of();
    }

    /**
     * Puts the merged segment, and puts it again under another key if garbage was collected since, for the collector may have
     * taken it.
     */
    Segment put(long collections, CommitId id, Operation operation) {
        Segment own = segment;
        if (own == null || collections != collectionsBefore) {
            CRC32C crc = new CRC32C();
            crc.update(bytes);
            String key = LogKeys.segment(first.fromTxid(), last.toTxid(), id);
            objects.putNew(database, key, BlobBody.of(bytes), operation);
            own = new Segment(
                    key,
                    first.fromTxid(),
                    last.toTxid(),
                    last.timestamp(),
                    bytes.length,
                    (int) crc.getValue(),
                    last.checksum());
            segment = own;
            collectionsBefore = collections;
        }
        return own;
    }
}
