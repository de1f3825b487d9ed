package io.cloudsqlite.format;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CommitId;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.copy.DatabaseHeader;
import io.cloudsqlite.copy.DatabaseImage;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.Download;
import io.cloudsqlite.copy.ImageChecksum;
import io.cloudsqlite.copy.WorkingCopy;
import io.cloudsqlite.store.BlobInfo;
import io.cloudsqlite.store.BlobPage;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.store.PutOutcome;
import io.cloudsqlite.time.Backoff;
import io.cloudsqlite.time.Deadline;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One object per database: a plain SQLite file under the database's name, as the first CloudSQLite stored it, so that any
 * tool opens what it finds in the bucket and a file that is put there is a database.
 *
 * <p>A checkout is one conditional get, a commit one conditional put of the whole file; so a commit's cost grows with the
 * size of the database. What CloudSQLite must know besides the pages stands in the object's metadata, see {@link
 * FileMetadata}; a file without it is a database at TXID 0.
 *
 * <p>No two versions of an object have the same bytes, and so no two have the same ETag, although ETags are hashes of bytes:
 * see {@link DatabaseImage}.
 */
public final class FileFormat implements StorageFormat {

    private static final Logger log = LoggerFactory.getLogger(FileFormat.class);

    /** The name of this format. */
    public static final String NAME = "file";

