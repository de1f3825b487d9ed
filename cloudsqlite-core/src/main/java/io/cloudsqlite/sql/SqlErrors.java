package io.cloudsqlite.sql;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.ConstraintViolatedException;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StatementNotAllowedException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What SQLite's failures mean to a caller, in SQLite's own words. */
final class SqlErrors {

    /** The low byte of an extended result code is the base code: SQLITE_CONSTRAINT_UNIQUE is a SQLITE_CONSTRAINT. */
    private static final int BASE_CODE_MASK = 0xff;

    /** What SQLite says to a BEGIN, which is what the driver makes of {@code setAutoCommit(false)}. */
    private static final String NESTED_BEGIN = "cannot start a transaction within a transaction";

    /** What the driver says to {@code commit} and {@code rollback}. */
    private static final String NOTHING_TO_END = "database in auto-commit mode";

    private SqlErrors() {}

    static StatementNotAllowedException endsTransaction(@Nullable SQLException failure) {
        return new StatementNotAllowedException(
                "The transaction of this connection is the session's to end: do not run COMMIT or ROLLBACK on it, do not"
                        + " change its auto-commit mode and do not close it. Nothing was changed",
                failure);
    }

    static CloudSqliteException translate(SQLException failure) {
        return translate(failure, sqliteMessage(failure));
    }

    /**
     * As {@link #translate(SQLException)}, for a failure while running with values that a caller gave. While it prepares a
     * statement SQLite can quote nothing but its text; while it runs, it may quote a value, such as a bad JSON path or a
     * full-text query, and such quotations are left out. (A constraint's message names columns only.)
     */
    static CloudSqliteException translateWithoutValues(SQLException failure) {
        if (baseCode(failure) == SQLiteErrorCode.SQLITE_CONSTRAINT) {
            return translate(failure);
        }
        String message = sqliteMessage(failure)
                .replaceAll("(?s)([\"']).*\\1", "$1...$1")
                .replaceAll("(?s)(no such column|unknown special query): .*", "$1: ...");
        return translate(failure, message);
    }

    static CloudSqliteException translate(SQLException failure, String message) {
        SQLiteErrorCode code = baseCode(failure);
        return switch (code) {
            case SQLITE_CONSTRAINT -> new ConstraintViolatedException(message, failure);
            case SQLITE_CORRUPT, SQLITE_NOTADB ->
                new CorruptDatabaseException("SQLite finds the database damaged: " + message, failure);
            default ->
                message.equals(NESTED_BEGIN) || message.equals(NOTHING_TO_END)
                        ? endsTransaction(failure)
                        : new SqlFailedException(message, code.name(), failure);
        };
    }

    /** The kind of failure; an error of the driver's own counts as a misuse of SQLite. */
    static SQLiteErrorCode baseCode(SQLException failure) {
        return failure instanceof SQLiteException sqlite
                ? SQLiteErrorCode.getErrorCode(sqlite.getResultCode().code & BASE_CODE_MASK)
                : SQLiteErrorCode.SQLITE_MISUSE;
    }

    /** SQLite's message, which the driver wraps into {@code [CODE] description of the code (message)}. */
    static String sqliteMessage(SQLException failure) {
        String message = String.valueOf(failure.getMessage());
        if (failure instanceof SQLiteException sqlite) {
            String prefix = sqlite.getResultCode() + " (";
            if (message.startsWith(prefix) && message.endsWith(")")) {
                return message.substring(prefix.length(), message.length() - 1);
            }
        }
        return message;
    }

    /** {@code failure} with {@code place} in front of its message, if it is of the kinds that name the statement. */
    static CloudSqliteException at(String place, CloudSqliteException failure) {
        if (failure instanceof SqlFailedException sql) {
            return new SqlFailedException(place + failure.getMessage(), sql.sqliteCode(), failure);
        }
        if (failure instanceof ConstraintViolatedException) {
            return new ConstraintViolatedException(place + failure.getMessage(), failure);
        }
        return failure;
    }
}
