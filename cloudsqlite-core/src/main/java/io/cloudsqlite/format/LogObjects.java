package io.cloudsqlite.format;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.copy.Download;
import io.cloudsqlite.format.Manifest.Base;
import io.cloudsqlite.format.Manifest.Entry;
import io.cloudsqlite.format.Manifest.Segment;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.BlobInfo;
import io.cloudsqlite.store.BlobPage;
import io.cloudsqlite.store.BlobRules;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.time.TimeSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The immutable objects of databases in format {@code log}: bases, segments and archived manifests. Everything that is read
 * proves to be what was written, or is a {@link CorruptDatabaseException}. Safe for use by many threads.
 */
final class LogObjects {

    private static final Logger log = LoggerFactory.getLogger(LogObjects.class);

    private final BlobStore store;
    private final RepeatedReads reads;
    private final RandomGenerator random;
    private final RangedReads ranges;

    LogObjects(BlobStore store, RepeatedReads reads, TimeSource time, RandomGenerator random, Executor executor) {
        this.store = store;
        this.reads = reads;
        this.random = random;
        this.ranges = new RangedReads(store, time, random, executor);
    }

    /** An object that a manifest names is gone: a collector has deleted it, and there is a newer manifest. */
    static final class DeletedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final String key;

        DeletedException(String key) {
            super("the object '" + key + "' is gone", null, false, false);
            this.key = key;
        }

