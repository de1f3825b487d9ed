package io.cloudsqlite;

import org.jspecify.annotations.Nullable;

/**
 * The statement could reach outside its database, change the connection or break the commit protocol (ATTACH,
 * load_extension, transaction control inside a transaction that the session holds, and the like). Nothing was changed.
 */
public final class StatementNotAllowedException extends CloudSqliteException {

    public StatementNotAllowedException(String message) {
        this(message, null);
    }

    public StatementNotAllowedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
