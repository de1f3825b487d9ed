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
 * Segments that are in the store and that no manifest names yet. Each holds what the newest manifest has elsewhere, in its tail
 * or in smaller segments; the next commit of this process names it in their place. So no commit waits for two puts in turn, and
 * none loses its condition to a manifest that says the same in other words. Nobody misses a segment that comes too late: it is
 * garbage.
 *
 * <p>Safe for use by many threads.
 */
final class SpareSegments {

    private static final Logger log = LoggerFactory.getLogger(SpareSegments.class);

    private static final int MAX_DATABASES = 1_000;

    private final LogObjects objects;
    private final Executor executor;
    private final RandomGenerator random;
    private final Map<DatabaseName, Tail> tails = new LinkedHashMap<>();
    private final Map<DatabaseName, Merged> merges = new LinkedHashMap<>();

    /** @param executor puts the tails; one that runs nothing, or all at once, merely makes commits slower */
    SpareSegments(LogObjects objects, Executor executor, RandomGenerator random) {
        this.objects = objects;
        this.executor = executor;
        this.random = random;
    }

    /**
     * What was the tail of a manifest.
     *
     * @param commit the newest of its commits
     * @param collections how often garbage had been collected: who collects it once more may take the segment
     */
    private record Tail(Segment segment, CommitId commit, long collections) {

        Manifest nameIn(Manifest manifest) {
            return isBeginningOfTailOf(manifest) && manifest.collections() == collections
                    ? manifest.flushed(segment)
                    : manifest;
        }

        /**
         * A manifest that remembers the commit came from the one whose tail it was. Since then others may have made a segment of
         * it, or a base.
         */
        private boolean isBeginningOfTailOf(Manifest manifest) {
            return manifest.recentCommits().contains(commit)
                    && !manifest.tail().isEmpty()
                    && manifest.tail().get(0).fromTxid() == segment.fromTxid()
                    && manifest.tail().stream().anyMatch(this::isLast);
        }

        private boolean isLast(Entry entry) {
            return entry.txid() == segment.toTxid()
                    && entry.timestamp().equals(segment.timestamp())
                    && entry.checksum().equals(segment.checksum());
        }
    }

    /**
     * What was in several segments that follow on one another.
     *
     * @param collections see {@link Tail}
     */
    private record Merged(Segment segment, List<Segment> run, long collections) {

        Manifest nameIn(Manifest manifest) {
            return manifest.segments().containsAll(run) && manifest.collections() == collections
                    ? manifest.merged(run, segment)
                    : manifest;
        }
    }

    /** The same database, with the spare segments named that may be; no request is made for it. */
    synchronized Manifest nameIn(DatabaseName database, Manifest manifest) {
        Tail tail = tails.get(database);
        Merged merged = merges.get(database);
        Manifest flushed = tail == null ? manifest : tail.nameIn(manifest);
        return merged == null ? flushed : merged.nameIn(flushed);
    }

    /** Keeps a segment with all that is in {@code run}, put when garbage had been collected so often. */
    synchronized void add(DatabaseName database, List<Segment> run, Segment segment, long collections) {
        add(merges, database, new Merged(segment, run, collections));
    }

    private static <T> void add(Map<DatabaseName, T> oldestFirst, DatabaseName database, T spare) {
        oldestFirst.remove(database);
        oldestFirst.put(database, spare);
        if (oldestFirst.size() > MAX_DATABASES) {
            oldestFirst.remove(oldestFirst.keySet().iterator().next());
        }
    }

    /** Begins to put the tail of a manifest that is about to be committed, which can do without, whatever comes of it. */
    void beginToPutTail(DatabaseName database, Manifest manifest, Deadline deadline) {
        CommitId id = CommitId.next(random);
        try {
            executor.execute(() -> putTail(database, manifest, id, deadline));
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            log.debug("db={} there is no thread to put a segment beside a commit: {}", database, e.toString());
        }
    }

    private void putTail(DatabaseName database, Manifest manifest, CommitId id, Deadline deadline) {
        try {
            Segment segment = put(database, manifest.tail(), id, new Operation(deadline));
            Tail tail = new Tail(segment, manifest.recentCommits().get(0), manifest.collections());
            synchronized (this) {
                add(tails, database, tail);
            }
        } catch (RuntimeException e) {
            log.debug("db={} no segment was put beside a commit: {}", database, e.toString());
        }
    }

    private Segment put(DatabaseName database, List<Entry> tail, CommitId id, Operation operation) {
        byte[] bytes = encode(tail);
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        long from = tail.get(0).fromTxid();
        Entry last = tail.get(tail.size() - 1);
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
}