        String key() {
            return key;
        }
    }

    /**
     * The archived manifest that tells what was before {@code manifest}; empty if there was nothing, or it is no longer kept. That
     * it is there is not enough: it may have been deleted, with all that it names, and have come back with a delayed put.
     *
     * @param newest the newest manifest of the same database, which says what is kept
     */
    Optional<Manifest> getPrevious(DatabaseName database, Manifest newest, Manifest manifest, Operation operation) {
        return manifest.previous()
                .filter(name -> !newest.forgotten().equals(Optional.of(name)))
                .flatMap(name -> getArchived(database, name, operation));
    }

    /** An archived manifest; empty if it has been deleted. */
    private Optional<Manifest> getArchived(DatabaseName database, String name, Operation operation) {
        String key = LogKeys.folder(database) + name;
        return reads.read(database, key, operation, () -> {
            operation.countRequest();
            try (GetOutcome got = store.get(key, Optional.empty(), operation.deadline())) {
                return got instanceof GetOutcome.Found found
                        ? Optional.of(StoredManifest.read(found, operation).manifest())
                        : Optional.empty();
            }
        });
    }

    /** Archives a manifest and returns its name. */
    String archive(DatabaseName database, Manifest manifest, Operation operation) {
        String name = LogKeys.archive(manifest.txid(), CommitId.next(random));
        putNew(database, name, BlobBody.of(ManifestJson.encode(manifest)), operation);
        return name;
    }

    /**
     * Puts an object under a key that is nobody else's.
     *
     * @throws StorageUnavailableException if it is not known to be there
     */
    void putNew(DatabaseName database, String name, BlobBody body, Operation operation) {
        String key = LogKeys.folder(database) + name;
        Publication.Result result =
                new Publication(store, random, key, body, Map.of(), PutCondition.IF_ABSENT, true, operation).send();
        if (!(result instanceof Publication.Result.Stored) && !isThere(key, body, operation)) {
            throw new StorageUnavailableException(
                    "The store does not say that it holds '" + key + "'; nothing was changed. Try again");
        }
    }

    /** The key has a random id, and an object is stored as a whole or not at all: what is there is what was put. */
    private boolean isThere(String key, BlobBody body, Operation operation) {
        operation.countRequest();
        return store.head(key, operation.deadline())
                .filter(info -> info.sizeBytes() == body.sizeBytes())
                .isPresent();
    }

    /** All objects of a database. */
    List<BlobInfo> list(DatabaseName database, Operation operation) {
        List<BlobInfo> objects = new ArrayList<>();
        Optional<String> after = Optional.empty();
        do {
            operation.countRequest();
            BlobPage page = store.list(LogKeys.folder(database), after, BlobRules.MAX_LIST_LIMIT, operation.deadline());
            objects.addAll(page.blobs());
            after = page.nextAfter();
        } while (after.isPresent());
        return objects;
    }

    void delete(Collection<String> keys, Operation operation) {
        if (!keys.isEmpty()) {
            operation.countRequest();
            store.delete(keys, operation.deadline());
        }
    }

    /** Deletes what takes up space and does no harm, if it can. */
    void deleteQuietly(DatabaseName database, List<BlobInfo> garbage, Operation operation) {
        try {
            delete(garbage.stream().map(BlobInfo::key).toList(), operation);
        } catch (RuntimeException e) {
            // What its caller did before is done, and is to be told so.
            log.warn(
                    "db={} {} objects were left behind below {}: {}",
                    database,
                    garbage.size(),
                    LogKeys.folder(database),
                    e.toString());
        }
    }

    /** Downloads the base, which is proved to be sound only when the download is sealed. */
    void readBase(DatabaseName database, Base base, Download download, Operation operation) throws DeletedException {
        String key = LogKeys.folder(database) + base.key();
        boolean there = reads.read(database, key, operation, () -> {
            operation.countRequest();
            Optional<BlobInfo> info = store.head(key, operation.deadline());
            if (info.isPresent() && info.get().sizeBytes() != base.sizeBytes()) {
                throw new DamagedException(
                        "it has " + info.get().sizeBytes() + " bytes instead of " + base.sizeBytes());
            }
            return info.isPresent() && ranges.read(info.get(), download, operation);
        });
        if (!there) {
            throw new DeletedException(key);
        }
    }

    /**
     * Gives {@code sink} the transactions of the log of {@code manifest} that come after one and up to another.
     *
     * @throws SplitCommitException if either of the two is not the last of those that it was committed with
     */
    void readLog(
            DatabaseName database, Manifest manifest, long afterTxid, long upToTxid, PageSink sink, Operation operation)
            throws DeletedException, SplitCommitException {
        for (Segment segment : manifest.segments()) {
            if (segment.toTxid() > afterTxid && segment.fromTxid() <= upToTxid) {
                readSegment(database, segment, manifest.pageSizeBytes(), afterTxid, upToTxid, sink, operation);
            }
        }
        for (Entry entry : manifest.tail()) {
            Optional<SplitCommitException> split =
                    SplitCommitException.check(entry.fromTxid(), entry.txid(), afterTxid, upToTxid);
            if (split.isPresent()) {
                throw split.get();
            }
            if (entry.txid() > afterTxid && entry.fromTxid() <= upToTxid) {
                readEntry(database, entry, manifest.pageSizeBytes(), sink);
            }
        }
    }

    private static void readEntry(DatabaseName database, Entry entry, int pageSizeBytes, PageSink sink) {
        try {
            SegmentReader.readCommit(
                    new ByteArrayInputStream(entry.ltx()), entry.fromTxid(), entry.txid(), pageSizeBytes, sink);
        } catch (IOException e) {
            throw RepeatedReads.damaged(database, database.value(), e);
        }
    }

    private void readSegment(
            DatabaseName database,
            Segment segment,
            int pageSizeBytes,
            long afterTxid,
            long upToTxid,
            PageSink sink,
            Operation operation)
            throws DeletedException, SplitCommitException {
        String key = LogKeys.folder(database) + segment.key();
        // A sink that gets some pages and sizes again, in the same order, ends up with the same.
        boolean there = reads.read(database, key, operation, () -> {
            operation.countRequest();
            try (GetOutcome got = store.get(key, Optional.empty(), operation.deadline())) {
                if (!(got instanceof GetOutcome.Found found)) {
                    return false;
                }
                operation.countDownload(found.info().sizeBytes());
                new SegmentReader(segment, pageSizeBytes).read(found, afterTxid, upToTxid, sink);
                return true;
            }
        });
        if (!there) {
            throw new DeletedException(key);
        }
    }

    /** The bytes of a segment of moderate size. */
    byte[] getSegment(DatabaseName database, Segment segment, Operation operation) throws DeletedException {
        String key = LogKeys.folder(database) + segment.key();
        Optional<byte[]> bytes = reads.read(database, key, operation, () -> {
            operation.countRequest();
            try (GetOutcome got = store.get(key, Optional.empty(), operation.deadline())) {
                if (!(got instanceof GetOutcome.Found found)) {
                    return Optional.empty();
                }
                byte[] all = RepeatedReads.receive(found, operation);
                CRC32C crc = new CRC32C();
                crc.update(all);
                SegmentReader.requireChecksum(segment, crc);
                return Optional.of(all);
            }
        });
        return bytes.orElseThrow(() -> new DeletedException(key));
    }
}
