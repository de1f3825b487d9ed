package io.cloudsqlite.session;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.DatabaseExistsException;
import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.copy.DatabaseImage;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.ImportedDatabase;
import io.cloudsqlite.copy.WorkDirectory;
import io.cloudsqlite.format.DatabaseDetails;
import io.cloudsqlite.format.DatabasePage;
import io.cloudsqlite.format.FileFormat;
import io.cloudsqlite.format.Operation;
import io.cloudsqlite.format.StorageFormat;
import io.cloudsqlite.lock.FileLockManager;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.lock.LockInfo;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.FileBlobStore;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.SystemRandom;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The databases of one store, and the way to use them.
 *
 * <pre>{@code
 * try (CloudSqlite cloud = CloudSqlite.inDirectory(Path.of("data")).build()) {
 *     DbSession db = cloud.database("app.db");
 *     db.execute("CREATE TABLE note (text TEXT)");
 * }
 * }</pre>
 *
 * <p>A process needs one for each store, for as long as it runs: its sessions share one working copy per database. It starts
 * no threads. Closing it makes no difference to what is durable.
 *
 * <p>Safe for use by many threads.
 */
public final class CloudSqlite implements AutoCloseable {

    private final Environment environment;
    private final StorageFormat format;
    private final WorkDirectory work;
    private final OpenDatabases databases;

    private CloudSqlite(Environment environment, WorkDirectory work, OpenDatabases databases) {
        this.environment = environment;
        this.format = environment.format();
        this.work = work;
        this.databases = databases;
    }

    /** The databases of a directory, for the processes of one machine: see {@link FileBlobStore}. */
    public static Builder inDirectory(Path directory) {
        return new Builder(new FileBlobStore(directory), new FileLockManager(directory));
    }

    /** Databases that live as long as this process, for tests. */
    public static Builder inMemory() {
        return new Builder(new InMemoryBlobStore(), new InMemoryLockManager());
    }

    /** Begins to say what to open; only the store and the locks have no default. */
    public static Builder builder(BlobStore store, LockManager locks) {
        return new Builder(store, locks);
    }

