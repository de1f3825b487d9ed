package io.cloudsqlite.format;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.Snapshot;
import io.cloudsqlite.copy.WorkingCopy;
import io.cloudsqlite.format.LogObjects.DeletedException;
import io.cloudsqlite.format.Manifest.Segment;
import io.cloudsqlite.store.BlobInfo;
import io.cloudsqlite.store.PutCondition;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the logs of databases short and their garbage small, while others read and write them.
 *
 * <p>All of it is the same move: new objects are put under keys that nobody knows, and then a manifest that names them, and is
 * the same database otherwise, is swapped in for the newest. Who loses that race does it again on top of the winner's. Writers
 * who lose it publish on top of the new manifest, without running anything again.
 *
 * <p>Safe for use by many threads and processes at once.
 */
public final class LogMaintenance {

    private static final Logger log = LoggerFactory.getLogger(LogMaintenance.class);

    private static final int MAX_ATTEMPTS = 20;

    private final LogFormat format;
    private final LogObjects objects;
    private final SpareSegments spares;
    private final LogPolicy policy;
    private final InstantSource clock;
    private final RandomGenerator random;

    LogMaintenance(
            LogFormat format,
            LogObjects objects,
            SpareSegments spares,
            LogPolicy policy,
            InstantSource clock,
            RandomGenerator random) {
        this.format = format;
        this.objects = objects;
        this.spares = spares;
        this.policy = policy;
        this.clock = clock;
        this.random = random;
    }

    /**
     * Whether who has just committed should {@linkplain #maintain maintain} the database himself, because it is small, or its
     * manifest has grown large. Asks nobody.
     */
    public boolean isDueInline(DatabaseName database, DatabaseVersion version) {
        return version.format() == DatabaseFormat.LOG
                && format.findNext(database, version)
                        .filter(policy::isDueInline)
                        .isPresent();
    }

    /**
     * Whether {@link #maintain} has anything to do, and so whether it is worth a working copy. Asks nobody; where nothing is
     * known of that version any more, it may.
     */
    public boolean isDue(DatabaseName database, DatabaseVersion version) {
        return version.format() == DatabaseFormat.LOG
                && format.findRecent(database, version)
                        .map(manifest -> policy.isCheckpointDue(manifest)
                                || !SegmentMerge.find(manifest.segments(), policy.minMerged())
                                        .isEmpty())
                        .orElse(true);
    }

    /**
     * Does what is due: makes a new base if the log is long, and merges small segments.
     *
     * @param copy a working copy that was checked out just before
     */
    public MaintenanceReport maintain(WorkingCopy copy, Operation operation) {
        Optional<StoredManifest> stored = copy.version()
                .filter(held -> held.format() == DatabaseFormat.LOG)
                .flatMap(held -> format.newest(copy.database(), held, operation));
        if (stored.isEmpty()) {
            return MaintenanceReport.NOTHING;
        }
        if (policy.isCheckpointDue(stored.get().manifest()) && checkpoint(copy, operation)) {
            return new MaintenanceReport(true, 0, 0, 0);
        }
        return new MaintenanceReport(false, mergeSegments(copy.database(), stored.get(), operation), 0, 0);
    }

    /**
     * Does what is {@linkplain #isDueInline due} after a commit: makes a new base of a small database, and merges the segments of
     * a large one, which is not uploaded by who merely commits.
     *
     * @param copy the working copy that holds the commit
     * @param goesOn whether this process is likely to make the next commit too: then that names what was merged, for which a
     *     manifest of its own would race it. Otherwise nobody might ever name it
     */
    public void maintainInline(WorkingCopy copy, boolean goesOn, Operation operation) {
        Optional<StoredManifest> stored =
                copy.version().flatMap(held -> format.newest(copy.database(), held, operation));
        if (stored.isPresent() && policy.isCheckpointDueInline(stored.get().manifest())) {
            checkpoint(copy, operation);
        } else if (stored.isPresent() && goesOn) {
            prepareMerge(copy.database(), stored.get().manifest(), operation);
        } else if (stored.isPresent()) {
            int unused = mergeSegments(copy.database(), stored.get(), operation);
        }
    }

