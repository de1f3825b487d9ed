package io.cloudsqlite;

import org.jspecify.annotations.Nullable;

/** The statement ran past its time limit and was stopped; its transaction was rolled back and nothing was changed. */
public final class StatementTimeoutException extends CloudSqliteException {

    public StatementTimeoutException(String message) {
        this(message, null);
    }

    public StatementTimeoutException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