    /**
     * The same databases, with another {@linkplain Builder#requestTimeout timeout} for whatever names none itself: for those
     * whom each request finds with another time left. Costs nothing. All else is shared: to close one is to close both.
     *
     * @throws IllegalArgumentException if the timeout is not above zero
     */
    public CloudSqlite withRequestTimeout(Duration timeout) {
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("A request takes longer than " + timeout);
        }
        return new CloudSqlite(environment.withRequestTimeout(timeout), work, databases);
    }

    /**
     * The database of that name, whether it exists or not: its first write creates it. Costs nothing; nothing is read yet.
     *
     * @throws InvalidRequestException if the name is not valid
     */
    public DbSession database(String name) {
        return database(DatabaseName.of(name));
    }

    /** The database of that name, whether it exists or not. */
    public DbSession database(DatabaseName name) {
        return new DbSession(name, environment, databases);
    }

    /**
     * The databases in the store, in the order of their names.
     *
     * @param after what the page before said comes next; empty to begin at the first
     * @param limit how many at the most, 1 to 1,000
     * @throws IllegalArgumentException if the limit is not
     */
    public DatabasePage list(Optional<String> after, int limit) {
        return format.list(after, limit, begin());
    }

    /**
     * What is known of a database.
     *
     * @throws DatabaseNotFoundException if there is no such database
     */
    public DatabaseDetails describe(DatabaseName name) {
        return format.describe(name, begin()).orElseThrow(() -> new DatabaseNotFoundException(name));
    }

    /**
     * The newest version of a database as one SQLite file, whose last bytes come only if all of it is sound. The caller closes
     * it.
     *
     * @throws DatabaseNotFoundException if there is no such database
     */
    public StorageFormat.Export export(DatabaseName name) {
        return format.export(name, begin()).orElseThrow(() -> new DatabaseNotFoundException(name));
    }

    /**
     * Makes a SQLite file the content of a database, as one transaction, after the file was verified.
     *
     * @param in the file's bytes, to their end
     * @param replace whether a database of that name may be replaced
     * @param maxBytes how large the file may be
     * @param timeout by when it must have ended
     * @return the TXID of the transaction
     * @throws InvalidRequestException if the bytes are not a sound SQLite database, or are too many
     * @throws DatabaseExistsException if there is a database of that name and it may not be replaced
     * @throws WriteConflictException if others wrote in between; nothing was changed
     * @throws CommitUnknownException if it could not be learned whether it was committed
     */
    public long importDatabase(DatabaseName name, InputStream in, boolean replace, long maxBytes, Duration timeout) {
        Operation operation = environment.begin(Optional.of(timeout));
        try (ImportedDatabase imported = ImportedDatabase.receive(work, name, in, maxBytes, operation.deadline());
                Lease lease = environment.acquireLock(name, operation)) {
            Optional<DatabaseVersion> base = format.find(name, operation);
            if (base.isPresent() && !replace) {
                throw new DatabaseExistsException(
                        "The database '" + name + "' exists already: choose another name, or replace it on purpose");
            }
            CommitId databaseId =
                    base.flatMap(DatabaseVersion::databaseId).orElseGet(() -> CommitId.next(environment.random()));
            long txid = base.map(DatabaseVersion::txid).orElse(0L) + 1;
            DatabaseImage image = imported.image(databaseId, txid);
            CommitId commit = CommitId.next(environment.random());
            lease.ensureValid();
            return environment.requireCommitted(
                    name, commit, format.commit(name, base, databaseId, image, commit, operation));
        } catch (IOException e) {
            throw new StorageUnavailableException("The work directory failed for the import of '" + name + "'", e);
        }
    }

    /**
     * Deletes a database for good; where the bucket keeps versions, they remain.
     *
     * @throws DatabaseNotFoundException if there is no such database
     * @throws DatabaseLockedException if somebody is writing to it
     * @throws WriteConflictException if others wrote in between; nothing was changed
     */
    public void delete(DatabaseName name) {
        Operation operation = begin();
        try (Lease lease = environment.acquireLock(name, operation)) {
            BlobVersion version = format.locate(name, operation).orElseThrow(() -> new DatabaseNotFoundException(name));
            lease.ensureValid();
            if (!format.delete(name, version, operation)) {
                throw new WriteConflictException(
                        "Others wrote to the database '" + name + "' in the meantime; it was not deleted");
            }
        }
    }

    /** Who holds the lock of a database at the moment, if anybody does. */
    public Optional<LockInfo> findLock(DatabaseName name) {
        return environment.locks().find(name, begin().deadline());
    }

    /**
     * Takes the lock of a database away from whoever holds it, which is safe: at worst a transaction that is under way has to
     * be run again.
     *
     * @return whether there was a lock
     */
    public boolean unlock(DatabaseName name) {
        return environment.locks().breakLock(name, begin().deadline());
    }

    private Operation begin() {
        return environment.begin(Optional.empty());
    }

    /**
     * Closes the working copies, those that are in use when their users are done. They stay in the work directory for the next
     * process. Using a database afterwards is an {@link IllegalStateException}.
     */
    @Override
    public void close() {
        databases.close();
    }

    /** What to open. */
    public static final class Builder {

        private final BlobStore store;
        private final LockManager locks;
        private Path workDirectory = Path.of(System.getProperty("java.io.tmpdir"), "cloudsqlite");
        private SqlExecutor executor = SqlExecutor.trusted();
        private TimeSource time = TimeSource.system();
        private RandomGenerator random = SystemRandom.create();
        private Duration lockWait = Duration.ofSeconds(10);
        private Duration requestTimeout = Duration.ofSeconds(25);
        private int maxOpenDatabases = 1_000;

        private Builder(BlobStore store, LockManager locks) {
            this.store = store;
            this.locks = locks;
        }

        /** Where working copies are kept, on a local disk; {@code cloudsqlite} in the system's temporary directory. */
        public Builder workDirectory(Path value) {
            workDirectory = value;
            return this;
        }

        /** What runs the SQL; {@link SqlExecutor#trusted()}. */
        public Builder executor(SqlExecutor value) {
            executor = value;
            return this;
        }

        /** The clocks; {@link TimeSource#system()}. */
        public Builder time(TimeSource value) {
            time = value;
            return this;
        }

        /** Where ids and jitter come from; the operating system. */
        public Builder random(RandomGenerator value) {
            random = value;
            return this;
        }

        /** How long a writer waits for other writers; 10 seconds. */
        public Builder lockWait(Duration value) {
            lockWait = value;
            return this;
        }

        /** By when a request has ended that says nothing else; 25 seconds, for API Gateway gives up after 30. */
        public Builder requestTimeout(Duration value) {
            requestTimeout = value;
            return this;
        }

        /** How many databases have a working copy at a time, the longest unused of which makes way; 1,000. */
        public Builder maxOpenDatabases(int value) {
            maxOpenDatabases = value;
            return this;
        }

        /**
         * Opens it.
         *
         * @throws StorageUnavailableException if the work directory cannot be used
         */
        public CloudSqlite build() {
            Environment environment = environment();
            WorkDirectory work = WorkDirectory.claim(workDirectory);
            return new CloudSqlite(environment, work, new OpenDatabases(environment, work, maxOpenDatabases));
        }

        private Environment environment() {
            return new Environment(
                    new FileFormat(store, random), locks, executor, time, random, lockWait, requestTimeout);
        }
    }
}
