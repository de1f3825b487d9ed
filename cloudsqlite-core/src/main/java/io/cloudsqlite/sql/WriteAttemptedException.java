package io.cloudsqlite.sql;

/** A statement that was presumed to read tried to write; the session runs it again as a write. Never leaves a session. */
public final class WriteAttemptedException extends Exception {

    public WriteAttemptedException(Throwable cause) {
        super("the statement writes", cause);
    }
}