    private void prepareMerge(DatabaseName database, Manifest manifest, Operation operation) {
        List<Segment> run = SegmentMerge.find(manifest.segments(), policy.minMerged());
        if (!run.isEmpty()) {
            readSegments(database, run, operation).ifPresent(merge -> {
                Segment merged = merge.put(manifest.collections(), CommitId.next(random), operation);
                spares.add(database, run, merged, manifest.collections());
            });
        }
    }

    /**
     * Makes the state that {@code copy} holds the new base, so that the log begins after it.
     *
     * @return whether it is; not if others did the same, or something else, meanwhile
     */
    public boolean checkpoint(WorkingCopy copy, Operation operation) {
        try (Snapshot snapshot = copy.snapshot(operation.deadline()).orElse(null)) {
            if (snapshot == null || snapshot.version().format() != DatabaseFormat.LOG) {
                return false;
            }
            return new Checkpoint(copy.database(), snapshot).run(operation);
        }
    }

    /** A new base on its way into the manifest. */
    private final class Checkpoint {

        private final DatabaseName database;
        private final Snapshot snapshot;
        private final DatabaseVersion version;

        /** The newest manifest that is known to be of the snapshot's history. */
        private @Nullable Manifest known;

        private Manifest.@Nullable Base base;
        private @Nullable String archived;
        private long collections;

        Checkpoint(DatabaseName database, Snapshot snapshot) {
            this.database = database;
            this.snapshot = snapshot;
            this.version = snapshot.version();
        }

        boolean run(Operation operation) {
            Optional<StoredManifest> newest = format.newest(database, version, operation);
            Optional<Manifest.Base> former =
                    newest.flatMap(stored -> stored.manifest().base());
            boolean done = swap(database, newest, operation, manifest -> {
                if (!isOfSnapshot(manifest) || !manifest.base().equals(former)) {
                    return null;
                }
                Manifest.Base own = baseFor(manifest, operation);
                return manifest.rebased(own, archiveOf(manifest, operation));
            });
            if (done) {
                log.info("db={} txid={} checkpoint", database, version.txid());
            }
            return done;
        }

        /**
         * By its commit, not by its number alone: somebody may have put an older state back by hand and gone on from there. A
         * manifest that is known to be of the snapshot vouches for those that come after it.
         */
        private boolean isOfSnapshot(Manifest manifest) {
            Manifest former = known;
            boolean isSameHistory = former == null
                    ? manifest.hasCommit(version.recentCommits())
                    : manifest.hasCommit(former.recentCommits())
                            // So much was committed while the base was on its way that the manifest has forgotten the
                            // commit. Whoever wanted more proof than that nothing speaks against it would have to read
                            // what was committed; and whoever gave up would never be done with a database that is busy.
                            || manifest.agreesWith(former, version.txid());
            boolean isOfSnapshot = isSameHistory
                    && version.databaseId().equals(Optional.of(manifest.databaseId()))
                    && version.txid() > manifest.baseTxid();
            if (isOfSnapshot) {
                known = manifest;
            }
            return isOfSnapshot;
        }

        /** The base, which is put again if a collector may have taken it for garbage. */
        private Manifest.Base baseFor(Manifest manifest, Operation operation) {
            Manifest.Base own = base;
            if (own == null || collections != manifest.collections()) {
                own = format.putBase(
                        database, version.txid(), manifest.timestampOf(version.txid()), snapshot.image(), operation);
                base = own;
                archived = null;
                collections = manifest.collections();
            }
            return own;
        }

        /** The archived manifest that leads up to the base; one that leads further is as good. */
        private String archiveOf(Manifest manifest, Operation operation) {
            String own = archived;
            if (own == null) {
                own = objects.archive(database, manifest, operation);
                archived = own;
            }
            return own;
        }
    }

    /** Says what to put in the place of the newest manifest; null to leave it. */
    @FunctionalInterface
    private interface ManifestChange {
        @Nullable
        Manifest apply(Manifest newest);
    }

    /**
     * Swaps a manifest that is the same database in for the newest, whatever that is by then.
     *
     * @param first the newest as far as is known
     * @return whether it is in
     */
    private boolean swap(
            DatabaseName database, Optional<StoredManifest> first, Operation operation, ManifestChange change) {
        Optional<StoredManifest> newest = first;
        for (int attempt = 1; attempt <= MAX_ATTEMPTS && newest.isPresent(); attempt++) {
            Manifest next = change.apply(newest.get().manifest());
            if (next == null) {
                return false;
            }
            PutCondition condition = PutCondition.ifMatches(newest.get().version());
            if (format.put(database, next, condition, operation) instanceof Publication.Result.Stored) {
                return true;
            }
            // Others were faster, or the answer was lost: either way the change is judged anew on what is there now.
            newest = format.get(database, operation);
        }
        return false;
    }