    private static final int MAX_PUTS = 8;
    private static final int MAX_DOWNLOADS = 4;
    private static final int MAX_LIST_REQUESTS = 100;
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2));

    private final BlobStore store;
    private final RandomGenerator random;

    /** @param random jitters the waiting between attempts */
    public FileFormat(BlobStore store, RandomGenerator random) {
        this.store = store;
        this.random = random;
    }

    @Override
    public Checkout checkout(WorkingCopy copy, Operation operation) {
        for (int attempt = 1; ; attempt++) {
            long epoch = copy.epoch();
            Optional<BlobVersion> held = copy.version().map(DatabaseVersion::blob);
            operation.countRequest();
            try (GetOutcome got = store.get(copy.database().value(), held, operation.deadline())) {
                if (got instanceof GetOutcome.NotModified) {
                    return Checkout.HIT;
                }
                if (got instanceof GetOutcome.Absent) {
                    copy.markAbsent(epoch);
                    return Checkout.MISS;
                }
                if (download(copy, (GetOutcome.Found) got, epoch, operation)) {
                    return Checkout.MISS;
                }
                // Another thread changed the copy meanwhile, most likely to something newer: ask again.
            } catch (IOException e) {
                if (attempt >= MAX_DOWNLOADS || operation.deadline().hasPassed()) {
                    throw new StorageUnavailableException(
                            "The download of the database '" + copy.database() + "' broke off " + attempt
                                    + " times: try again",
                            e);
                }
            }
            pause(attempt, copy.database(), operation.deadline());
        }
    }

    private static boolean download(WorkingCopy copy, GetOutcome.Found found, long epoch, Operation operation)
            throws IOException {
        BlobInfo info = found.info();
        FileMetadata metadata = FileMetadata.of(info, copy.database());
        try (Download download = copy.newDownload(info.sizeBytes())) {
            download.receive(found.body(), info.sizeBytes());
            operation.countDownload(info.sizeBytes());
            metadata.requireChecksum(download.checksum(), copy.database());
            return copy.install(download, metadata.version(info.version()), epoch);
        }
    }

    @Override
    public CommitOutcome commit(
            DatabaseName database,
            Optional<DatabaseVersion> base,
            CommitId databaseId,
            DatabaseImage image,
            CommitId commit,
            Operation operation) {
        return new Publication(database, base, databaseId, image, commit, operation).publish();
    }

    /**
     * One transaction on its way into the store.
     *
     * <p>What makes an ambiguous answer harmless is that every attempt sends the identical bytes on the same condition: at
     * most one of them can be stored, however late it arrives, and the commit id among the metadata tells whether one was.
     */
    private final class Publication {

        private final DatabaseName database;
        private final FileMetadata metadata;
        private final PutCondition condition;
        private final DatabaseImage image;
        private final CommitId commit;
        private final Operation operation;

        /** Why the outcome of an attempt is open; null as long as no attempt can have happened. */
        private @Nullable Throwable doubt;

        Publication(
                DatabaseName database,
                Optional<DatabaseVersion> base,
                CommitId databaseId,
                DatabaseImage image,
                CommitId commit,
                Operation operation) {
            this.database = database;
            this.metadata = FileMetadata.after(base, databaseId, commit, image.checksum());
            this.condition =
                    base.map(version -> PutCondition.ifMatches(version.blob())).orElse(PutCondition.IF_ABSENT);
            this.image = image;
            this.commit = commit;
            this.operation = operation;
        }

        CommitOutcome publish() {
            for (int attempt = 1; ; attempt++) {
                StorageUnavailableException failure = null;
                try {
                    PutOutcome outcome = put();
                    if (outcome instanceof PutOutcome.Stored stored) {
                        return new CommitOutcome.Committed(metadata.version(stored.version()));
                    }
                    if (outcome instanceof PutOutcome.Refused) {
                        return doubt == null ? new CommitOutcome.Conflict() : lookForCommit(doubt);
                    }
                    doubt = ((PutOutcome.Unknown) outcome).cause();
                } catch (StorageUnavailableException e) {
                    failure = e;
                } catch (RuntimeException e) {
                    if (doubt == null) {
                        throw e;
                    }
                    return lookForCommit(doubt);
                }
                boolean last = attempt >= MAX_PUTS || operation.deadline().hasPassed();
                if (last && doubt != null) {
                    return lookForCommit(doubt);
                }
                if (last && failure != null) {
                    throw failure;
                }
                try {
                    pause(attempt, database, operation.deadline());
                } catch (OperationInterruptedException e) {
                    if (doubt == null) {
                        throw e;
                    }
                    return new CommitOutcome.Unknown(doubt);
                }
            }
        }

        private PutOutcome put() {
            operation.countRequest();
            operation.countUpload(image.sizeBytes());
            return store.put(database.value(), image, metadata.toMap(), condition, operation.deadline());
        }

        /** Finds out what became of attempts whose answers got lost. */
        private CommitOutcome lookForCommit(Throwable cause) {
            try {
                Optional<DatabaseVersion> newest = find(database, operation);
                return newest.map(version -> judge(version, cause)).orElseGet(() -> new CommitOutcome.Unknown(cause));
            } catch (CloudSqliteException e) {
                cause.addSuppressed(e);
                return new CommitOutcome.Unknown(cause);
            }
        }

        private CommitOutcome judge(DatabaseVersion newest, Throwable cause) {
            int position = newest.recentCommits().indexOf(commit);
            if (position == 0) {
                return new CommitOutcome.Committed(newest);
            }
            if (position > 0) {
                return new CommitOutcome.CommittedBeneathOthers(metadata.txid());
            }
            // A version of this database that is not older than the transaction and remembers all that was
            // committed since would know the id. Any other says nothing: an attempt may still be on its way, or
            // too much has happened since, or the database was deleted or put back to an older state by hand.
            long committedSince = newest.txid() - metadata.txid();
            boolean wouldKnow = newest.databaseId().equals(metadata.databaseId())
                    && committedSince >= 0
                    && committedSince < DatabaseVersion.MAX_RECENT_COMMITS;
            return wouldKnow ? new CommitOutcome.Conflict() : new CommitOutcome.Unknown(cause);
        }
    }

    private void pause(int attempt, DatabaseName database, Deadline deadline) {
        try {
            deadline.sleep(BACKOFF.after(attempt, random));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperationInterruptedException("Interrupted while waiting for the store of '" + database + "'", e);
        }
    }

    @Override
    public Optional<DatabaseVersion> find(DatabaseName database, Operation operation) {
        return head(database, operation)
                .map(info -> FileMetadata.of(info, database).version(info.version()));
    }

    @Override
    public Optional<BlobVersion> locate(DatabaseName database, Operation operation) {
        return head(database, operation).map(BlobInfo::version);
    }

    private Optional<BlobInfo> head(DatabaseName database, Operation operation) {
        operation.countRequest();
        return store.head(database.value(), operation.deadline());
    }

    @Override
    public Optional<DatabaseDetails> describe(DatabaseName database, Operation operation) {
        for (int attempt = 1; attempt <= MAX_DOWNLOADS; attempt++) {
            Optional<BlobInfo> head = head(database, operation);
            if (head.isEmpty()) {
                return Optional.empty();
            }
            OptionalInt pageSize = readPageSize(database, head.get(), operation);
            if (pageSize.isPresent()) {
                DatabaseInfo info = describe(database, head.get());
                int pageSizeBytes = pageSize.getAsInt();
                return Optional.of(new DatabaseDetails(info, pageSizeBytes, info.sizeBytes() / pageSizeBytes, 0));
            }
            // Somebody committed between the two requests.
        }
        throw new StorageUnavailableException(
                "The database '" + database + "' changes faster than it can be looked at");
    }

    /** The page size from the object's header; empty if the object is no longer at the version of {@code info}. */
    private OptionalInt readPageSize(DatabaseName database, BlobInfo info, Operation operation) {
        if (info.sizeBytes() < DatabaseHeader.SIZE_BYTES) {
            throw notADatabase(database);
        }
        operation.countRequest();
        try (GetOutcome got =
                store.getRange(database.value(), info.version(), 0, DatabaseHeader.SIZE_BYTES, operation.deadline())) {
            if (!(got instanceof GetOutcome.Found found)) {
                return OptionalInt.empty();
            }
            OptionalInt pageSize = DatabaseHeader.pageSizeBytes(found.body().readNBytes(DatabaseHeader.SIZE_BYTES));
            if (pageSize.isEmpty()) {
                throw notADatabase(database);
            }
            return pageSize;
        } catch (IOException e) {
            throw new StorageUnavailableException("Reading the header of the database '" + database + "' failed", e);
        }
    }

    private static CorruptDatabaseException notADatabase(DatabaseName database) {
        return new CorruptDatabaseException("The object '" + database + "' is not a SQLite database");
    }

    private static DatabaseInfo describe(DatabaseName database, BlobInfo info) {
        long txid = FileMetadata.of(info, database).txid();
        return new DatabaseInfo(database, NAME, info.sizeBytes(), txid, info.version(), info.lastModified());
    }

    /** One database with metadata that cannot be read does not keep the others from being listed. */
    private static DatabaseInfo summarize(DatabaseName database, BlobInfo info) {
        try {
            return describe(database, info);
        } catch (CorruptDatabaseException e) {
            log.warn("db={} listed without its txid: {}", database, e.getMessage());
            return new DatabaseInfo(database, NAME, info.sizeBytes(), 0, info.version(), info.lastModified());
        }
    }

    @Override
    public DatabasePage list(Optional<String> after, int limit, Operation operation) {
        List<DatabaseInfo> databases = new ArrayList<>();
        Optional<String> from = after;
        for (int request = 1; request <= MAX_LIST_REQUESTS; request++) {
            operation.countRequest();
            BlobPage page = store.list("", from, limit - databases.size(), operation.deadline());
            for (BlobInfo blob : page.blobs()) {
                if (DatabaseName.isValid(blob.key())) {
                    DatabaseName database = new DatabaseName(blob.key());
                    // Stores do not tell metadata in listings, so each database is asked for. One may be gone by now.
                    head(database, operation).ifPresent(info -> databases.add(summarize(database, info)));
                }
            }
            from = page.nextAfter();
            if (from.isEmpty() || databases.size() == limit) {
                break;
            }
        }
        return new DatabasePage(databases, from);
    }

    @Override
    public Optional<Export> export(DatabaseName database, Operation operation) {
        operation.countRequest();
        GetOutcome got = store.get(database.value(), Optional.empty(), operation.deadline());
        if (!(got instanceof GetOutcome.Found found)) {
            got.close();
            return Optional.empty();
        }
        BlobInfo info = found.info();
        FileMetadata metadata = FileMetadata.of(info, database);
        InputStream body = metadata.checksum()
                .map(checksum -> ImageChecksum.verifying(found.body(), info.sizeBytes(), checksum))
                .orElse(found.body());
        return Optional.of(new Export(metadata.version(info.version()), info.sizeBytes(), body));
    }

    @Override
    public boolean delete(DatabaseName database, BlobVersion version, Operation operation) {
        operation.countRequest();
        return store.delete(database.value(), version, operation.deadline());
    }
}
