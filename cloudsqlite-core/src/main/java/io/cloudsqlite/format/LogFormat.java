package io.cloudsqlite.format;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.copy.Change;
import io.cloudsqlite.copy.DatabaseImage;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.Download;
import io.cloudsqlite.copy.PageCursor;
import io.cloudsqlite.copy.Patch;
import io.cloudsqlite.copy.WorkDirectory;
import io.cloudsqlite.copy.WorkingCopy;
import io.cloudsqlite.format.LogObjects.DeletedException;
import io.cloudsqlite.ltx.LtxHeader;
import io.cloudsqlite.ltx.LtxWriter;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.BlobInfo;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.time.Backoff;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An immutable base, a log of changed pages and one manifest, which lies where the database's object lies in every format: so a
 * commit costs what it changes, and a checkout what others have changed. {@code docs/storage-format.md} tells how all of it is
 * written.
 *
 * <p>A transaction is committed by one put of the manifest, in whose tail its pages lie. When the tail is full, it is put beside
 * as an object of its own, a segment, which the {@linkplain SpareSegments next commit} then names in its place. A transaction
 * that is too large for the tail goes to a segment before. Several transactions may be committed at once: then the log has what
 * all of them together changed, as one LTX file, and only the state after the last can be restored.
 */
final class LogFormat implements StorageFormat {

    private static final Logger log = LoggerFactory.getLogger(LogFormat.class);

