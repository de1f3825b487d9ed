package io.cloudsqlite;

/**
 * The idempotency key was given to another request before; nothing was changed. A key belongs to one request: give the new
 * request a key of its own, and mend the program that gave one key to two.
 */
public final class IdempotencyKeyReusedException extends CloudSqliteException {

    public IdempotencyKeyReusedException(DatabaseName database) {
        super(
                "The idempotency key has been used for another request to the database '" + database
                        + "' within the last 24 hours; nothing was changed. Give each request a key of its own, and repeat"
                        + " one only to send the very same statements and parameters again",
                null);
    }
}
