package io.cloudsqlite.format;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.format.Manifest.Entry;
import io.cloudsqlite.format.Manifest.Segment;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.time.Deadline;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Segments that are put beside a commit, with the tail that its manifest has, for the next commit of this process to name in the
 * place of that tail. So nobody waits for two requests in turn: what a manifest names is in the store, and until it is, the
 * pages lie in the tail. A segment that comes too late, or never, is missed by nobody, and is garbage.
 *
 * <p>Safe for use by many threads.
 */
final class TailSegments {

    private static final Logger log = LoggerFactory.getLogger(TailSegments.class);

    private static final int MAX_DATABASES = 1_000;

    private final LogObjects objects;
    private final Executor executor;
    private final RandomGenerator random;
    private final Map<DatabaseName, Stored> oldestFirst = new LinkedHashMap<>();

    /** @param executor puts the segments; one that runs nothing, or all at once, merely makes commits slower */
    TailSegments(LogObjects objects, Executor executor, RandomGenerator random) {
        this.objects = objects;
        this.executor = executor;
        this.random = random;
    }

    /**
     * A segment that is in the store.
     *
     * @param commit the last commit that it holds
     * @param collections how often garbage had been collected before it was put: the next collection may take it for garbage
     */
    private record Stored(Segment segment, CommitId commit, long collections) {

        /** Whether all that it holds is the beginning of the manifest's tail. */
        boolean isBeginningOfTail(Manifest manifest) {
            // A manifest that remembers the commit has come from the one whose tail it was. Others may have made a segment,
            // or a base, of it since.
            return manifest.recentCommits().contains(commit)
                    && manifest.collections() == collections
                    && !manifest.tail().isEmpty()
                    && manifest.tail().get(0).fromTxid() == segment.fromTxid()
                    && manifest.timestampOf(segment.toTxid()).equals(segment.timestamp());
        }
    }

    /** Begins to put the tail of a manifest as a segment. */
    void put(DatabaseName database, Manifest manifest, Deadline deadline) {
        CommitId id = CommitId.next(random);
        try {
            executor.execute(() -> {
                try {
                    Segment segment = put(database, manifest.tail(), id, new Operation(deadline));
                    add(database, new Stored(segment, manifest.recentCommits().get(0), manifest.collections()));
                } catch (RuntimeException e) {
                    log.debug("db={} no segment was put beside a commit: {}", database, e.toString());
                }
            });
        } catch (RejectedExecutionException e) {
            log.debug("db={} no segment is put beside a commit: {}", database, e.toString());
        }
    }

    private Segment put(DatabaseName database, List<Entry> tail, CommitId id, Operation operation) {
        byte[] bytes = encode(tail);
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        Entry last = tail.get(tail.size() - 1);
        long from = tail.get(0).fromTxid();
        String key = LogKeys.segment(from, last.txid(), id);
        objects.putNew(database, key, BlobBody.of(bytes), operation);
        return new Segment(
                key, from, last.txid(), last.timestamp(), bytes.length, (int) crc.getValue(), last.checksum());
    }

    private static byte[] encode(List<Entry> tail) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (SegmentWriter writer = new SegmentWriter(bytes)) {
            for (Entry entry : tail) {
                writer.add(entry);
            }
        } catch (IOException e) {
            throw new IllegalStateException("an array takes all that is written", e);
        }
        return bytes.toByteArray();
    }

    private synchronized void add(DatabaseName database, Stored stored) {
        oldestFirst.remove(database);
        oldestFirst.put(database, stored);
        if (oldestFirst.size() > MAX_DATABASES) {
            oldestFirst.remove(oldestFirst.keySet().iterator().next());
        }
    }

    /** The same database, with a segment that is in the store in the place of the beginning of the tail, if there is one. */
    synchronized Manifest nameIn(DatabaseName database, Manifest manifest) {
        Stored stored = oldestFirst.get(database);
        return stored != null && stored.isBeginningOfTail(manifest) ? manifest.flushed(stored.segment()) : manifest;
    }
}
