package io.cloudsqlite;

import org.jspecify.annotations.Nullable;

/**
 * The rows that the statement returns exceed the row or byte budget; nothing was changed. Ask for less, for example with
 * LIMIT.
 */
public final class ResultTooLargeException extends CloudSqliteException {

    public ResultTooLargeException(String message) {
        this(message, null);
    }

    public ResultTooLargeException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
