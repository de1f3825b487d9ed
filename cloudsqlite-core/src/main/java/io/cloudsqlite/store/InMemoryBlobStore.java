package io.cloudsqlite.store;

import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An object store on the heap of this process: for unit tests, and for databases that need not outlive the process.
 *
 * <pre>{@code
 * BlobStore store = new InMemoryBlobStore();
 * PutOutcome put = store.put("app.db", BlobBody.of(bytes), Map.of("txid", "1"), PutCondition.IF_ABSENT, deadline);
 * if (put instanceof PutOutcome.Stored stored) {
 *     store.delete("app.db", stored.version(), deadline);   // true
 * }
 * }</pre>
 *
 * <p>It passes the same contract test as every other store: the same conditions, the same errors, the same atomicity. It
 * never answers {@link PutOutcome.Unknown}, since nothing gets lost on the way to it.
 *
 * <p>A version is the SHA-256 of the bytes, so that putting the same bytes again repeats the version. That is on purpose:
 * an ETag of S3 does so too, and code that relies on versions never to repeat fails here first.
 *
 * <p>Not durable, and not for large objects: each is held as one array, of less than 2 GiB. Safe for use by many threads.
 */
public final class InMemoryBlobStore implements BlobStore {

    private static final int MAX_SIZE_BYTES = Integer.MAX_VALUE - 8;

    private final TimeSource time;
    private final TreeMap<String, StoredBlob> blobs = new TreeMap<>();

    private static final class StoredBlob {

        final BlobInfo info;
        final byte[] bytes;

        StoredBlob(BlobInfo info, byte[] bytes) {
            this.info = info;
            this.bytes = bytes;
        }
    }

    /** An empty store. */
    public InMemoryBlobStore() {
        this(TimeSource.system());
    }

    /** An empty store whose objects are dated by {@code time}. */
    public InMemoryBlobStore(TimeSource time) {
        this.time = time;
    }

    @Override
    public GetOutcome get(String key, Optional<BlobVersion> unlessVersion, Deadline deadline) {
        BlobRules.checkKey(key);
        BlobRules.checkMayBegin(deadline);
        StoredBlob blob = find(key);
        if (blob == null) {
            return new GetOutcome.Absent();
        }
        if (unlessVersion.filter(blob.info.version()::equals).isPresent()) {
            return new GetOutcome.NotModified();
        }
        return new GetOutcome.Found(blob.info, new ByteArrayInputStream(blob.bytes));
    }

    @Override
    public GetOutcome getRange(
            String key, Optional<BlobVersion> version, long offsetBytes, long lengthBytes, Deadline deadline) {
        BlobRules.checkKey(key);
        BlobRules.checkRange(offsetBytes, lengthBytes);
        BlobRules.checkMayBegin(deadline);
        StoredBlob blob = find(key);
        if (blob == null || !version.map(blob.info.version()::equals).orElse(true)) {
            return new GetOutcome.Absent();
        }
        BlobRules.checkRange(offsetBytes, lengthBytes, blob.info);
        int offset = (int) offsetBytes;
        int length = (int) Math.min(lengthBytes, blob.bytes.length - offsetBytes);
        return new GetOutcome.Found(blob.info, new ByteArrayInputStream(blob.bytes, offset, length));
    }

    @Override
    public Optional<BlobInfo> head(String key, Deadline deadline) {
        BlobRules.checkKey(key);
        BlobRules.checkMayBegin(deadline);
        return Optional.ofNullable(find(key)).map(blob -> blob.info);
    }

    @Override
    public PutOutcome put(
            String key, BlobBody body, Map<String, String> metadata, PutCondition condition, Deadline deadline) {
        BlobRules.checkKey(key);
        BlobRules.checkMetadata(metadata);
        BlobRules.checkMayBegin(deadline);
        byte[] bytes = bytesOf(key, body, deadline);
        BlobVersion version = versionOf(bytes);
        BlobInfo info = new BlobInfo(key, version, bytes.length, time.instant(), metadata);
        synchronized (blobs) {
            StoredBlob current = blobs.get(key);
            if (!condition.holdsFor(Optional.ofNullable(current).map(blob -> blob.info.version()))) {
                return new PutOutcome.Refused();
            }
            blobs.put(key, new StoredBlob(info, bytes));
        }
        return new PutOutcome.Stored(version);
    }

    @Override
    public BlobPage list(String prefix, Optional<String> after, int limit, Deadline deadline) {
        BlobRules.checkLimit(limit);
        BlobRules.checkMayBegin(deadline);
        List<BlobInfo> page = new ArrayList<>();
        synchronized (blobs) {
            // No key is empty, so the listing from the start is the listing after the empty string.
            for (StoredBlob blob : blobs.tailMap(after.orElse(""), false).values()) {
                if (!blob.info.key().startsWith(prefix)) {
                    continue;
                }
                if (page.size() == limit) {
                    return new BlobPage(page, Optional.of(page.get(limit - 1).key()));
                }
                page.add(blob.info.withoutMetadata());
            }
        }
        return new BlobPage(page, Optional.empty());
    }

    @Override
    public void delete(Collection<String> keys, Deadline deadline) {
        keys.forEach(BlobRules::checkKey);
        BlobRules.checkMayBegin(deadline);
        synchronized (blobs) {
            keys.forEach(blobs::remove);
        }
    }

    @Override
    public boolean delete(String key, BlobVersion version, Deadline deadline) {
        BlobRules.checkKey(key);
        BlobRules.checkMayBegin(deadline);
        synchronized (blobs) {
            StoredBlob blob = blobs.get(key);
            if (blob == null || !blob.info.version().equals(version)) {
                return false;
            }
            blobs.remove(key);
            return true;
        }
    }

    private @Nullable StoredBlob find(String key) {
        synchronized (blobs) {
            return blobs.get(key);
        }
    }

    private static byte[] bytesOf(String key, BlobBody body, Deadline deadline) {
        if (body.sizeBytes() > MAX_SIZE_BYTES) {
            throw new StorageUnavailableException("The body for '" + key + "' is " + body.sizeBytes()
                    + " bytes, more than the " + MAX_SIZE_BYTES + " that a store in memory can hold");
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream((int) body.sizeBytes());
        try {
            BodyTransfer.copy(key, body, out, deadline);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static BlobVersion versionOf(byte[] bytes) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            return new BlobVersion(HexFormat.of().formatHex(hash));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
