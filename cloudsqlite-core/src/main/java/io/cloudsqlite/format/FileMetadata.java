package io.cloudsqlite.format;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.copy.DatabaseChecksum;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.store.BlobInfo;
import io.cloudsqlite.store.BlobVersion;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What format {@code file} keeps in an object's metadata, because a plain SQLite file has no place for it:
 *
 * <table>
 * <caption>The entries</caption>
 * <tr><th>key</th><th>value</th></tr>
 * <tr><td>{@code cloudsqlite-database-id}</td><td>the database's identity, 32 hexadecimal digits</td></tr>
 * <tr><td>{@code cloudsqlite-txid}</td><td>decimal</td></tr>
 * <tr><td>{@code cloudsqlite-commits}</td><td>the newest commit ids, newest first, divided by commas</td></tr>
 * <tr><td>{@code cloudsqlite-checksum}</td><td>16 hexadecimal digits, see {@link DatabaseChecksum}</td></tr>
 * </table>
 *
 * <p>An object has all four or none: without them it is a SQLite file that was put there by other means, at TXID 0.
 */
record FileMetadata(
        Optional<CommitId> databaseId, long txid, List<CommitId> recentCommits, Optional<DatabaseChecksum> checksum) {

    private static final String DATABASE_ID = "cloudsqlite-database-id";
    private static final String TXID = "cloudsqlite-txid";
    private static final String COMMITS = "cloudsqlite-commits";
    private static final String CHECKSUM = "cloudsqlite-checksum";

    /** The metadata of the version that {@code commit} makes. */
    static FileMetadata of(Commit commit, DatabaseChecksum checksum) {
        return new FileMetadata(
                Optional.of(commit.databaseId()), commit.lastTxid(), commit.recentCommits(), Optional.of(checksum));
    }

    /** @throws CorruptDatabaseException if the object's metadata is not what CloudSQLite writes */
    static FileMetadata of(BlobInfo info, DatabaseName database) {
        Map<String, String> entries = info.metadata();
        if (Stream.of(DATABASE_ID, TXID, COMMITS, CHECKSUM).noneMatch(entries::containsKey)) {
            return new FileMetadata(Optional.empty(), 0, List.of(), Optional.empty());
        }
        try {
            return new FileMetadata(
                    Optional.of(new CommitId(entries.getOrDefault(DATABASE_ID, ""))),
                    Long.parseLong(entries.getOrDefault(TXID, "")),
                    Stream.of(entries.getOrDefault(COMMITS, "").split(","))
                            .map(CommitId::new)
                            .toList(),
                    Optional.of(DatabaseChecksum.parse(entries.getOrDefault(CHECKSUM, ""))));
        } catch (IllegalArgumentException e) {
            throw new CorruptDatabaseException(
                    "The metadata of the database '" + database
                            + "' is not what CloudSQLite writes: restore an older version of the object",
                    e);
        }
    }

    Map<String, String> toMap() {
        Map<String, String> entries = new HashMap<>();
        databaseId.ifPresent(id -> entries.put(DATABASE_ID, id.value()));
        entries.put(TXID, Long.toString(txid));
        entries.put(COMMITS, recentCommits.stream().map(CommitId::value).collect(Collectors.joining(",")));
        checksum.ifPresent(value -> entries.put(CHECKSUM, value.toString()));
        return entries;
    }

    DatabaseVersion version(BlobVersion blob) {
        return new DatabaseVersion(DatabaseFormat.FILE, databaseId, txid, recentCommits, blob);
    }

    /** @throws CorruptDatabaseException if the object vouches for a checksum that {@code actual} is not */
    void requireChecksum(DatabaseChecksum actual, DatabaseName database) {
        if (checksum.isPresent() && !checksum.get().equals(actual)) {
            throw new CorruptDatabaseException("The database '" + database + "' is damaged: its checksum is " + actual
                    + " and should be " + checksum.get() + ". Restore an older version of the object");
        }
    }
}
