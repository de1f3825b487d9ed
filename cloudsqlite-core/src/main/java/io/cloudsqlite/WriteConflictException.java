package io.cloudsqlite;

import org.jspecify.annotations.Nullable;

/**
 * The database moved on while the transaction was being prepared, and it was not, or no longer, run again. Nothing was
 * changed. Read again and run the transaction again if it still makes sense: this is the serialization failure of other
 * databases.
 */
public final class WriteConflictException extends CloudSqliteException {

    public WriteConflictException(String message) {
        this(message, null);
    }

    public WriteConflictException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    @Override
    public boolean isRetryable() {
        return true;
    }
}
