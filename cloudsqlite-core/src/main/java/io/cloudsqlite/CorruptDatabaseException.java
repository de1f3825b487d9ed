package io.cloudsqlite;

import org.jspecify.annotations.Nullable;

/**
 * What the store holds, or what was to be imported, is not a sound SQLite database: a length, a checksum or the file
 * header is not what it must be. It is never served. Restore an older version of the object, or import the database again.
 */
public final class CorruptDatabaseException extends CloudSqliteException {

    public CorruptDatabaseException(String message) {
        this(message, null);
    }

    public CorruptDatabaseException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
