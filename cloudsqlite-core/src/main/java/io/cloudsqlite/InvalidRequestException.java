package io.cloudsqlite;

import org.jspecify.annotations.Nullable;

/** The request itself is wrong (a bad name, a bookmark that the database never had): nothing was run. */
public final class InvalidRequestException extends CloudSqliteException {

    public InvalidRequestException(String message) {
        this(message, null);
    }

    public InvalidRequestException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
