package io.cloudsqlite.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CommitId;
import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.ConstraintViolatedException;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseExistsException;
import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
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
import io.cloudsqlite.time.SystemRandom;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExitCodeTest {

    private static final DatabaseName APP = DatabaseName.of("app.db");

    private static final Map<CloudSqliteException, ExitCode> BY_FAILURE = Map.ofEntries(
            Map.entry(new CommitUnknownException(APP, CommitId.next(SystemRandom.create()), null), ExitCode.UNKNOWN),
            Map.entry(new ConstraintViolatedException("", new Exception()), ExitCode.FAILED),
            Map.entry(new CorruptDatabaseException(""), ExitCode.DAMAGED),
            Map.entry(new DatabaseExistsException(""), ExitCode.FAILED),
            Map.entry(new DatabaseLockedException(APP, "", Instant.EPOCH), ExitCode.TRY_AGAIN),
            Map.entry(new DatabaseNotFoundException(APP), ExitCode.NOT_FOUND),
            Map.entry(new IdempotencyKeyReusedException(APP), ExitCode.FAILED),
            Map.entry(new InvalidRequestException(""), ExitCode.FAILED),
            Map.entry(new OperationInterruptedException(""), ExitCode.FAILED),
            Map.entry(new ResultTooLargeException(""), ExitCode.FAILED),
            Map.entry(new SqlFailedException("", "SQLITE_ERROR", null), ExitCode.FAILED),
            Map.entry(new StatementNotAllowedException(""), ExitCode.FAILED),
            Map.entry(new StatementTimeoutException(""), ExitCode.FAILED),
            Map.entry(new StorageUnavailableException(""), ExitCode.TRY_AGAIN),
            Map.entry(new WriteConflictException(""), ExitCode.TRY_AGAIN));

    @Test
    void every_failure_of_core_has_the_code_of_what_can_be_done_about_it() {
        assertThat(BY_FAILURE.keySet())
                .extracting(CloudSqliteException::getClass)
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrder(permittedSubclasses());
        assertThat(BY_FAILURE)
                .allSatisfy((failure, code) -> assertThat(ExitCode.of(failure)).isEqualTo(code));
    }

    @Test
    void try_again_is_said_of_what_is_retryable_and_of_nothing_else() {
        assertThat(BY_FAILURE)
                .allSatisfy((failure, code) ->
                        assertThat(failure.isRetryable()).as("%s", failure).isEqualTo(code == ExitCode.TRY_AGAIN));
    }

    @Test
    void a_command_that_failed_has_the_code_of_its_cause() {
        Throwable cause = new StorageUnavailableException("");

        assertThat(ExitCode.of(new CommandFailedException("", cause))).isEqualTo(ExitCode.TRY_AGAIN);
        assertThat(ExitCode.of(new CommandFailedException(""))).isEqualTo(ExitCode.FAILED);
    }

    @SuppressWarnings("unchecked")
    private static Class<? extends CloudSqliteException>[] permittedSubclasses() {
        return (Class<? extends CloudSqliteException>[]) CloudSqliteException.class.getPermittedSubclasses();
    }
}
