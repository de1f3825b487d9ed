package io.cloudsqlite.cli.bench.cloud;

import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.BlobInfo;
import io.cloudsqlite.store.BlobPage;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.store.PutOutcome;
import io.cloudsqlite.time.Deadline;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/** A store whose requests and bytes are counted. Safe for use by many threads. */
public final class MeteredBlobStore implements BlobStore {

    private final BlobStore store;
    private final TrafficMeter meter;

    public MeteredBlobStore(BlobStore store, TrafficMeter meter) {
        this.store = store;
        this.meter = meter;
    }

    @Override
    public GetOutcome get(String key, Optional<BlobVersion> unlessVersion, Deadline deadline) {
        meter.gets.increment();
        return metered(store.get(key, unlessVersion, deadline));
    }

    @Override
    public GetOutcome getRange(
            String key, Optional<BlobVersion> version, long offsetBytes, long lengthBytes, Deadline deadline) {
        meter.gets.increment();
        return metered(store.getRange(key, version, offsetBytes, lengthBytes, deadline));
    }

    private GetOutcome metered(GetOutcome outcome) {
        return outcome instanceof GetOutcome.Found found
                ? new GetOutcome.Found(found.info(), new MeteredStream(found.body()))
                : outcome;
    }

    private final class MeteredStream extends FilterInputStream {

        MeteredStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int value = in.read();
            meter.bytesDown.add(value < 0 ? 0 : 1);
            return value;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = in.read(buffer, offset, length);
            meter.bytesDown.add(Math.max(0, count));
            return count;
        }
    }

    @Override
    public Optional<BlobInfo> head(String key, Deadline deadline) {
        meter.gets.increment();
        return store.head(key, deadline);
    }

    @Override
    public PutOutcome put(
            String key, BlobBody body, Map<String, String> metadata, PutCondition condition, Deadline deadline) {
        meter.puts.increment();
        meter.bytesUp.add(body.sizeBytes());
        return store.put(key, body, metadata, condition, deadline);
    }

    @Override
    public BlobPage list(String prefix, Optional<String> after, int limit, Deadline deadline) {
        meter.lists.increment();
        return store.list(prefix, after, limit, deadline);
    }

    @Override
    public void delete(Collection<String> keys, Deadline deadline) {
        meter.deletes.increment();
        store.delete(keys, deadline);
    }

    @Override
    public boolean delete(String key, BlobVersion version, Deadline deadline) {
        meter.deletes.increment();
        return store.delete(key, version, deadline);
    }
}
