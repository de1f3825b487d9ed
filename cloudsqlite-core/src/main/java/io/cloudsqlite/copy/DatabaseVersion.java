package io.cloudsqlite.copy;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.store.BlobVersion;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One durable version of a database: how it is stored, which database, after which transaction, and what the store calls it.
 *
 * @param format how the database was stored when it had this version
 * @param databaseId the random identity that the database got when it was created, so that a database that is deleted and
 *     created again under its old name is never taken for the old one; empty for a plain SQLite file that nobody has
 *     written through CloudSQLite yet
 * @param txid how many transactions were committed through CloudSQLite since the database was created or adopted; 0 or more
 * @param recentCommits the ids of the newest transactions, newest first, at most {@value #MAX_RECENT_COMMITS}
 * @param blob what the store calls this version
 */
public record DatabaseVersion(
        DatabaseFormat format,
        Optional<CommitId> databaseId,
        long txid,
        List<CommitId> recentCommits,
        BlobVersion blob) {

    /**
     * How many commit ids a version remembers. A writer whose outcome is in doubt finds its id as long as fewer others have
     * committed on top in the meantime; beyond that the outcome stays unknown, and is never guessed.
     */
    public static final int MAX_RECENT_COMMITS = 32;

    public DatabaseVersion {
        recentCommits = List.copyOf(recentCommits);
        if (txid < 0 || recentCommits.size() > MAX_RECENT_COMMITS) {
            throw new IllegalArgumentException("txid " + txid + ", " + recentCommits.size() + " recent commits");
        }
    }

    /** The commit ids that a version remembers which {@code commit} makes on top of one that remembers {@code recentCommits}. */
    public static List<CommitId> commitsAfter(List<CommitId> recentCommits, CommitId commit) {
        return Stream.concat(Stream.of(commit), recentCommits.stream())
                .limit(MAX_RECENT_COMMITS)
                .toList();
    }
}
