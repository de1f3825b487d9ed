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
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/**
 * A store that is as slow as S3: waits for the first byte, and bodies that come through at a pace, each stream at its own.
 *
 * <pre>{@code
 * BlobStore slow = new DelayedBlobStore(new InMemoryBlobStore(), profile);
 * }</pre>
 *
 * <p>It keeps all promises of the store that it slows down. Safe for use by many threads.
 */
public final class DelayedBlobStore implements BlobStore {

    private final BlobStore store;
    private final CloudProfile profile;
    private final Wire wire;

    public DelayedBlobStore(BlobStore store, CloudProfile profile) {
        this.store = store;
        this.profile = profile;
        this.wire = new Wire(profile.streamBytesPerSecond(), profile.linkBytesPerSecond());
    }

    @Override
    public GetOutcome get(String key, Optional<BlobVersion> unlessVersion, Deadline deadline) {
        return carried(Wire.roundTrip(profile.getFirstByte(), deadline, () -> store.get(key, unlessVersion, deadline)));
    }

    @Override
    public GetOutcome getRange(
            String key, Optional<BlobVersion> version, long offsetBytes, long lengthBytes, Deadline deadline) {
        return carried(Wire.roundTrip(
                profile.getFirstByte(),
                deadline,
                () -> store.getRange(key, version, offsetBytes, lengthBytes, deadline)));
    }

    private GetOutcome carried(GetOutcome outcome) {
        return outcome instanceof GetOutcome.Found found
                ? new GetOutcome.Found(found.info(), wire.carry(found.body()))
                : outcome;
    }

    @Override
    public Optional<BlobInfo> head(String key, Deadline deadline) {
        return Wire.roundTrip(profile.getFirstByte(), deadline, () -> store.head(key, deadline));
    }

    @Override
    public PutOutcome put(
            String key, BlobBody body, Map<String, String> metadata, PutCondition condition, Deadline deadline) {
        return wire.roundTrip(
                profile.putFirstByte(),
                deadline,
                body,
                carried -> store.put(key, carried, metadata, condition, deadline));
    }

    @Override
    public BlobPage list(String prefix, Optional<String> after, int limit, Deadline deadline) {
        return Wire.roundTrip(profile.getFirstByte(), deadline, () -> store.list(prefix, after, limit, deadline));
    }

    @Override
    public void delete(Collection<String> keys, Deadline deadline) {
        Wire.roundTrip(profile.putFirstByte(), deadline, () -> {
            store.delete(keys, deadline);
            return true;
        });
    }

    @Override
    public boolean delete(String key, BlobVersion version, Deadline deadline) {
        return Wire.roundTrip(profile.putFirstByte(), deadline, () -> store.delete(key, version, deadline));
    }
}
