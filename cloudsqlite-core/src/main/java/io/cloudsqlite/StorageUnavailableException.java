package io.cloudsqlite;

import org.jspecify.annotations.Nullable;

/**
 * The store or the lock service did not answer, refused access or could not hold the data. What was asked did
 * <em>not</em> happen, and will not happen later; it may be tried again. (An answer that leaves the outcome of a commit
 * open is a {@link CommitUnknownException} instead.)
 */
public final class StorageUnavailableException extends CloudSqliteException {

    public StorageUnavailableException(String message) {
        this(message, null);
    }

    public StorageUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    @Override
    public boolean isRetryable() {
        return true;
    }
}
