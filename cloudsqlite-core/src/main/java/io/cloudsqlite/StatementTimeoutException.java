package io.cloudsqlite;

import org.jspecify.annotations.Nullable;

/**
 * The request ran past its time limit: its statement was stopped, or it did not get to run in time. Its transaction was
 * rolled back and nothing was changed.
 */
public final class StatementTimeoutException extends CloudSqliteException {

    public StatementTimeoutException(String message) {
        this(message, null);
    }

    public StatementTimeoutException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
