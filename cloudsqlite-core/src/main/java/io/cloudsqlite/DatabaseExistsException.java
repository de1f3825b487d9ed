package io.cloudsqlite;

import org.jspecify.annotations.Nullable;

/** A database of that name exists already and the caller asked not to replace it; nothing was changed. */
public final class DatabaseExistsException extends CloudSqliteException {

    public DatabaseExistsException(String message) {
        this(message, null);
    }

    public DatabaseExistsException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
