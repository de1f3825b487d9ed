package io.cloudsqlite.http;

import static java.util.Map.entry;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.ConstraintViolatedException;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseExistsException;
import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.IdempotencyKeyReusedException;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.ResultTooLargeException;
import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StatementNotAllowedException;
import io.cloudsqlite.StatementTimeoutException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.WriteConflictException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The errors of the API: the codes that clients tell them by, their statuses, and what in core becomes which. */
enum ErrorCode {
    INVALID_REQUEST(400),
    SQL_ERROR(400),
    STATEMENT_NOT_ALLOWED(400),
    FORBIDDEN(403),
    DATABASE_NOT_FOUND(404),
    NOT_FOUND(404),
    METHOD_NOT_ALLOWED(405),
    QUERY_TIMEOUT(408),
    DATABASE_LOCKED(409),
    SQLITE_CONSTRAINT(409),
    WRITE_CONFLICT(409),
    DATABASE_EXISTS(412),
    REQUEST_TOO_LARGE(413),
    RESULT_TOO_LARGE(413),
    IDEMPOTENCY_KEY_REUSED(422),
    DATABASE_CORRUPT(500),
    INTERNAL(500),
    OVERLOADED(503),
    SHUTTING_DOWN(503),
    STORAGE_UNAVAILABLE(503),
    COMMIT_UNKNOWN(504);

    private static final Map<Class<? extends CloudSqliteException>, ErrorCode> BY_EXCEPTION = Map.ofEntries(
            entry(CommitUnknownException.class, COMMIT_UNKNOWN),
            entry(ConstraintViolatedException.class, SQLITE_CONSTRAINT),
            entry(CorruptDatabaseException.class, DATABASE_CORRUPT),
            entry(DatabaseExistsException.class, DATABASE_EXISTS),
            entry(DatabaseLockedException.class, DATABASE_LOCKED),
            entry(DatabaseNotFoundException.class, DATABASE_NOT_FOUND),
            entry(IdempotencyKeyReusedException.class, IDEMPOTENCY_KEY_REUSED),
            entry(InvalidRequestException.class, INVALID_REQUEST),
            entry(OperationInterruptedException.class, SHUTTING_DOWN),
            entry(ResultTooLargeException.class, RESULT_TOO_LARGE),
            entry(SqlFailedException.class, SQL_ERROR),
            entry(StatementNotAllowedException.class, STATEMENT_NOT_ALLOWED),
            entry(StatementTimeoutException.class, QUERY_TIMEOUT),
            entry(StorageUnavailableException.class, STORAGE_UNAVAILABLE),
            entry(WriteConflictException.class, WRITE_CONFLICT));

    /** Long enough for most writers to be done, short enough for a person to wait. Clients add jitter of their own. */
    private static final String RETRY_AFTER_SECONDS = "1";

    private final int status;

    ErrorCode(int status) {
        this.status = status;
    }

    static ErrorCode of(CloudSqliteException failure) {
        return of(failure.getClass());
    }

    static ErrorCode of(Class<?> failure) {
        return Objects.requireNonNull(BY_EXCEPTION.get(failure), () -> failure + " has no code");
    }

    /** Whether it is up to an operator, and not to the caller, to do something about it. */
    boolean concernsOperator() {
        return status >= 500;
    }

    /** The answer that says {@code message}. */
    HttpResponse answer(@Nullable String message) {
        return answer(message, json -> {});
    }

    /** The answer for an exception of core, with what it knows beyond its message. */
    static HttpResponse answer(CloudSqliteException failure) {
        return of(failure).answer(failure.getMessage(), json -> {
            if (failure instanceof SqlFailedException failed) {
                json.writeStringField("sqlite_code", failed.sqliteCode());
            } else if (failure instanceof CommitUnknownException unknown) {
                json.writeStringField("commit_id", unknown.commitId().value());
            }
        });
    }

    private HttpResponse answer(@Nullable String message, Json.Members details) {
        HttpResponse response = HttpResponse.json(status, Json.object(json -> {
            json.writeBooleanField("success", false);
            json.writeStringField("error", message);
            json.writeStringField("code", name());
            details.writeTo(json);
        }));
        return mayBeSentAgain() ? response.withHeader("Retry-After", RETRY_AFTER_SECONDS) : response;
    }

    /**
     * Whether the answer has {@code Retry-After}: nothing was changed, and the request may be sent again as it is. That is
     * less than {@link CloudSqliteException#isRetryable}: after a WRITE_CONFLICT the same request may succeed too, but others
     * have changed what it may rest on, so its sender reads again first, and needs not wait for that.
     */
    private boolean mayBeSentAgain() {
        return this == DATABASE_LOCKED || status == 503;
    }
}
