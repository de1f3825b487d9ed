package io.cloudsqlite;

import org.jspecify.annotations.Nullable;

/** SQLite refused or failed the statement; its transaction was rolled back and nothing was changed. */
public final class SqlFailedException extends CloudSqliteException {

    private final String sqliteCode;

    /**
     * @param message what SQLite said
     * @param sqliteCode SQLite's base result code, such as {@code SQLITE_ERROR} or {@code SQLITE_FULL}
     */
    public SqlFailedException(String message, String sqliteCode, @Nullable Throwable cause) {
        super(message, cause);
        this.sqliteCode = sqliteCode;
    }

    /** SQLite's base result code, such as {@code SQLITE_ERROR} or {@code SQLITE_FULL}. */
    public String sqliteCode() {
        return sqliteCode;
    }
}
