package io.cloudsqlite;

import org.jspecify.annotations.Nullable;

/**
 * The request ran past its time limit: its statement was stopped, it did not get to run in time, or its transaction was done
 * too late to be published. The transaction was rolled back and nothing was changed.
 */
public final class StatementTimeoutException extends CloudSqliteException {

    public StatementTimeoutException(String message) {
        this(message, null);
    }

    public StatementTimeoutException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
