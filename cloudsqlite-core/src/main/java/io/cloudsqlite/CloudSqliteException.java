package io.cloudsqlite;

import org.jspecify.annotations.Nullable;

/**
 * Everything that can go wrong with a request to CloudSQLite. There is one subclass for each decision that a caller can
 * take, and the set is closed:
 *
 * <table>
 * <caption>What each error means and what to do</caption>
 * <tr><th>exception</th><th>did the write happen?</th><th>the caller</th></tr>
 * <tr><td>{@link InvalidRequestException}</td><td>no</td><td>mends the request</td></tr>
 * <tr><td>{@link SqlFailedException}</td><td>no</td><td>mends the SQL or the data</td></tr>
 * <tr><td>{@link ConstraintViolatedException}</td><td>no</td><td>mends the data</td></tr>
 * <tr><td>{@link StatementNotAllowedException}</td><td>no</td><td>does without the statement</td></tr>
 * <tr><td>{@link StatementTimeoutException}</td><td>no</td><td>makes the statement cheaper, or gives it more time</td></tr>
 * <tr><td>{@link ResultTooLargeException}</td><td>no</td><td>asks for less</td></tr>
 * <tr><td>{@link DatabaseNotFoundException}</td><td>no</td><td>writes first, or mends the name</td></tr>
 * <tr><td>{@link DatabaseExistsException}</td><td>no</td><td>chooses another name, or replaces on purpose</td></tr>
 * <tr><td>{@link IdempotencyKeyReusedException}</td><td>no</td><td>gives each request a key of its own</td></tr>
 * <tr><td>{@link DatabaseLockedException}</td><td>no</td><td>tries again later</td></tr>
 * <tr><td>{@link WriteConflictException}</td><td>no</td><td>reads again and runs its transaction again</td></tr>
 * <tr><td>{@link StorageUnavailableException}</td><td>no</td><td>tries again later</td></tr>
 * <tr><td>{@link CorruptDatabaseException}</td><td>no</td><td>restores the database</td></tr>
 * <tr><td>{@link OperationInterruptedException}</td><td>no</td><td>winds up its thread</td></tr>
 * <tr><td>{@link CommitUnknownException}</td><td><b>perhaps</b></td><td>sends it again if it had an idempotency
 *     key, or else looks before it runs anything again</td></tr>
 * </table>
 *
 * <p>Messages name the database, say what failed and what to do, and never hold SQL parameters, row data or local paths.
 */
public abstract sealed class CloudSqliteException extends RuntimeException
        permits CommitUnknownException,
                ConstraintViolatedException,
                CorruptDatabaseException,
                DatabaseExistsException,
                DatabaseLockedException,
                DatabaseNotFoundException,
                IdempotencyKeyReusedException,
                InvalidRequestException,
                OperationInterruptedException,
                ResultTooLargeException,
                SqlFailedException,
                StatementNotAllowedException,
                StatementTimeoutException,
                StorageUnavailableException,
                WriteConflictException {

    CloudSqliteException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /**
     * Whether nothing was changed and the same request may well succeed a moment later: the lock was taken, others wrote in
     * between, or the store did not answer.
     */
    public boolean isRetryable() {
        return false;
    }
}
