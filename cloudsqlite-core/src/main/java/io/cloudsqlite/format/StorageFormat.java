package io.cloudsqlite.format;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.copy.DatabaseImage;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.WorkingCopy;
import io.cloudsqlite.store.BlobVersion;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * How databases lie in a store: what it takes to bring a working copy up to date and to publish a transaction.
 *
 * <p>Every format gives the same guarantees; formats differ in what a commit costs. What an implementation owes:
 *
 * <ol>
 *   <li>A transaction becomes durable in one atomic step, a conditional put, which fails if anybody has committed since the
 *       version that the transaction builds on. No lock is needed for that.
 *   <li>The outcome of {@link #commit} is exact. An ambiguous answer is resolved by sending the identical bytes again on the
 *       same condition and by looking for the commit id in the store, never by running SQL again.
 *   <li>After {@link #checkout} the working copy holds every transaction that was durable when the call began.
 * </ol>
 *
 * <p>Implementations are safe for use by many threads.
 */
public interface StorageFormat {

    /**
     * Brings {@code copy} up to date with the store; afterwards it holds the newest version or {@linkplain
     * WorkingCopy#isKnownToBeAbsent knows} that there is none.
     *
     * @throws StorageUnavailableException if the store does not answer by the deadline
     * @throws CorruptDatabaseException if what the store holds is not a sound database; {@code copy} is as it was
     */
    Checkout checkout(WorkingCopy copy, Operation operation);

    /**
     * Publishes a transaction.
     *
     * @param base the version that it builds on; empty if it creates the database
     * @param image the database as the transaction makes it, for the identity {@code databaseId} and the TXID after the base's
     * @param commit the fresh id of this transaction
     * @throws StorageUnavailableException if the store cannot be reached; the transaction is not durable and never will be
     */
    CommitOutcome commit(
            DatabaseName database,
            Optional<DatabaseVersion> base,
            CommitId databaseId,
            DatabaseImage image,
            CommitId commit,
            Operation operation);

    /** What the store holds at the moment under this name, without reading it; empty if there is no such database. */
    Optional<DatabaseVersion> find(DatabaseName database, Operation operation);

    /** What the store calls the newest version, whatever state it is in; empty if there is no such database. */
    Optional<BlobVersion> locate(DatabaseName database, Operation operation);

    /** What is known of a database; empty if there is none of that name. */
    Optional<DatabaseDetails> describe(DatabaseName database, Operation operation);

    /**
     * Databases in the order of their names.
     *
     * @param after what the page before said comes next; empty to begin at the first
     * @param limit how many at the most, 1 to 1,000
     */
    DatabasePage list(Optional<String> after, int limit, Operation operation);

    /** The newest version of a database as one SQLite file; empty if there is none of that name. The caller closes it. */
    Optional<Export> export(DatabaseName database, Operation operation);

    /**
     * Deletes the database if it is still at {@code version}.
     *
     * @return whether it was deleted
     */
    boolean delete(DatabaseName database, BlobVersion version, Operation operation);

    /**
     * A database as one SQLite file.
     *
     * @param body the file's bytes, {@code sizeBytes} of them, of exactly {@code version}
     */
    record Export(DatabaseVersion version, long sizeBytes, InputStream body) implements AutoCloseable {
        @Override
        public void close() {
            try {
                body.close();
            } catch (IOException e) {
                // Whoever needed the bytes has them; the rest of the download is of no interest.
            }
        }
    }
}
