package io.cloudsqlite.format;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.ltx.CorruptLtxException;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.time.Backoff;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.random.RandomGenerator;
import java.util.zip.ZipException;

/**
 * Reads from the store that begin again when a transfer breaks off or brings something else than it should, and what it means
 * when that does not help. Safe for use by many threads.
 */
final class RepeatedReads {

    private static final int MAX_READS = 4;
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(1));

    private final RandomGenerator random;

    RepeatedReads(RandomGenerator random) {
        this.random = random;
    }

    /** Something that reads from the store. What else than an {@code IOException} it throws, is not tried again. */
    @FunctionalInterface
    interface Read<T, E extends Exception> {
        T read() throws IOException, E;
    }

    /**
     * Reads, several times if need be.
     *
     * @param key the object that is read
     * @throws CorruptDatabaseException if what was read last is damaged, or not understood
     * @throws StorageUnavailableException if the last transfer broke off
     */
    <T, E extends Exception> T read(DatabaseName database, String key, Operation operation, Read<T, E> read) throws E {
        for (int attempt = 1; ; attempt++) {
            try {
                return read.read();
            } catch (IOException e) {
                if (attempt >= MAX_READS || operation.deadline().hasPassed()) {
                    throw failed(database, key, e);
                }
            }
            BACKOFF.pause(attempt, random, operation.deadline(), "reading '" + key + "'");
        }
    }

    /** All of a body; one that ends early has broken off, and is not damaged. */
    static byte[] receive(GetOutcome.Found found, Operation operation) throws IOException {
        byte[] bytes = found.body().readAllBytes();
        operation.countDownload(bytes.length);
        requireWhole(bytes.length, found);
        return bytes;
    }

    /** @throws EOFException if the body ended early */
    static void requireWhole(long receivedBytes, GetOutcome.Found found) throws EOFException {
        if (receivedBytes < found.info().sizeBytes()) {
            throw new EOFException(
                    "received " + receivedBytes + " of " + found.info().sizeBytes() + " bytes");
        }
    }

    /** What to throw when reading an object failed for good. */
    static CloudSqliteException failed(DatabaseName database, String key, IOException failure) {
        if (failure instanceof UnknownFormatException) {
            return new CorruptDatabaseException(
                    "The object '" + key + "' of the database '" + database + "' cannot be read: "
                            + failure.getMessage(),
                    failure);
        }
        boolean isDamage = failure instanceof DamagedException
                || failure instanceof CorruptLtxException
                || failure instanceof ZipException;
        return isDamage
                ? damaged(database, key, failure)
                : new StorageUnavailableException(
                        "The download of '" + key + "' of the database '" + database + "' broke off: try again",
                        failure);
    }

    /** What to throw when an object is not what was stored. */
    static CorruptDatabaseException damaged(DatabaseName database, String key, IOException failure) {
        return new CorruptDatabaseException(
                "The object '" + key + "' of the database '" + database + "' is damaged: " + failure.getMessage()
                        + ". Restore an older version of the object, or the database as of an earlier transaction",
                failure);
    }
}
