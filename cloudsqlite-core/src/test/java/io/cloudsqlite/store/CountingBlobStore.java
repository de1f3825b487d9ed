package io.cloudsqlite.store;

import io.cloudsqlite.time.Deadline;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/**
 * Counts what another store is asked for, by kind, and the bytes that travel.
 *
 * <pre>{@code
 * CountingBlobStore store = new CountingBlobStore(new InMemoryBlobStore());
 * ...
 * assertThat(store.reset().requests()).isEqualTo(1);
 * }</pre>
 *
 * <p>A call counts when it is made, also if it fails. Safe for use by many threads.
 */
public final class CountingBlobStore implements BlobStore {

    private final BlobStore store;
    private Counts counts = Counts.NONE;

    /**
     * How often each kind of call was made.
     *
     * @param gets calls of {@code get}, with those that were answered {@code NotModified}
     * @param notModified those of {@code gets} that were answered {@code NotModified}
     * @param deletes deletions, each counted once however many keys it names
     * @param readBytes bytes that were read from the bodies of gets and ranges, not those that were merely offered
     * @param writtenBytes sizes of the bodies of puts, stored or not
     */
    public record Counts(
            int gets,
            int notModified,
            int ranges,
            int heads,
            int puts,
            int lists,
            int deletes,
            long readBytes,
            long writtenBytes) {

        public static final Counts NONE = new Counts(0, 0, 0, 0, 0, 0, 0, 0, 0);

        /** All calls together. */
        public int requests() {
            return gets + ranges + heads + puts + lists + deletes;
        }

        private Counts plus(Counts other) {
            return new Counts(
                    gets + other.gets,
                    notModified + other.notModified,
                    ranges + other.ranges,
                    heads + other.heads,
                    puts + other.puts,
                    lists + other.lists,
                    deletes + other.deletes,
                    readBytes + other.readBytes,
                    writtenBytes + other.writtenBytes);
        }
    }

    public CountingBlobStore(BlobStore store) {
        this.store = store;
    }

    /** What was counted since the start or the last {@link #reset}. */
    public synchronized Counts counts() {
        return counts;
    }

    /** Counts from zero again, and returns what was counted until now. */
    public synchronized Counts reset() {
        Counts until = counts;
        counts = Counts.NONE;
        return until;
    }

    private synchronized void add(Counts more) {
        counts = counts.plus(more);
    }

    @Override
    public GetOutcome get(String key, Optional<BlobVersion> unlessVersion, Deadline deadline) {
        add(new Counts(1, 0, 0, 0, 0, 0, 0, 0, 0));
        GetOutcome outcome = store.get(key, unlessVersion, deadline);
        if (outcome instanceof GetOutcome.NotModified) {
            add(new Counts(0, 1, 0, 0, 0, 0, 0, 0, 0));
        }
        return counted(outcome);
    }

    @Override
    public GetOutcome getRange(
            String key, Optional<BlobVersion> version, long offsetBytes, long lengthBytes, Deadline deadline) {
        add(new Counts(0, 0, 1, 0, 0, 0, 0, 0, 0));
        return counted(store.getRange(key, version, offsetBytes, lengthBytes, deadline));
    }

    @Override
    public Optional<BlobInfo> head(String key, Deadline deadline) {
        add(new Counts(0, 0, 0, 1, 0, 0, 0, 0, 0));
        return store.head(key, deadline);
    }

    @Override
    public PutOutcome put(
            String key, BlobBody body, Map<String, String> metadata, PutCondition condition, Deadline deadline) {
        add(new Counts(0, 0, 0, 0, 1, 0, 0, 0, body.sizeBytes()));
        return store.put(key, body, metadata, condition, deadline);
    }

    @Override
    public BlobPage list(String prefix, Optional<String> after, int limit, Deadline deadline) {
        add(new Counts(0, 0, 0, 0, 0, 1, 0, 0, 0));
        return store.list(prefix, after, limit, deadline);
    }

    @Override
    public void delete(Collection<String> keys, Deadline deadline) {
        add(new Counts(0, 0, 0, 0, 0, 0, 1, 0, 0));
        store.delete(keys, deadline);
    }

    @Override
    public boolean delete(String key, BlobVersion version, Deadline deadline) {
        add(new Counts(0, 0, 0, 0, 0, 0, 1, 0, 0));
        return store.delete(key, version, deadline);
    }

    private GetOutcome counted(GetOutcome outcome) {
        return outcome instanceof GetOutcome.Found found
                ? new GetOutcome.Found(found.info(), new CountedStream(found.body()))
                : outcome;
    }

    private final class CountedStream extends FilterInputStream {

        CountedStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            return read(value < 0 ? 0 : 1, value);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int n = super.read(bytes, offset, length);
            return read(Math.max(0, n), n);
        }

        private int read(int countBytes, int result) {
            add(new Counts(0, 0, 0, 0, 0, 0, 0, countBytes, 0));
            return result;
        }
    }
}
