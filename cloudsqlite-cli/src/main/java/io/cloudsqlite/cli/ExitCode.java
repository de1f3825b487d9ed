package io.cloudsqlite.cli;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseNotFoundException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the command's exit code tells a script: one code for each thing that a script can do about it. */
enum ExitCode {
    OK(0, "success"),
    FAILED(1, "failed; what was asked was not done"),
    USAGE(2, "the command line is wrong; nothing was done"),
    NOT_FOUND(3, "the database does not exist"),
    TRY_AGAIN(4, "the database is busy or the store does not answer; nothing was changed, so try again"),
    UNKNOWN(5, "it is not known whether the write was made; look before trying again"),
    DAMAGED(6, "what the store holds of a database is damaged; restore it to an earlier state"),
    /** The number that a shell gives to a program that a closed pipe has ended. */
    BROKEN_PIPE(141, "the reader of the output went away");

    private final int number;
    private final String meaning;

    ExitCode(int number, String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    int number() {
        return number;
    }

    /**
     * The code of what a command threw. A wrong command line is found out before a command runs and is no failure; what core
     * calls an invalid request is the content of a file or of a script.
     */
    static ExitCode of(Throwable failure) {
        if (failure instanceof CommandFailedException && failure.getCause() != null) {
            return of(failure.getCause());
        }
        if (failure instanceof DatabaseNotFoundException) {
            return NOT_FOUND;
        }
        if (failure instanceof CloudSqliteException refused && refused.isRetryable()) {
            return TRY_AGAIN;
        }
        if (failure instanceof CommitUnknownException) {
            return UNKNOWN;
        }
        if (failure instanceof CorruptDatabaseException) {
            return DAMAGED;
        }
        return failure instanceof CheckedOutput.FailedException output && output.isBrokenPipe() ? BROKEN_PIPE : FAILED;
    }

    /** The meaning of each number, for {@code --help}. */
    static Map<String, String> meanings() {
        Map<String, String> meanings = new LinkedHashMap<>();
        Arrays.stream(values()).forEach(code -> meanings.put(Integer.toString(code.number), code.meaning));
        return meanings;
    }
}
