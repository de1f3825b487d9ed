package io.cloudsqlite;

import org.jspecify.annotations.Nullable;

/** The thread was interrupted before anything was published; nothing was changed and the interrupt flag is set again. */
public final class OperationInterruptedException extends CloudSqliteException {

    public OperationInterruptedException(String message) {
        this(message, null);
    }

    public OperationInterruptedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