    private int mergeSegments(DatabaseName database, StoredManifest stored, Operation operation) {
        List<Segment> run = SegmentMerge.find(stored.manifest().segments(), policy.minMerged());
        if (run.isEmpty()) {
            return 0;
        }
        Optional<SegmentMerge> merge = readSegments(database, run, operation);
        if (merge.isEmpty()) {
            return 0;
        }
        boolean done = swap(
                database,
                Optional.of(stored),
                operation,
                manifest -> manifest.segments().containsAll(run)
                        ? manifest.merged(
                                run, merge.get().put(manifest.collections(), CommitId.next(random), operation))
                        : null);
        return done ? run.size() : 0;
    }

    private Optional<SegmentMerge> readSegments(DatabaseName database, List<Segment> run, Operation operation) {
        try {
            return Optional.of(SegmentMerge.of(objects, database, run, operation));
        } catch (DeletedException e) {
            log.debug("db={} others have merged the same segments: {}", database, e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Deletes what no manifest names that retention keeps.
     *
     * @param retention how far back every state can be restored
     */
    public MaintenanceReport collect(DatabaseName database, Duration retention, Operation operation) {
        Instant now = clock.instant();
        Map<String, BlobInfo> listed = new LinkedHashMap<>();
        objects.list(database, operation).stream()
                .filter(object -> object.lastModified().isBefore(now.minus(policy.minGarbageAge())))
                .forEach(object -> listed.put(object.key(), object));
        List<BlobInfo> garbage = new ArrayList<>();
        boolean swapped = swap(database, format.get(database, operation), operation, manifest -> {
            Kept kept = keptSince(database, manifest, now.minus(retention), listed.keySet(), operation);
            garbage.clear();
            listed.values().stream()
                    .filter(object -> !kept.keys().contains(object.key()))
                    .forEach(garbage::add);
            // Whoever put one of these and has not committed yet can no longer once this swap is in.
            return garbage.isEmpty() ? null : manifest.collected(kept.forgotten());
        });
        if (!swapped) {
            return MaintenanceReport.NOTHING;
        }
        // Archived manifests first: as long as one is there, so is all that it names.
        delete(garbage, object -> LogKeys.isArchive(database, object.key()), operation);
        delete(garbage, object -> !LogKeys.isArchive(database, object.key()), operation);
        long bytes = garbage.stream().mapToLong(BlobInfo::sizeBytes).sum();
        log.info("db={} {} objects deleted, {} bytes", database, garbage.size(), bytes);
        return new MaintenanceReport(false, 0, garbage.size(), bytes);
    }

    private void delete(List<BlobInfo> garbage, Predicate<BlobInfo> which, Operation operation) {
        objects.delete(garbage.stream().filter(which).map(BlobInfo::key).toList(), operation);
    }

    /**
     * What is to be kept.
     *
     * @param keys of objects, in full
     * @param forgotten see {@link Manifest#forgotten}
     */
    private record Kept(Set<String> keys, Optional<String> forgotten) {}

    /**
     * All objects that it takes to restore any state since {@code oldest}, and those that an earlier archived manifest names which
     * is not among {@code mayGo}.
     */
    private Kept keptSince(
            DatabaseName database, Manifest newest, Instant oldest, Set<String> mayGo, Operation operation) {
        String folder = LogKeys.folder(database);
        Set<String> keys = new HashSet<>();
        Manifest manifest = newest;
        while (true) {
            manifest.keys().map(key -> folder + key).forEach(keys::add);
            boolean isRestorable = manifest.base()
                    .filter(base -> base.timestamp().isAfter(oldest))
                    .isPresent();
            Optional<String> previous = manifest.previous();
            if (previous.isPresent() && !isRestorable && mayGo.contains(folder + previous.get())) {
                return new Kept(keys, previous);
            }
            Optional<Manifest> earlier = objects.getPrevious(database, newest, manifest, operation);
            if (earlier.isEmpty()) {
                return new Kept(keys, newest.forgotten());
            }
            previous.ifPresent(name -> keys.add(folder + name));
            manifest = earlier.get();
        }
    }
}
