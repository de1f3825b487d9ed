package io.cloudsqlite;

/** A constraint (UNIQUE, NOT NULL, CHECK, a foreign key, a trigger's RAISE) refused the statement; nothing was changed. */
public final class ConstraintViolatedException extends CloudSqliteException {

    /** @param message what SQLite said, which names the constraint's table and columns and no values */
    public ConstraintViolatedException(String message, Throwable cause) {
        super(message, cause);
    }
}
