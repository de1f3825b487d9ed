package io.cloudsqlite;

import org.jspecify.annotations.Nullable;

/**
 * The transaction was sent to the store and its outcome could not be learned in time: it <em>may have happened</em>, and
 * may yet happen. Do not run it again blindly. If it had an idempotency key, send it again with the same key: it is applied
 * once. Otherwise read the database to see whether its effect is there.
 */
public final class CommitUnknownException extends CloudSqliteException {

    private final CommitId commitId;

    public CommitUnknownException(DatabaseName database, CommitId commitId, @Nullable Throwable cause) {
        super(
                "It is not known whether the transaction " + commitId + " on the database '" + database
                        + "' was committed: look whether its effect is there before running it again",
                cause);
        this.commitId = commitId;
    }

    /** The id that the store holds if the transaction was committed. */
    public CommitId commitId() {
        return commitId;
    }
}
