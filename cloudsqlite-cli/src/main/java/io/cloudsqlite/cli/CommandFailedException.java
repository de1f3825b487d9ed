package io.cloudsqlite.cli;

import org.jspecify.annotations.Nullable;

/** The command could not do what it was asked. The message is for the user; the cause, if any, decides the exit code. */
final class CommandFailedException extends RuntimeException {

    CommandFailedException(String message) {
        this(message, null);
    }

    CommandFailedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
