package io.cloudsqlite.format;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.copy.Download;
import io.cloudsqlite.format.Manifest.Base;
import io.cloudsqlite.format.Manifest.Entry;
import io.cloudsqlite.format.Manifest.Segment;
import io.cloudsqlite.ltx.CorruptLtxException;
import io.cloudsqlite.ltx.LtxReader;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.BlobInfo;
import io.cloudsqlite.store.BlobPage;
import io.cloudsqlite.store.BlobRules;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.time.Backoff;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The immutable objects of databases in format {@code log}: bases, segments and archived manifests. Everything that is read
 * proves to be what was written, or is a {@link CorruptDatabaseException}. Safe for use by many threads.
 */
final class LogObjects {

    private static final Logger log = LoggerFactory.getLogger(LogObjects.class);

    private static final int MAX_READS = 4;
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(1));

    private final BlobStore store;
    private final RandomGenerator random;
    private final RangedReads ranges;

    LogObjects(BlobStore store, RandomGenerator random, Executor executor) {
        this.store = store;
        this.random = random;
        this.ranges = new RangedReads(store, random, executor);
    }

    /** A manifest that is or was the newest, and what the store called it. */
    record Stored(Manifest manifest, BlobVersion version) {}

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

    /** Reads a manifest's bytes. */
    static Manifest readManifest(GetOutcome.Found found, Operation operation) throws IOException {
        return ManifestJson.decode(receive(found, operation));
    }

    /** All of a body; one that ends early has broken off, and is not damaged. */
    private static byte[] receive(GetOutcome.Found found, Operation operation) throws IOException {
        byte[] bytes = found.body().readAllBytes();
        operation.countDownload(bytes.length);
        requireWhole(bytes.length, found);
        return bytes;
    }

    private static void requireWhole(long receivedBytes, GetOutcome.Found found) throws EOFException {
        if (receivedBytes < found.info().sizeBytes()) {
            throw new EOFException(
                    "received " + receivedBytes + " of " + found.info().sizeBytes() + " bytes");
        }
    }

    /** An archived manifest; empty if it has been deleted. */
    Optional<Manifest> getArchived(DatabaseName database, String name, Operation operation) {
        String key = LogKeys.folder(database) + name;
        return retrying(database, key, operation, () -> {
            operation.countRequest();
            try (GetOutcome got = store.get(key, Optional.empty(), operation.deadline())) {
                return got instanceof GetOutcome.Found found
                        ? Optional.of(readManifest(found, operation))
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
        } catch (StorageUnavailableException e) {
            log.warn(
                    "db={} {} objects were left behind below {}: {}",
                    database,
                    garbage.size(),
                    LogKeys.folder(database),
                    e.getMessage());
        }
    }

    /** Downloads the base, which is proved to be sound only when the download is sealed. */
    void readBase(DatabaseName database, Base base, Download download, Operation operation) throws DeletedException {
        String key = LogKeys.folder(database) + base.key();
        boolean there = retrying(database, key, operation, () -> {
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

    /** Gives {@code sink} the transactions of the log of {@code manifest} that come after one and up to another. */
    void readLog(
            DatabaseName database, Manifest manifest, long afterTxid, long upToTxid, PageSink sink, Operation operation)
            throws DeletedException {
        for (Segment segment : manifest.segments()) {
            if (segment.toTxid() > afterTxid && segment.fromTxid() <= upToTxid) {
                readSegment(database, segment, manifest.pageSizeBytes(), afterTxid, upToTxid, sink, operation);
            }
        }
        for (Entry entry : manifest.tail()) {
            if (entry.txid() > afterTxid && entry.txid() <= upToTxid) {
                try {
                    readEntry(new ByteArrayInputStream(entry.ltx()), entry.txid(), manifest.pageSizeBytes(), sink);
                } catch (IOException e) {
                    throw damaged(database, database.value(), e);
                }
            }
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
            throws DeletedException {
        String key = LogKeys.folder(database) + segment.key();
        // A sink that gets some pages and sizes again, in the same order, ends up with the same.
        boolean there = retrying(database, key, operation, () -> {
            operation.countRequest();
            try (GetOutcome got = store.get(key, Optional.empty(), operation.deadline())) {
                if (!(got instanceof GetOutcome.Found found)) {
                    return false;
                }
                operation.countDownload(found.info().sizeBytes());
                CRC32C crc = new CRC32C();
                CountingInputStream in = new CountingInputStream(new CheckedInputStream(found.body(), crc));
                readEntries(new ZipInputStream(in), segment, pageSizeBytes, afterTxid, upToTxid, sink);
                in.transferTo(OutputStream.nullOutputStream());
                requireWhole(in.count, found);
                if ((int) crc.getValue() != segment.crc32c()) {
                    throw new DamagedException("it does not have its checksum");
                }
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
        Optional<byte[]> bytes = retrying(database, key, operation, () -> {
            operation.countRequest();
            try (GetOutcome got = store.get(key, Optional.empty(), operation.deadline())) {
                if (!(got instanceof GetOutcome.Found found)) {
                    return Optional.empty();
                }
                byte[] all = receive(found, operation);
                CRC32C crc = new CRC32C();
                crc.update(all);
                if ((int) crc.getValue() != segment.crc32c()) {
                    throw new DamagedException("it does not have its checksum");
                }
                return Optional.of(all);
            }
        });
        return bytes.orElseThrow(() -> new DeletedException(key));
    }

    private static void readEntries(
            ZipInputStream zip, Segment segment, int pageSizeBytes, long afterTxid, long upToTxid, PageSink sink)
            throws IOException {
        for (long txid = segment.fromTxid(); txid <= segment.toTxid(); txid++) {
            ZipEntry entry = nextEntry(zip);
            if (entry == null || !entry.getName().equals(LogKeys.entry(txid))) {
                throw new DamagedException("transaction " + txid + " is not where it should be");
            }
            if (txid > afterTxid && txid <= upToTxid) {
                readEntry(zip, txid, pageSizeBytes, sink);
            }
        }
        if (nextEntry(zip) != null) {
            throw new DamagedException("there is more in it than transactions up to " + segment.toTxid());
        }
    }

    private static @Nullable ZipEntry nextEntry(ZipInputStream zip) throws IOException {
        try {
            return zip.getNextEntry();
        } catch (IllegalArgumentException e) {
            // So the JDK says that a name is not UTF-8.
            throw new DamagedException("it has an entry whose name is not text");
        }
    }

    private static void readEntry(InputStream in, long txid, int pageSizeBytes, PageSink sink) throws IOException {
        CountingInputStream counting = new CountingInputStream(in);
        LtxReader ltx = new LtxReader(counting);
        if (ltx.header().minTxid() != txid
                || ltx.header().maxTxid() != txid
                || ltx.header().pageSizeBytes() != pageSizeBytes) {
            throw new DamagedException("there is another transaction in the place of " + txid);
        }
        sink.begin(ltx.header());
        while (ltx.next()) {
            sink.page(ltx.pageNumber(), ltx.page());
        }
        sink.end(ltx.header().commitPages(), counting.count);
    }

    private static final class CountingInputStream extends FilterInputStream {

        private long count;

        CountingInputStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            count += read < 0 ? 0 : 1;
            return read;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            count += Math.max(0, read);
            return read;
        }
    }

    /** What was received is not what was stored, or what was stored is not sound. */
    static final class DamagedException extends IOException {
        private static final long serialVersionUID = 1L;

        DamagedException(String message) {
            super(message);
        }
    }

    /** What was received is whole, and of a later kind than is understood here. */
    static final class UnknownFormatException extends IOException {
        private static final long serialVersionUID = 1L;

        UnknownFormatException(String message) {
            super(message);
        }
    }

    /** Something that reads from the store. */
    @FunctionalInterface
    interface Read<T> {
        T read() throws IOException;
    }

    /** A transfer that breaks off, or brings something else than it should, is begun again. */
    <T> T retrying(DatabaseName database, String key, Operation operation, Read<T> read) {
        for (int attempt = 1; ; attempt++) {
            try {
                return read.read();
            } catch (IOException e) {
                if (attempt >= MAX_READS || operation.deadline().hasPassed()) {
                    throw brokenOff(database, key, e);
                }
            }
            try {
                operation.deadline().sleep(BACKOFF.after(attempt, random));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new OperationInterruptedException("Interrupted while reading '" + key + "'", e);
            }
        }
    }

    /** What to throw when reading an object failed for good. */
    static RuntimeException brokenOff(DatabaseName database, String key, IOException failure) {
        if (failure instanceof UnknownFormatException) {
            return new CorruptDatabaseException(
                    "The object '" + key + "' of the database '" + database + "' cannot be read: "
                            + failure.getMessage(),
                    failure);
        }
        boolean isDamage = failure instanceof DamagedException
                || failure instanceof CorruptLtxException
                || failure instanceof ZipException;
        return isDamage
                ? damaged(database, key, failure)
                : new StorageUnavailableException(
                        "The download of '" + key + "' of the database '" + database + "' broke off: try again",
                        failure);
    }

    private static CorruptDatabaseException damaged(DatabaseName database, String key, IOException failure) {
        return new CorruptDatabaseException(
                "The object '" + key + "' of the database '" + database + "' is damaged: " + failure.getMessage()
                        + ". Restore an older version of the object, or the database as of an earlier transaction",
                failure);
    }
}
