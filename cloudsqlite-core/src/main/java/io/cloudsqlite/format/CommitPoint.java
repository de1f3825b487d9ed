package io.cloudsqlite.format;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.BlobInfo;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.PutCondition;
import java.io.IOException;
import java.io.PushbackInputStream;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one object of a database that is ever replaced, whatever the format: the object of the database's name. Replacing it on
 * a condition is what commits; nothing else in the store ever changes. All that reads or replaces it does so here. Safe for use
 * by many threads.
 */
final class CommitPoint {

    private static final Logger log = LoggerFactory.getLogger(CommitPoint.class);

    /** Larger than any manifest. */
    private static final long MAX_MANIFEST_BYTES = 4 << 20;

    private final BlobStore store;
    private final RandomGenerator random;

    CommitPoint(BlobStore store, RandomGenerator random) {
        this.store = store;
        this.random = random;
    }

    /** The object, unless it still has that version. The caller closes the outcome, and counts what it reads of the body. */
    GetOutcome get(DatabaseName database, Optional<BlobVersion> unlessVersion, Operation operation) {
        operation.countRequest();
        GetOutcome got = store.get(database.value(), unlessVersion, operation.deadline());
        return got instanceof GetOutcome.Found found && mayHaveLostMetadata(found.info()) ? recognized(found) : got;
    }

    Optional<BlobInfo> head(DatabaseName database, Operation operation) {
        operation.countRequest();
        Optional<BlobInfo> info = store.head(database.value(), operation.deadline());
        if (info.filter(CommitPoint::mayHaveLostMetadata).isEmpty()) {
            return info;
        }
        try (GetOutcome got = get(database, Optional.empty(), operation)) {
            return got instanceof GetOutcome.Found found ? Optional.of(found.info()) : Optional.empty();
        }
    }

    private static boolean mayHaveLostMetadata(BlobInfo info) {
        return info.metadata().isEmpty() && info.sizeBytes() <= MAX_MANIFEST_BYTES;
    }

    /**
     * The object with the metadata that it should have, if it is a manifest: who copies a store by other means, a directory with
     * {@code cp} for example, copies the bytes alone.
     */
    private static GetOutcome.Found recognized(GetOutcome.Found found) {
        BlobInfo info = found.info();
        // A stream that can give back nothing at all is refused, so an empty object has room for a byte.
        int maxBytes = (int) Math.max(1, info.sizeBytes());
        PushbackInputStream body = new PushbackInputStream(found.body(), maxBytes);
        try {
            byte[] bytes = body.readNBytes(1);
            body.unread(bytes);
            if (bytes.length == 1 && bytes[0] == '{') {
                bytes = body.readNBytes(maxBytes);
                body.unread(bytes);
                Map<String, String> metadata = LogFormat.metadata(ManifestJson.decode(bytes));
                info = new BlobInfo(info.key(), info.version(), info.sizeBytes(), info.lastModified(), metadata);
            }
        } catch (IOException e) {
            // It is none, or cannot be read: whoever reads it finds out.
            log.debug("key={} is not a manifest: {}", info.key(), e.toString());
        }
        return new GetOutcome.Found(info, body);
    }

    Publication.Result replace(
            DatabaseName database,
            BlobBody body,
            Map<String, String> metadata,
            PutCondition condition,
            Operation operation) {
        boolean creates = condition.equals(PutCondition.IF_ABSENT);
        return new Publication(store, random, database.value(), body, metadata, condition, !creates, operation).send();
    }

    /** Deletes the object if it is still at that version; tells whether it was deleted. */
    boolean delete(DatabaseName database, BlobVersion version, Operation operation) {
        operation.countRequest();
        return store.delete(database.value(), version, operation.deadline());
    }
}
