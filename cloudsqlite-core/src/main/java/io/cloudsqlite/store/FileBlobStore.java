package io.cloudsqlite.store;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.SystemRandom;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An object store in a directory: each object is a plain file at its key, for databases that live on one machine.
 *
 * <pre>{@code
 * BlobStore store = new FileBlobStore(Path.of("cloudsqlite-data"));
 * store.put("app.db", BlobBody.of(bytes), Map.of("txid", "1"), PutCondition.IF_ABSENT, deadline);
 * // and in a shell:   sqlite3 cloudsqlite-data/app.db 'SELECT ...'
 * }</pre>
 *
 * <h2>What it guarantees</h2>
 *
 * <p>All that {@link BlobStore} asks for, between all processes of the machine that use the directory, and after any
 * crash of them or of the machine: what was answered with {@link PutOutcome.Stored}, and what a get or head has shown, is
 * on the disk. Objects are streamed; their size does not matter to the heap.
 *
 * <p>A file that a user copies to {@code DIR/app.db} is an object without metadata, and a user's change of a file makes a
 * new version without metadata. Copy to a name that begins with a dot and rename, so that nobody reads half a file; and
 * do not let other programs write to a file in place while the store is in use, because its reads cannot be atomic then.
 *
 * <h2>How it works</h2>
 *
 * <p>A put writes a temporary file, forces it to the disk, and then, under the {@linkplain FileGuards guard} of its key,
 * checks its condition, writes the metadata of the version to be, and renames the file over the key. <b>The rename is the
 * put</b>: one step of the file system, so that a crash before it leaves nothing but a leftover to be cleaned up, and a
 * crash after it leaves the whole object. Gets need no guard: they open the file between two looks at its version, which
 * must agree.
 *
 * <p>A version is the file's time of modification with its size, which every tool changes that changes the file. The
 * clock of a file system is too coarse to tell two puts from each other, so a put sets the time itself: later than that of
 * the version it replaces, by a random fraction of a millisecond. So versions do not repeat while an object exists, even
 * if the clock stands still or goes back; that they repeat after a deletion takes a clock that goes back and a chance of
 * one in a million.
 *
 * <p>The directory {@code DIR/.cloudsqlite} holds what belongs to no key: {@code tmp} uploads in progress, {@code locks}
 * guards, {@code meta} metadata. Leftover uploads of processes that died are deleted when a store is opened.
 *
 * <h2>What it does not do</h2>
 *
 * <p>It needs a local POSIX file system (Linux, macOS): network shares often lack working locks. Symbolic links below the
 * directory are never followed: they are not objects, a put replaces one at its key and refuses one on the way to it. It
 * keeps no checksums. Listing walks the whole directory for each page.
 *
 * <p>Safe for use by many threads. It holds nothing open and need not be closed.
 */
public final class FileBlobStore implements BlobStore {

    private static final Logger log = LoggerFactory.getLogger(FileBlobStore.class);

    /** How often something is tried again that only a concurrent change can defeat. */
    private static final int MAX_ATTEMPTS = 100;

    /** A put dates its file later than the one it replaces by at least this, so that microseconds must be kept. */
    private static final Duration SHORTEST_STEP = Duration.ofNanos(1_000);

    private static final Duration LONGEST_STEP = Duration.ofMillis(1);

    private final Path root;
    private final Path uploads;
    private final MetadataSlots metadataSlots;
    private final FileGuards guards;
    private final TimeSource time;
    private final RandomGenerator random;

    /**
     * Opens the store in {@code directory}, which is created if there is none.
     *
     * @throws StorageUnavailableException if the directory cannot be used
     */
    public FileBlobStore(Path directory) {
        this(directory, TimeSource.system(), SystemRandom.create());
    }

    /**
     * Opens the store in {@code directory}, which is created if there is none.
     *
     * @param time dates the objects
     * @param random makes versions unique; safe for use by many threads
     * @throws StorageUnavailableException if the directory cannot be used
     */
    public FileBlobStore(Path directory, TimeSource time, RandomGenerator random) {
        this.time = time;
        this.random = random;
        try {
            root = Files.createDirectories(directory).toRealPath();
            Path internal = root.resolve(".cloudsqlite");
            uploads = Files.createDirectories(internal.resolve("tmp"));
            metadataSlots = new MetadataSlots(Files.createDirectories(internal.resolve("meta")));
            guards = new FileGuards(internal.resolve("locks"), random);
            Directories.sync(internal, root);
            Upload.deleteOrphans(uploads);
            checkKeepsMicroseconds();
        } catch (IOException e) {
            throw new StorageUnavailableException("The directory of the file store cannot be used: " + reason(e), e);
        }
    }