    private static final int MAX_RESERVATIONS = 8;
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2));

    private static final String FORMAT = "cloudsqlite-format";
    private static final String TXID = "cloudsqlite-txid";
    private static final String SIZE = "cloudsqlite-bytes";

    private final CommitPoint commitPoint;
    private final RepeatedReads reads;
    private final LogObjects objects;
    private final SpareSegments spares;
    private final LogPolicy policy;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final RecentManifests recent = new RecentManifests();

    LogFormat(
            CommitPoint commitPoint,
            RepeatedReads reads,
            LogObjects objects,
            SpareSegments spares,
            LogPolicy policy,
            InstantSource clock,
            RandomGenerator random) {
        this.commitPoint = commitPoint;
        this.reads = reads;
        this.objects = objects;
        this.spares = spares;
        this.policy = policy;
        this.clock = clock;
        this.random = random;
    }

    /** What the metadata of a manifest's object say, for listings. */
    static Map<String, String> metadata(Manifest manifest) {
        return Map.of(
                FORMAT, DatabaseFormat.LOG.label(),
                TXID, Long.toString(manifest.txid()),
                SIZE, Long.toString(manifest.sizeBytes()));
    }

    /** Whether an object's metadata says that it is a manifest. */
    static boolean isManifest(BlobInfo info) {
        return DatabaseFormat.LOG.label().equals(info.metadata().get(FORMAT));
    }

    /** Whether a version is no more than the name, {@linkplain #reserve reserved} for a database that is to be created. */
    static boolean isReservation(DatabaseVersion version) {
        return version.format() == DatabaseFormat.LOG && version.txid() == 0;
    }

    @Override
    public Optional<Checkout> checkout(WorkingCopy copy, GetOutcome.Found current, long epoch, Operation operation)
            throws IOException {
        StoredManifest stored = read(copy.database(), current, operation);
        Manifest manifest = stored.manifest();
        if (manifest.isReservation()) {
            copy.markAbsent(epoch);
            return Optional.of(Checkout.MISS);
        }
        try {
            Optional<DatabaseVersion> held = copy.version().filter(version -> isPredecessor(version, manifest));
            if (held.isPresent() && held.get().recentCommits().equals(manifest.recentCommits())) {
                return copy.relabel(manifest.version(stored.version()), epoch)
                        ? Optional.of(Checkout.HIT)
                        : Optional.empty();
            }
            if (held.isPresent()) {
                Optional<LogChain> chain = LogChain.from(
                        objects, copy.database(), manifest, held.get().txid(), operation);
                if (chain.isPresent()) {
                    try {
                        return catchUp(copy, stored, chain.get(), epoch, operation);
                    } catch (DeletedException | SplitCommitException e) {
                        log.debug("db={} {}, the log does not lead there from here", copy.database(), e.getMessage());
                    }
                }
            }
            return download(copy, stored, epoch, operation);
        } catch (DeletedException e) {
            requireNewer(copy.database(), stored, e, operation);
            log.debug("db={} {}, the newest manifest is asked for again", copy.database(), e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Sees to it that there is a newer manifest than the one which names an object that is gone: collectors swap the manifest
     * before they delete anything.
     *
     * @throws CorruptDatabaseException if it is the newest, so that others than a collector have deleted the object
     */
    void requireNewer(DatabaseName database, StoredManifest stored, DeletedException gone, Operation operation) {
        boolean isNewest = commitPoint
                .head(database, operation)
                .filter(info -> info.version().equals(stored.version()))
                .isPresent();
        if (isNewest) {
            throw new CorruptDatabaseException("The object '" + gone.key() + "' of the database '" + database
                    + "' is missing. Restore it, or the database as of an earlier transaction");
        }
    }

    /** Whether the log leads from that version to the manifest's; or it is the same, by whatever name. */
    private static boolean isPredecessor(DatabaseVersion version, Manifest manifest) {
        // An older object may have been put back by hand, and others have committed on top of it: then the TXID alone
        // does not tell.
        boolean isSame = version.recentCommits().equals(manifest.recentCommits());
        return version.format() == DatabaseFormat.LOG
                && version.databaseId().equals(Optional.of(manifest.databaseId()))
                && (version.txid() < manifest.txid() || (version.txid() == manifest.txid() && isSame));
    }

    private Optional<Checkout> catchUp(
            WorkingCopy copy, StoredManifest stored, LogChain chain, long epoch, Operation operation)
            throws DeletedException, SplitCommitException {
        Manifest manifest = stored.manifest();
        try (Patch patch = copy.newPatch(manifest.pageSizeBytes())) {
            chain.read(PageSink.into(patch), operation);
            return copy.apply(patch, manifest.version(stored.version()), manifest.checksum(), epoch)
                    ? Optional.of(Checkout.DELTA)
                    : Optional.empty();
        }
    }

    private Optional<Checkout> download(WorkingCopy copy, StoredManifest stored, long epoch, Operation operation)
            throws DeletedException {
        Manifest manifest = stored.manifest();
        try (Download download = copy.newDownload(manifest.sizeBytes())) {
            if (manifest.base().isPresent()) {
                objects.readBase(copy.database(), manifest.base().get(), manifest.pageSizeBytes(), download, operation);
            }
            objects.readLog(
                    copy.database(),
                    manifest,
                    manifest.baseTxid(),
                    manifest.txid(),
                    PageSink.into(download, manifest.pageSizeBytes()),
                    operation);
            if (!download.seal().equals(manifest.checksum())) {
                throw new CorruptDatabaseException("The database '" + copy.database()
                        + "' is damaged: its base and log do not have the checksum that its manifest tells."
                        + " Restore it as of an earlier transaction, or an older version of its objects");
            }
            return copy.install(download, manifest.version(stored.version()), epoch)
                    ? Optional.of(Checkout.MISS)
                    : Optional.empty();
        } catch (SplitCommitException e) {
            throw e.asDamage(copy.database());
        }
    }

    @Override
    public Publication.Result publish(Commit commit, Change change, Operation operation) {
        try {
            if (commit.base().isEmpty()) {
                return create(commit, change, operation);
            }
            Optional<StoredManifest> base =
                    find(commit.database(), commit.base().get(), operation);
            if (base.isEmpty()) {
                return new Publication.Result.Refused();
            }
            Manifest manifest = spares.nameIn(commit.database(), base.get().manifest());
            LtxHeader header = header(commit, change, manifest.timestamp());
            Optional<Manifest.Entry> entry = entry(header, change, policy.largestTailBytes() - manifest.tailBytes());
            if (entry.isEmpty()) {
                return swap(commit, withSegment(commit, manifest, header, change, operation), operation);
            }
            Manifest next = manifest.append(entry.get(), change.pageCount(), commit.id());
            if (policy.isTailDue(manifest, next)) {
                spares.beginToPutTail(commit.database(), next, operation.deadline());
            }
            return swap(commit, next, operation);
        } catch (IOException e) {
            throw WorkDirectory.failed(commit.database(), e);
        }
    }

    private Publication.Result create(Commit commit, Change change, Operation operation) throws IOException {
        Optional<Manifest.Entry> entry = entry(header(commit, change, Instant.EPOCH), change, policy.fullTailBytes());
        if (entry.isEmpty()) {
            return publish(commit, change.image(), operation);
        }
        Manifest empty = Manifest.reservation(commit.databaseId(), change.pageSizeBytes());
        return swap(commit, empty.append(entry.get(), change.pageCount(), commit.id()), operation);
    }

    private Manifest withSegment(Commit commit, Manifest manifest, LtxHeader header, Change change, Operation operation)
            throws IOException {
        SegmentBody body = new SegmentBody(manifest.tail(), header, change);
        long from = manifest.tail().isEmpty()
                ? commit.firstTxid()
                : manifest.tail().get(0).fromTxid();
        String key = LogKeys.segment(from, commit.lastTxid(), CommitId.next(random));
        objects.putNew(commit.database(), key, body, operation);
        Manifest.Segment segment = new Manifest.Segment(
                key, from, commit.lastTxid(), header.timestamp(), body.sizeBytes(), body.crc32c(), change.checksum());
        return manifest.append(segment, change.pageCount(), commit.id());
    }

    private LtxHeader header(Commit commit, Change change, Instant notBefore) {
        return new LtxHeader(
                change.pageSizeBytes(),
                change.pageCount(),
                commit.firstTxid(),
                commit.lastTxid(),
                timestamp(notBefore));
    }

    /** Now, as exactly as LTX tells it, and not before what came before, whatever the clocks say. */
    private Instant timestamp(Instant notBefore) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        return now.isBefore(notBefore) ? notBefore : now;
    }

    /** What the tail would hold of a commit; empty if that is more than {@code maxBytes}. */
    private Optional<Manifest.Entry> entry(LtxHeader header, Change change, long maxBytes) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PageCursor pages = change.openPages()) {
            LtxWriter ltx = new LtxWriter(bytes, header);
            while (pages.next()) {
                ltx.write(pages.number(), pages.bytes());
                if (bytes.size() > maxBytes) {
                    return Optional.empty();
                }
            }
            ltx.finish();
        }
        return bytes.size() > maxBytes
                ? Optional.empty()
                : Optional.of(new Manifest.Entry(
                        header.minTxid(),
                        header.maxTxid(),
                        header.timestamp(),
                        change.checksum(),
                        bytes.toByteArray()));
    }

    /**
     * {@inheritDoc}
     *
     * <p>The whole database becomes a new base. Where there is no object yet, one is put first that merely reserves the name: so
     * that in every case, who deletes objects of this database after he has replaced or deleted its manifest knows that
     * whoever had put them before can no longer commit.
     */
    @Override
    public Publication.Result publish(Commit commit, DatabaseImage image, Operation operation) {
        if (commit.condition().equals(PutCondition.IF_ABSENT)) {
            Optional<BlobVersion> reservation = reserve(commit.database(), image.pageSizeBytes(), operation);
            return reservation.isPresent()
                    ? publish(commit.onReservation(reservation.get()), image, operation)
                    : new Publication.Result.Refused();
        }
        Optional<Manifest> former = Optional.empty();
        if (commit.base().filter(base -> base.format() == DatabaseFormat.LOG).isPresent()) {
            former = find(commit.database(), commit.base().get(), operation).map(StoredManifest::manifest);
            if (former.isEmpty()) {
                return new Publication.Result.Refused();
            }
        }
        Instant timestamp = timestamp(former.map(Manifest::timestamp).orElse(Instant.EPOCH));
        Manifest.Base base = putBase(commit.database(), commit.lastTxid(), timestamp, image, operation);
        Optional<String> archived = former.map(manifest -> objects.archive(commit.database(), manifest, operation));
        Manifest next = new Manifest(
                commit.databaseId(),
                commit.lastTxid(),
                timestamp,
                image.pageSizeBytes(),
                image.pageCount(),
                image.checksum(),
                commit.recentCommits(),
                Optional.of(base),
                List.of(),
                List.of(),
                former.map(Manifest::collections).orElse(0L),
                archived,
                former.flatMap(Manifest::forgotten));
        return swap(commit, next, operation);
    }

    /**
     * Reserves the name of a database that does not exist. A reservation commits nothing, so after a lost answer another one is
     * sent; and because it is another, one that arrives late cannot be taken for it.
     *
     * @return the version of the reservation; empty if something is there
     * @throws StorageUnavailableException if no answer came; nothing was changed
     */
    private Optional<BlobVersion> reserve(DatabaseName database, int pageSizeBytes, Operation operation) {
        for (int attempt = 1; ; attempt++) {
            Manifest reservation = Manifest.reservation(CommitId.next(random), pageSizeBytes);
            Publication.Result result = put(database, reservation, PutCondition.IF_ABSENT, operation);
            if (result instanceof Publication.Result.Stored stored) {
                return Optional.of(stored.version());
            }
            if (!(result instanceof Publication.Result.InDoubt doubt)) {
                return Optional.empty();
            }
            if (attempt >= MAX_RESERVATIONS || operation.deadline().hasPassed()) {
                throw new StorageUnavailableException(
                        "The store did not answer while the database '" + database
                                + "' was to be created; nothing was changed. Try again",
                        doubt.cause());
            }
            BACKOFF.pause(
                    attempt,
                    random,
                    operation.deadline(),
                    "creating the database '" + database + "'; nothing was changed");
        }
    }

    /** Puts a whole database as a base. */
    Manifest.Base putBase(
            DatabaseName database, long txid, Instant timestamp, DatabaseImage image, Operation operation) {
        String key = LogKeys.base(txid, CommitId.next(random));
        objects.putNew(database, key, image, operation);
        return new Manifest.Base(key, txid, timestamp, image.sizeBytes(), image.checksum());
    }

    private Publication.Result swap(Commit commit, Manifest next, Operation operation) {
        return put(commit.database(), next, commit.condition(), operation);
    }

    /** Replaces the manifest, if the condition holds, and remembers it. */
    Publication.Result put(DatabaseName database, Manifest manifest, PutCondition condition, Operation operation) {
        BlobBody body = BlobBody.of(ManifestJson.encode(manifest));
        Publication.Result result = commitPoint.replace(database, body, metadata(manifest), condition, operation);
        if (result instanceof Publication.Result.Stored stored) {
            recent.put(database, new StoredManifest(manifest, stored.version()));
        } else {
            recent.remove(database);
        }
        return result;
    }

    /** The manifest of exactly that version; empty if the database has moved on from it. */
    Optional<StoredManifest> find(DatabaseName database, DatabaseVersion version, Operation operation) {
        Optional<StoredManifest> remembered = recent.find(database, version.blob());
        return remembered.isPresent()
                ? remembered
                : get(database, operation).filter(stored -> stored.version().equals(version.blob()));
    }

    /** The newest manifest, which is not asked for if it is known to be that of {@code version}, or was a moment ago. */
    Optional<StoredManifest> newest(DatabaseName database, DatabaseVersion version, Operation operation) {
        Optional<StoredManifest> remembered = recent.find(database, version.blob());
        return remembered.isPresent() ? remembered : get(database, operation);
    }

    /** The manifest of exactly that version, if it is remembered. */
    Optional<Manifest> findRecent(DatabaseName database, DatabaseVersion version) {
        return recent.find(database, version.blob()).map(StoredManifest::manifest);
    }

    /** That manifest as the next commit of this process would build on it, with spare segments in their places. */
    Optional<Manifest> findNext(DatabaseName database, DatabaseVersion version) {
        return findRecent(database, version).map(manifest -> spares.nameIn(database, manifest));
    }

    /** The newest manifest; empty if the database does not exist in this format. */
    Optional<StoredManifest> get(DatabaseName database, Operation operation) {
        return reads.read(database, database.value(), operation, () -> {
            try (GetOutcome got = commitPoint.get(database, Optional.empty(), operation)) {
                return got instanceof GetOutcome.Found found && isManifest(found.info())
                        ? Optional.of(read(database, found, operation))
                        : Optional.empty();
            }
        });
    }

    /** Whether there is a database of that name, in whatever format. */
    boolean exists(DatabaseName database, Operation operation) {
        return commitPoint
                .head(database, operation)
                .filter(info -> !isManifest(info) || summarize(database, info).isPresent())
                .isPresent();
    }

    private StoredManifest read(DatabaseName database, GetOutcome.Found current, Operation operation)
            throws IOException {
        StoredManifest stored = StoredManifest.read(current, operation);
        recent.put(database, stored);
        return stored;
    }

    @Override
    public DatabaseVersion version(DatabaseName database, GetOutcome.Found current, Operation operation)
            throws IOException {
        StoredManifest stored = read(database, current, operation);
        return stored.manifest().version(stored.version());
    }

    @Override
    public DatabaseDetails describe(DatabaseName database, GetOutcome.Found current, Operation operation)
            throws IOException {
        Manifest manifest = read(database, current, operation).manifest();
        return new DatabaseDetails(
                new DatabaseInfo(
                        database,
                        DatabaseFormat.LOG,
                        manifest.sizeBytes(),
                        manifest.txid(),
                        current.info().version(),
                        current.info().lastModified()),
                manifest.pageSizeBytes(),
                manifest.pageCount(),
                manifest.txid() - manifest.baseTxid(),
                manifest.logBytes());
    }

    /** What a listing tells of a database, from its object's metadata; empty if its name is merely reserved. */
    static Optional<DatabaseInfo> summarize(DatabaseName database, BlobInfo info) {
        long txid = number(info, TXID);
        return txid == 0
                ? Optional.empty()
                : Optional.of(new DatabaseInfo(
                        database, DatabaseFormat.LOG, number(info, SIZE), txid, info.version(), info.lastModified()));
    }

    private static long number(BlobInfo info, String name) {
        try {
            return Long.parseLong(info.metadata().getOrDefault(name, "0"));
        } catch (NumberFormatException e) {
            log.warn("key={} its metadata {} is not a number", info.key(), name);
            return 0;
        }
    }
}
