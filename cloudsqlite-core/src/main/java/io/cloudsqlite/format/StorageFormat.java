package io.cloudsqlite.format;

import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.copy.Change;
import io.cloudsqlite.copy.DatabaseImage;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.WorkingCopy;
import io.cloudsqlite.store.GetOutcome;
import java.io.IOException;
import java.util.Optional;

/**
 * How databases lie in a store: what it takes to bring a working copy up to date and to publish a transaction.
 *
 * <p>Every format gives the same guarantees; formats differ in what a commit costs. What an implementation owes:
 *
 * <ol>
 *   <li>A transaction becomes durable in one atomic step, a conditional put of the database's {@link CommitPoint}, which fails
 *       if anybody has committed since the version that the transaction builds on. No lock is needed for that.
 *   <li>The outcome of {@link #publish} is exact, and a version that it stored tells the id of the commit, so that an ambiguous
 *       answer can be resolved by looking for it, never by running SQL again.
 *   <li>After {@link #checkout} the working copy holds every transaction that was durable when the object was asked for.
 * </ol>
 *
 * <p>Implementations are safe for use by many threads.
 */
sealed interface StorageFormat permits FileFormat, LogFormat {

    /**
     * Brings {@code copy} up to date.
     *
     * @param current the database's object, in this format; its body has not been read
     * @param epoch the copy's epoch from before the object was asked for
     * @return what it took; empty if the copy or the database changed meanwhile, so that the object is to be asked for again
     * @throws IOException if a transfer breaks off or is not what it should be; it may be tried again
     * @throws StorageUnavailableException if the store does not answer by the deadline
     * @throws CorruptDatabaseException if what the store holds is not a sound database; {@code copy} is as it was
     */
    Optional<Checkout> checkout(WorkingCopy copy, GetOutcome.Found current, long epoch, Operation operation)
            throws IOException;

    /**
     * Publishes a transaction by what it changed.
     *
     * @param commit what it builds on, if anything, is in this format
     * @throws StorageUnavailableException if the store cannot be reached; the transaction is not durable and never will be
     */
    Publication.Result publish(Commit commit, Change change, Operation operation);

    /**
     * Publishes a transaction by the whole database that it makes.
     *
     * @param commit what it builds on, if anything, may be in another format
     * @throws StorageUnavailableException if the store cannot be reached; the transaction is not durable and never will be
     */
    Publication.Result publish(Commit commit, DatabaseImage image, Operation operation);

    /**
     * Which version the object is.
     *
     * @param current the database's object, in this format; its body has not been read
     * @throws IOException as {@link #checkout} does
     */
    DatabaseVersion version(DatabaseName database, GetOutcome.Found current, Operation operation) throws IOException;

    /**
     * What is known of the database.
     *
     * @param current the database's object, in this format; its body has not been read
     * @throws IOException as {@link #checkout} does
     */
    DatabaseDetails describe(DatabaseName database, GetOutcome.Found current, Operation operation) throws IOException;
}