    private void checkKeepsMicroseconds() throws IOException {
        Instant sample = Instant.EPOCH.plus(1, ChronoUnit.DAYS).plus(123_457, ChronoUnit.MICROS);
        try (Upload upload = Upload.begin(uploads, random)) {
            upload.date(sample);
            if (!upload.stamp().modified().equals(sample)) {
                throw new StorageUnavailableException(
                        "The file system of the file store's directory does not keep times"
                                + " of modification to the microsecond, which tell versions apart: use another file system");
            }
        }
    }

    @Override
    public GetOutcome get(String key, Optional<BlobVersion> unlessVersion, Deadline deadline) {
        BlobRules.checkKey(key);
        BlobRules.checkMayBegin(deadline);
        try {
            for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
                Optional<FileStamp> stamp = FileStamp.find(root, key);
                if (stamp.isEmpty()) {
                    return new GetOutcome.Absent();
                }
                if (unlessVersion.equals(stamp.map(FileStamp::version))) {
                    return new GetOutcome.NotModified();
                }
                Optional<GetOutcome.Found> found =
                        open(key, stamp.get(), 0, stamp.get().sizeBytes());
                if (found.isPresent()) {
                    return found.get();
                }
            }
            throw alwaysChanging(key);
        } catch (IOException e) {
            throw failed("read", key, e);
        }
    }

    @Override
    public GetOutcome getRange(
            String key, Optional<BlobVersion> version, long offsetBytes, long lengthBytes, Deadline deadline) {
        BlobRules.checkKey(key);
        BlobRules.checkRange(offsetBytes, lengthBytes);
        BlobRules.checkMayBegin(deadline);
        try {
            Optional<FileStamp> stamp = FileStamp.find(root, key);
            if (stamp.isEmpty() || !version.map(stamp.get().version()::equals).orElse(true)) {
                return new GetOutcome.Absent();
            }
            BlobRules.checkRange(offsetBytes, lengthBytes, stamp.get().describe(key, Map.of()));
            long length = Math.min(lengthBytes, stamp.get().sizeBytes() - offsetBytes);
            Optional<GetOutcome.Found> found = open(key, stamp.get(), offsetBytes, length);
            return found.isPresent() ? found.get() : new GetOutcome.Absent();
        } catch (IOException e) {
            throw failed("read", key, e);
        }
    }

    @Override
    public Optional<BlobInfo> head(String key, Deadline deadline) {
        BlobRules.checkKey(key);
        BlobRules.checkMayBegin(deadline);
        try {
            for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
                Optional<FileStamp> stamp = FileStamp.find(root, key);
                if (stamp.isEmpty()) {
                    return Optional.empty();
                }
                Optional<BlobInfo> info = describe(key, stamp.get());
                if (info.isPresent()) {
                    return info;
                }
            }
            throw alwaysChanging(key);
        } catch (IOException e) {
            throw failed("looked at", key, e);
        }
    }

    /** The bytes that belong to {@code stamp}; empty if the object has changed since. */
    private Optional<GetOutcome.Found> open(String key, FileStamp stamp, long offsetBytes, long lengthBytes)
            throws IOException {
        FileRangeInputStream body;
        try {
            body = new FileRangeInputStream(root.resolve(key), offsetBytes, lengthBytes);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        Optional<BlobInfo> info = Optional.empty();
        try {
            info = describe(key, stamp);
            return info.map(current -> new GetOutcome.Found(current, body));
        } finally {
            if (info.isEmpty()) {
                body.close();
            }
        }
    }

    /**
     * What belongs to {@code stamp}; empty if the object has changed since. What is returned is durable: another process
     * may have renamed the file and not yet have forced the directory.
     */
    private Optional<BlobInfo> describe(String key, FileStamp stamp) throws IOException {
        List<String> metadata = metadataSlots.read(key, stamp.version());
        if (!FileStamp.find(root, key).equals(Optional.of(stamp))) {
            return Optional.empty();
        }
        Directories.sync(directoryOf(key), root);
        return Optional.of(stamp.describe(key, MetadataSlots.decode(key, metadata)));
    }

    @Override
    public PutOutcome put(
            String key, BlobBody body, Map<String, String> metadata, PutCondition condition, Deadline deadline) {
        BlobRules.checkKey(key);
        BlobRules.checkMetadata(metadata);
        BlobRules.checkMayBegin(deadline);
        try {
            // Looked at again under the guard; this only saves the upload that would be refused then.
            if (!condition.holdsFor(FileStamp.find(root, key).map(FileStamp::version))) {
                return new PutOutcome.Refused();
            }
            return upload(key, body, metadata, condition, deadline);
        } catch (IOException e) {
            throw failed("written", key, e);
        }
    }

    private PutOutcome upload(
            String key, BlobBody body, Map<String, String> metadata, PutCondition condition, Deadline deadline)
            throws IOException {
        try (Upload upload = Upload.begin(uploads, random)) {
            upload.receive(key, body, deadline);
            upload.date(laterThan(FileStamp.find(root, key)));
            upload.force();
            return guards.holding(key, deadline, () -> publish(key, upload, metadata, condition));
        }
    }

    /** Under the guard of {@code key}. Before the rename it throws if it fails; after the rename it never throws. */
    private PutOutcome publish(String key, Upload upload, Map<String, String> metadata, PutCondition condition)
            throws IOException {
        Optional<FileStamp> current = FileStamp.find(root, key);
        if (!condition.holdsFor(current.map(FileStamp::version))) {
            return new PutOutcome.Refused();
        }
        // The date was chosen before the guard was held, to force it to the disk together with the bytes.
        if (current.isPresent()
                && !upload.stamp().modified().isAfter(current.get().modified())) {
            upload.date(laterThan(current));
            upload.force();
        }
        BlobVersion version = upload.stamp().version();
        metadataSlots.write(key, current.map(FileStamp::version), version, metadata);
        try {
            Path directory = directoryOf(key);
            Directories.inside(directory, root, () -> upload.moveTo(root.resolve(key)));
            Directories.sync(directory, root);
        } catch (IOException e) {
            if (upload.isPending()) {
                throw e;
            }
            return new PutOutcome.Unknown(e);
        }
        return new PutOutcome.Stored(version);
    }

    private Instant laterThan(Optional<FileStamp> current) {
        Instant now = time.instant();
        Instant from = current.map(FileStamp::modified).filter(now::isBefore).orElse(now);
        return from.plusNanos(random.nextLong(SHORTEST_STEP.toNanos(), LONGEST_STEP.toNanos()));
    }

    @Override
    public BlobPage list(String prefix, Optional<String> after, int limit, Deadline deadline) {
        BlobRules.checkLimit(limit);
        BlobRules.checkMayBegin(deadline);
        try {
            return FileListing.page(root, prefix, after, limit);
        } catch (IOException e) {
            throw failed("listed", prefix, e);
        }
    }

    @Override
    public void delete(Collection<String> keys, Deadline deadline) {
        keys.forEach(BlobRules::checkKey);
        BlobRules.checkMayBegin(deadline);
        keys.forEach(key -> delete(key, PutCondition.ALWAYS, deadline));
    }

    @Override
    public boolean delete(String key, BlobVersion version, Deadline deadline) {
        BlobRules.checkKey(key);
        BlobRules.checkMayBegin(deadline);
        return delete(key, PutCondition.ifMatches(version), deadline);
    }

    private boolean delete(String key, PutCondition condition, Deadline deadline) {
        boolean deleted;
        try {
            deleted = guards.holding(key, deadline, () -> {
                Optional<FileStamp> current = FileStamp.find(root, key);
                if (current.isEmpty() || !condition.holdsFor(current.map(FileStamp::version))) {
                    return false;
                }
                Files.deleteIfExists(root.resolve(key));
                Directories.sync(directoryOf(key), root);
                metadataSlots.delete(key);
                return true;
            });
        } catch (IOException e) {
            throw failed("deleted", key, e);
        }
        if (deleted) {
            deleteEmptyDirectories(key, deadline);
        }
        return deleted;
    }

    /**
     * Removes the directories that only led to {@code key}. Each under the guard of the key that it would be: an object
     * that was put in place of the directory a moment ago would be deleted otherwise.
     */
    private void deleteEmptyDirectories(String key, Deadline deadline) {
        try {
            boolean deleted = true;
            for (int end = key.lastIndexOf('/'); end > 0 && deleted; end = key.lastIndexOf('/', end - 1)) {
                String folder = key.substring(0, end);
                deleted = guards.holding(folder, deadline, () -> Directories.deleteIfEmpty(root.resolve(folder)));
            }
        } catch (IOException | CloudSqliteException e) {
            log.debug("empty directories not deleted, the next deletion beside it tries again key={}", key, e);
        }
    }

    private Path directoryOf(String key) {
        int slash = key.lastIndexOf('/');
        return slash < 0 ? root : root.resolve(key.substring(0, slash));
    }

    private static CloudSqliteException failed(String participle, String key, IOException e) {
        return e instanceof ClosedByInterruptException
                ? new OperationInterruptedException(
                        "The thread was interrupted before '" + key + "' was " + participle, e)
                : new StorageUnavailableException("'" + key + "' could not be " + participle + ": " + reason(e), e);
    }

    private static StorageUnavailableException alwaysChanging(String key) {
        return new StorageUnavailableException(
                "'" + key + "' was replaced each time it was opened, " + MAX_ATTEMPTS + " times: try again");
    }

    /** What the file system said, without the path that it said it about. */
    private static String reason(IOException e) {
        String reason = e instanceof FileSystemException failure ? failure.getReason() : e.getMessage();
        return reason == null ? e.getClass().getSimpleName() : reason;
    }
}
