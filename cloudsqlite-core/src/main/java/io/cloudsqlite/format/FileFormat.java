package io.cloudsqlite.format;

import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.copy.Change;
import io.cloudsqlite.copy.DatabaseHeader;
import io.cloudsqlite.copy.DatabaseImage;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.Download;
import io.cloudsqlite.copy.WorkDirectory;
import io.cloudsqlite.copy.WorkingCopy;
import io.cloudsqlite.format.RangedReads.Whole;
import io.cloudsqlite.store.BlobInfo;
import io.cloudsqlite.store.GetOutcome;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Optional;
import java.util.OptionalInt;
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
 * see {@link DatabaseImage#withChangeCounter}.
 */
final class FileFormat implements StorageFormat {

    private static final Logger log = LoggerFactory.getLogger(FileFormat.class);

    private final CommitPoint commitPoint;
    private final RangedReads ranges;

    FileFormat(CommitPoint commitPoint, RangedReads ranges) {
        this.commitPoint = commitPoint;
        this.ranges = ranges;
    }

    @Override
    public Optional<Checkout> checkout(WorkingCopy copy, GetOutcome.Found current, long epoch, Operation operation)
            throws IOException {
        try (Download download = copy.newDownload(current.info().sizeBytes())) {
            Optional<DatabaseVersion> version = receive(copy.database(), current, download, operation);
            return version.isPresent() && copy.install(download, version.get(), epoch)
                    ? Optional.of(Checkout.MISS)
                    : Optional.empty();
        }
    }

    /**
     * Downloads the database, and seals it. A large one comes in ranges; the stream that has begun is the first of them.
     *
     * @return empty if it was replaced meanwhile
     */
    Optional<DatabaseVersion> receive(
            DatabaseName database, GetOutcome.Found current, Download download, Operation operation)
            throws IOException {
        BlobInfo info = current.info();
        FileMetadata metadata = FileMetadata.of(info, database);
        byte[] header = current.body().readNBytes(DatabaseHeader.SIZE_BYTES);
        // What is no database, and has no pages, is refused when it is sealed.
        int pageSizeBytes = DatabaseHeader.pageSizeBytes(header).orElse(DatabaseHeader.MIN_PAGE_SIZE_BYTES);
        InputStream begun = new SequenceInputStream(new ByteArrayInputStream(header), current.body());
        Whole whole = new Whole(info.key(), Optional.of(info.version()), info.sizeBytes(), pageSizeBytes, begun);
        if (!ranges.read(whole, download, operation)) {
            return Optional.empty();
        }
        metadata.requireChecksum(download.seal(), database);
        return Optional.of(metadata.version(info.version()));
    }

    @Override
    public Publication.Result publish(Commit commit, Change change, Operation operation) {
        return publish(commit, change.image(), operation);
    }

    @Override
    public Publication.Result publish(Commit commit, DatabaseImage image, Operation operation) {
        DatabaseImage unique = unique(commit, image);
        FileMetadata metadata = FileMetadata.of(commit, unique.checksum());
        return commitPoint.replace(commit.database(), unique, metadata.toMap(), commit.condition(), operation);
    }

    private static DatabaseImage unique(Commit commit, DatabaseImage image) {
        try {
            return image.withChangeCounter(commit.databaseId(), commit.lastTxid());
        } catch (IOException e) {
            throw WorkDirectory.failed(commit.database(), e);
        }
    }

    @Override
    public DatabaseVersion version(DatabaseName database, GetOutcome.Found current, Operation operation) {
        return FileMetadata.of(current.info(), database).version(current.info().version());
    }

    @Override
    public DatabaseDetails describe(DatabaseName database, GetOutcome.Found current, Operation operation)
            throws IOException {
        OptionalInt pageSize = DatabaseHeader.pageSizeBytes(current.body().readNBytes(DatabaseHeader.SIZE_BYTES));
        if (pageSize.isEmpty()) {
            throw new CorruptDatabaseException("The object '" + database + "' is not a SQLite database");
        }
        DatabaseInfo info = describe(database, current.info());
        return new DatabaseDetails(info, pageSize.getAsInt(), info.sizeBytes() / pageSize.getAsInt(), 0, 0);
    }

    private static DatabaseInfo describe(DatabaseName database, BlobInfo info) {
        long txid = FileMetadata.of(info, database).txid();
        return new DatabaseInfo(
                database, DatabaseFormat.FILE, info.sizeBytes(), txid, info.version(), info.lastModified());
    }

    /** One database with metadata that cannot be read does not keep the others from being listed. */
    static DatabaseInfo summarize(DatabaseName database, BlobInfo info) {
        try {
            return describe(database, info);
        } catch (CorruptDatabaseException e) {
            log.warn("db={} listed without its txid: {}", database, e.getMessage());
            return new DatabaseInfo(
                    database, DatabaseFormat.FILE, info.sizeBytes(), 0, info.version(), info.lastModified());
        }
    }
}
