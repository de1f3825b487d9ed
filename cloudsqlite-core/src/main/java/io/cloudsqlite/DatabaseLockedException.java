package io.cloudsqlite;

import java.time.Instant;

/** Another writer held the database's lock for as long as this one could wait; nothing was changed. Try again later. */
public final class DatabaseLockedException extends CloudSqliteException {

    private final String holder;
    private final Instant expiresAt;

    /**
     * @param holder who holds the lock, as the holder calls itself
     * @param expiresAt when its lease ends at the latest, by the holder's clock
     */
    public DatabaseLockedException(DatabaseName database, String holder, Instant expiresAt) {
        super(
                "The database '" + database + "' was locked by " + holder
                        + " for as long as this writer could wait; the lock lapses at " + expiresAt
                        + " at the latest. Try again",
                null);
        this.holder = holder;
        this.expiresAt = expiresAt;
    }

    /** Who holds the lock, as the holder calls itself. */
    public String holder() {
        return holder;
    }

    /** When the holder's lease ends at the latest, by the holder's clock. */
    public Instant expiresAt() {
        return expiresAt;
    }

    @Override
    public boolean isRetryable() {
        return true;
    }
}
