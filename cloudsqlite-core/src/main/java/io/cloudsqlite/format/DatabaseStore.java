package io.cloudsqlite.format;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.copy.Change;
import io.cloudsqlite.copy.DatabaseImage;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.Download;
import io.cloudsqlite.copy.WorkingCopy;
import io.cloudsqlite.store.BlobInfo;
import io.cloudsqlite.store.BlobPage;
import io.cloudsqlite.store.BlobRules;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.time.Backoff;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * The databases of a {@link BlobStore}, each in the format that it has.
 *
 * <p>Whatever the format, a database is one object that is ever replaced, the object of its name: a plain SQLite file in format
 * {@code file}, a manifest in format {@code log}. So the store's compare-and-swap on one key decides not only which transaction
 * comes next but also which format the database has, who creates it and who deletes it, and processes that prefer different
 * formats cannot make two databases of one name.
 *
 * <p>Safe for use by many threads.
 */
public final class DatabaseStore {

    private static final int MAX_BROKEN_TRANSFERS = 4;
    private static final int MAX_REPLACED = 20;
    private static final int MAX_LIST_REQUESTS = 2_000;
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(20), Duration.ofSeconds(2));

    private final BlobStore store;
    private final DatabaseFormat formatOfNewDatabases;
    private final RandomGenerator random;
    private final RepeatedReads reads;
    private final CommitPoint commitPoint;
    private final FileFormat fileFormat;
    private final LogFormat logFormat;
    private final LogObjects logObjects;
    private final LogMaintenance maintenance;
    private final LogHistory history;

    /**
     * @param formatOfNewDatabases what a database gets that is created
     * @param policy when the logs of databases become what
     * @param time dates transactions, and is what threads wait by
     * @param random makes the keys of objects, and jitters the waiting between attempts
     * @param executor downloads ranges, and puts segments, beside the thread that needs them
     */
    public DatabaseStore(
            BlobStore store,
            DatabaseFormat formatOfNewDatabases,
            LogPolicy policy,
            TimeSource time,
            RandomGenerator random,
            Executor executor) {
        this.store = store;
        this.formatOfNewDatabases = formatOfNewDatabases;
        this.random = random;
        this.reads = new RepeatedReads(random);
        this.commitPoint = new CommitPoint(store, random);
        RangedReads ranges = new RangedReads(store, time, random, executor);
        this.fileFormat = new FileFormat(commitPoint, ranges);
        this.logObjects = new LogObjects(store, reads, random, ranges);
        SpareSegments spares = new SpareSegments(logObjects, executor, random);
        this.logFormat = new LogFormat(commitPoint, reads, logObjects, spares, policy, time, random);
        this.maintenance = new LogMaintenance(logFormat, logObjects, spares, policy, time, random);
        this.history = new LogHistory(logFormat, logObjects);
    }

    /** What a database gets that is created. */
    public DatabaseFormat formatOfNewDatabases() {
        return formatOfNewDatabases;
    }

    /**
     * Brings {@code copy} up to date with the store; afterwards it holds the newest version or {@linkplain
     * WorkingCopy#isKnownToBeAbsent knows} that there is none.
     *
     * @throws StorageUnavailableException if the store does not answer by the deadline
     * @throws CorruptDatabaseException if what the store holds is not a sound database; {@code copy} is as it was
     */
    public Checkout checkout(WorkingCopy copy, Operation operation) {
        int broken = 0;
        for (int attempt = 1; ; attempt++) {
            long epoch = copy.epoch();
            Optional<BlobVersion> held = copy.version().map(DatabaseVersion::blob);
            try (GetOutcome got = commitPoint.get(copy.database(), held, operation)) {
                if (got instanceof GetOutcome.NotModified) {
                    return Checkout.HIT;
                }
                if (!(got instanceof GetOutcome.Found found)) {
                    copy.markAbsent(epoch);
                    return Checkout.MISS;
                }
                Optional<Checkout> checkout = formatOf(found.info()).checkout(copy, found, epoch, operation);
                if (checkout.isPresent()) {
                    return checkout.get();
                }
                // Ask again: another thread changed the copy meanwhile, most likely to something newer, or the manifest
                // that was read is not the newest any more.
            } catch (IOException e) {
                if (++broken >= MAX_BROKEN_TRANSFERS || operation.deadline().hasPassed()) {
                    throw RepeatedReads.failed(copy.database(), copy.database().value(), e);
                }
            }
            String waiting = "waiting for the store of '" + copy.database() + "'";
            BACKOFF.pause(attempt, random, operation.deadline(), waiting);
        }
    }

    private StorageFormat formatOf(BlobInfo object) {
        return LogFormat.isManifest(object) ? logFormat : fileFormat;
    }

    private StorageFormat implementationOf(DatabaseFormat format) {
        return switch (format) {
            case FILE -> fileFormat;
            case LOG -> logFormat;
        };
    }

    /**
     * Publishes a transaction, or several that follow on one another: then they become durable together or not at all, each has
     * a TXID of its own, and only the state after the last can be restored. However many there are, it is one commit.
     *
     * @param base the version that they build on; empty if they create the database
     * @param change what the transactions changed, all of them together
     * @param transactions how many there are, 1 or more; the first gets the TXID that comes after that of {@code base}
     * @param id the fresh id of this commit
     * @throws StorageUnavailableException if the store cannot be reached; nothing is durable and never will be
     */
    public CommitOutcome commit(
            DatabaseName database,
            Optional<DatabaseVersion> base,
            CommitId databaseId,
            Change change,
            int transactions,
            CommitId id,
            Operation operation) {
        DatabaseFormat format = base.map(DatabaseVersion::format).orElse(formatOfNewDatabases);
        Commit commit = Commit.onTopOf(base, database, databaseId, transactions, id);
        return publish(commit, format, next -> implementationOf(format).publish(next, change, operation), operation);
    }

    /**
     * Publishes a whole database, as one transaction in the place of what is there.
     *
     * @param base the version that it replaces, in whatever format; empty if it creates the database
     * @param format the format that the database has from then on
     * @param id the fresh id of this transaction
     * @throws StorageUnavailableException if the store cannot be reached; nothing was replaced and never will be
     */
    public CommitOutcome replace(
            DatabaseName database,
            Optional<DatabaseVersion> base,
            CommitId databaseId,
            DatabaseImage image,
            DatabaseFormat format,
            CommitId id,
            Operation operation) {
        // Objects of the log are garbage once the database has left it, and whoever puts more of them until then can no
        // longer commit: so what is listed before can safely be deleted after.
        boolean leavesLog = format == DatabaseFormat.FILE
                && base.filter(version -> version.format() == DatabaseFormat.LOG)
                        .isPresent();
        List<BlobInfo> leftBehind = new ArrayList<>();
        Commit commit = Commit.onTopOf(base, database, databaseId, 1, id);
        Function<Commit, Publication.Result> send = next -> {
            if (leavesLog) {
                leftBehind.clear();
                leftBehind.addAll(logObjects.list(database, operation));
            }
            return implementationOf(format).publish(next, image, operation);
        };
        CommitOutcome outcome = publish(commit, format, send, operation);
        if (outcome instanceof CommitOutcome.Committed || outcome instanceof CommitOutcome.CommittedBeneathOthers) {
            logObjects.deleteQuietly(database, leftBehind, operation);
        }
        return outcome;
    }

    /** Publishes, and finds out what became of it if that is in doubt. */
    private CommitOutcome publish(
            Commit first, DatabaseFormat format, Function<Commit, Publication.Result> send, Operation operation) {
        Commit commit = first;
        for (int attempt = 1; attempt <= MAX_REPLACED; attempt++) {
            Publication.Result result = send.apply(commit);
            if (result instanceof Publication.Result.Stored stored) {
                return new CommitOutcome.Committed(commit.version(format, stored.version()));
            }
            Optional<DatabaseVersion> newest;
            if (result instanceof Publication.Result.InDoubt doubt) {
                newest = findAfterDoubt(commit.database(), doubt.cause(), operation);
                CommitOutcome outcome = newest.isEmpty()
                        ? new CommitOutcome.Unknown(doubt.cause())
                        : commit.judge(newest.get(), doubt.cause());
                if (!(outcome instanceof CommitOutcome.Conflict)) {
                    return outcome;
                }
            } else if (commit.base()
                    .filter(base -> base.format() == DatabaseFormat.FILE)
                    .isPresent()) {
                return new CommitOutcome.Conflict();
            } else {
                newest = findObject(commit.database(), operation);
            }
            // It did not happen and never will. If nobody else committed either, it may still.
            Optional<Commit> again = newest.flatMap(commit::onTopOfTheSame);
            if (again.isEmpty()) {
                return new CommitOutcome.Conflict();
            }
            commit = again.get();
        }
        return new CommitOutcome.Conflict();
    }

    private Optional<DatabaseVersion> findAfterDoubt(DatabaseName database, Throwable cause, Operation operation) {
        try {
            return findObject(database, operation);
        } catch (RuntimeException e) {
            // Whatever it is (a client of the store that was closed meanwhile, say), it tells nothing of what was sent.
            cause.addSuppressed(e);
            return Optional.empty();
        }
    }

    /** What the store holds at the moment under this name; empty if there is no such database. */
    public Optional<DatabaseVersion> find(DatabaseName database, Operation operation) {
        return findObject(database, operation).filter(version -> !LogFormat.isReservation(version));
    }

    /** What the store holds at the moment under this name, be it no more than a reservation. */
    private Optional<DatabaseVersion> findObject(DatabaseName database, Operation operation) {
        return reading(database, operation, (found, format) -> format.version(database, found, operation));
    }

    /** What is known of a database; empty if there is none of that name. */
    public Optional<DatabaseDetails> describe(DatabaseName database, Operation operation) {
        return reading(database, operation, (found, format) -> format.describe(database, found, operation))
                .filter(details -> details.pageCount() > 0);
    }

    /** What is learned from a database's object. */
    @FunctionalInterface
    private interface Reading<T> {
        T read(GetOutcome.Found found, StorageFormat format) throws IOException;
    }

    private <T> Optional<T> reading(DatabaseName database, Operation operation, Reading<T> reading) {
        return reads.read(database, database.value(), operation, () -> {
            try (GetOutcome got = commitPoint.get(database, Optional.empty(), operation)) {
                return got instanceof GetOutcome.Found found
                        ? Optional.of(reading.read(found, formatOf(found.info())))
                        : Optional.empty();
            }
        });
    }

    /**
     * Databases in the order of their names.
     *
     * @param after what the page before said comes next; empty to begin at the first
     * @param limit how many at the most, 1 to 1,000
     */
    public DatabasePage list(Optional<String> after, int limit, Operation operation) {
        List<DatabaseInfo> databases = new ArrayList<>();
        Optional<String> from = after;
        for (int request = 1; request <= MAX_LIST_REQUESTS; request++) {
            operation.countRequest();
            BlobPage page = store.list("", from, BlobRules.MAX_LIST_LIMIT, operation.deadline());
            for (int index = 0; index < page.blobs().size(); index++) {
                String key = page.blobs().get(index).key();
                if (DatabaseName.isValid(key)) {
                    summarize(new DatabaseName(key), operation).ifPresent(databases::add);
                }
                boolean isLast =
                        index == page.blobs().size() - 1 && page.nextAfter().isEmpty();
                if (databases.size() == limit && !isLast) {
                    return new DatabasePage(databases, Optional.of(key));
                }
            }
            // A database's log may have any number of objects: what is left of them is skipped.
            from = page.nextAfter().map(LogKeys::endOfFolder);
            if (from.isEmpty()) {
                break;
            }
        }
        return new DatabasePage(databases, from);
    }

    /** Stores do not tell metadata in listings, so each database is asked for. One may be gone by now. */
    private Optional<DatabaseInfo> summarize(DatabaseName database, Operation operation) {
        return commitPoint
                .head(database, operation)
                .flatMap(info -> LogFormat.isManifest(info)
                        ? LogFormat.summarize(database, info)
                        : Optional.of(FileFormat.summarize(database, info)));
    }

    /** What the store calls the newest version, whatever state it is in; empty if there is no such database. */
    public Optional<BlobVersion> locate(DatabaseName database, Operation operation) {
        return commitPoint.head(database, operation).map(BlobInfo::version);
    }

    /**
     * Deletes the database if it is still at {@code version}.
     *
     * @return whether it was deleted
     */
    public boolean delete(DatabaseName database, BlobVersion version, Operation operation) {
        List<BlobInfo> objects = logObjects.list(database, operation);
        if (!isDeleted(database, version, operation)) {
            return false;
        }
        logObjects.deleteQuietly(database, objects, operation);
        return true;
    }

    private boolean isDeleted(DatabaseName database, BlobVersion version, Operation operation) {
        try {
            return commitPoint.delete(database, version, operation);
        } catch (StorageUnavailableException e) {
            // The answer may have been lost: if the database is gone, that is what was asked for.
            if (commitPoint.head(database, operation).isPresent()) {
                throw e;
            }
            return true;
        }
    }

    /**
     * Deletes what a deletion of a database has left behind that was cut short. Whoever is about to create a database of that
     * name holds at least a reservation before he puts objects; so what is listed while there is none is nobody's.
     */
    public void deleteLeftovers(DatabaseName database, Operation operation) {
        List<BlobInfo> objects = logObjects.list(database, operation);
        if (!objects.isEmpty() && commitPoint.head(database, operation).isEmpty()) {
            logObjects.deleteQuietly(database, objects, operation);
        }
    }

    /**
     * Downloads the newest version, and seals it.
     *
     * @return what it is
     * @throws DatabaseNotFoundException if there is no such database
     * @throws CorruptDatabaseException if what the store holds is damaged
     */
    public DatabaseVersion download(DatabaseName database, Download download, Operation operation) {
        DatabaseVersion newest = find(database, operation).orElseThrow(() -> new DatabaseNotFoundException(database));
        return switch (newest.format()) {
            case LOG -> history.read(database, newest.txid(), download, operation);
            case FILE ->
                reading(
                                database,
                                operation,
                                (found, format) -> fileFormat
                                        .receive(database, found, download, operation)
                                        .orElseThrow(() -> new IOException("it was replaced meanwhile")))
                        .orElseThrow(() -> new DatabaseNotFoundException(database));
        };
    }

    /** What keeps the logs of databases short. */
    public LogMaintenance maintenance() {
        return maintenance;
    }

    /** What the logs of databases tell of the past. */
    public LogHistory history() {
        return history;
    }
}
