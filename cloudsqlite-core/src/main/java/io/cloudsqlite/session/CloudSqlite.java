package io.cloudsqlite.session;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseExistsException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.copy.DatabaseImage;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.ImportedDatabase;
import io.cloudsqlite.copy.PastCopy;
import io.cloudsqlite.copy.WorkDirectory;
import io.cloudsqlite.format.DatabaseDetails;
import io.cloudsqlite.format.DatabasePage;
import io.cloudsqlite.format.DatabaseStore;
import io.cloudsqlite.format.HistoryEntry;
import io.cloudsqlite.format.LogPolicy;
import io.cloudsqlite.format.MaintenanceReport;
import io.cloudsqlite.format.Operation;
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
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
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
 * threads that {@linkplain Builder#writers commit} for writers, and that {@linkplain Builder#downloads download} large databases
 * and put segments, all of which end when there is nothing to do for them; and one for {@linkplain Builder#maintenanceInterval
 * maintenance} if it is told to. Closing it makes no difference to what is durable.
 *
 * <p>Safe for use by many threads.
 */
public final class CloudSqlite implements AutoCloseable {

    private final Environment environment;
    private final DatabaseStore store;
    private final WorkDirectory work;
    private final OpenDatabases databases;
    private final BackgroundThreads background;

    private CloudSqlite(
            Environment environment, WorkDirectory work, OpenDatabases databases, BackgroundThreads background) {
        this.background = background;
        this.environment = environment;
        this.store = environment.store();
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
        return new CloudSqlite(environment.withRequestTimeout(timeout), work, databases, background);
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
        return store.list(after, limit, begin());
    }

    /**
     * What is known of a database.
     *
     * @throws DatabaseNotFoundException if there is no such database
     */
    public DatabaseDetails describe(DatabaseName name) {
        return store.describe(name, begin()).orElseThrow(() -> new DatabaseNotFoundException(name));
    }

    /**
     * The newest version of a database as one SQLite file. The caller closes it.
     *
     * @throws DatabaseNotFoundException if there is no such database
     */
    public Export export(DatabaseName name) {
        HeldSnapshot snapshot = HeldSnapshot.take(databases, name, begin());
        return export(name, snapshot.version(), snapshot.image(), snapshot::close);
    }

    private static Export export(DatabaseName name, DatabaseVersion version, DatabaseImage image, Runnable release) {
        try {
            return Export.of(version, image, release);
        } catch (IOException e) {
            release.run();
            throw WorkDirectory.failed(name, e);
        }
    }

    /**
     * A state of a database's past as one SQLite file. The caller closes it.
     *
     * @throws DatabaseNotFoundException if there is no such database
     * @throws InvalidRequestException if its format keeps no history, or history does not reach back that far
     */
    public Export export(DatabaseName name, PointInTime when) {
        PastCopy past = Past.open(environment, work, name, when, begin());
        return export(name, past.version(), past.image(), past::close);
    }

    /**
     * The transactions of a database whose states can be restored, newest first.
     *
     * @param before only those with smaller TXIDs; empty to begin with the newest
     * @param limit how many at the most
     * @throws DatabaseNotFoundException if there is no such database
     * @throws InvalidRequestException if its format keeps no history
     */
    public List<HistoryEntry> history(DatabaseName name, OptionalLong before, int limit) {
        return store.history().list(name, before, limit, begin());
    }

    /**
     * Makes a state of one database's past a new database.
     *
     * @param target the new database, which must not exist yet
     * @return the TXID of the transaction that creates it
     * @throws DatabaseNotFoundException if there is no such database
     * @throws InvalidRequestException if its format keeps no history, or history does not reach back that far
     * @throws DatabaseExistsException if {@code target} exists already
     * @throws CommitUnknownException if it could not be learned whether it was committed
     */
    public long restore(DatabaseName name, PointInTime when, DatabaseName target, Duration timeout) {
        Operation operation = environment.begin(Optional.of(timeout));
        try (PastCopy past = Past.open(environment, work, name, when, operation)) {
            return publish(target, past.image(), false, operation);
        }
    }

    /**
     * Changes how a database is stored, as one transaction, which takes its readers and writers along. History begins anew.
     *
     * @return the TXID of that transaction; of the newest if the database has that format already
     * @throws DatabaseNotFoundException if there is no such database
     * @throws WriteConflictException if others wrote in between; nothing was changed
     * @throws CommitUnknownException if it could not be learned whether it was committed
     */
    public long convert(DatabaseName name, DatabaseFormat format, Duration timeout) {
        Operation operation = environment.begin(Optional.of(timeout));
        try (Lease lease = environment.acquireLock(name, operation);
                HeldSnapshot snapshot = HeldSnapshot.take(databases, name, operation)) {
            DatabaseVersion base = snapshot.version();
            if (base.format() == format) {
                return base.txid();
            }
            lease.ensureValid();
            return publish(name, Optional.of(base), snapshot.image(), format, operation);
        }
    }

    /**
     * Does all maintenance that is due: see {@link io.cloudsqlite.format.LogMaintenance}. Any number of processes may do so at
     * once, and none has to: without it, the log of a large database grows, and opening it takes longer.
     *
     * @throws DatabaseNotFoundException if there is no such database
     */
    public MaintenanceReport maintain(DatabaseName name, Duration timeout) {
        return new Maintenance(environment, databases).maintain(name, true, environment.begin(Optional.of(timeout)));
    }

    /**
     * Rebuilds a database from what the store holds, checks every checksum on the way, and has SQLite check the result; in
     * format {@code log}, also every earlier base with the log that follows it.
     *
     * @throws DatabaseNotFoundException if there is no such database
     * @throws CorruptDatabaseException if something is damaged, with what
     */
    public VerificationReport verify(DatabaseName name, Duration timeout) {
        return new Verification(environment, work, name).run(environment.begin(Optional.of(timeout)));
    }

    /**
     * Makes a SQLite file the content of a database, as one transaction, after the file was verified. The database keeps its
     * format, if it has one.
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
        try (ImportedDatabase imported = ImportedDatabase.receive(work, name, in, maxBytes, operation.deadline())) {
            return publish(name, imported.image(), replace, operation);
        } catch (IOException e) {
            throw WorkDirectory.failed(name, e);
        }
    }

    private long publish(DatabaseName name, DatabaseImage image, boolean replace, Operation operation) {
        try (Lease lease = environment.acquireLock(name, operation)) {
            Optional<DatabaseVersion> base = store.find(name, operation);
            if (base.isPresent() && !replace) {
                throw new DatabaseExistsException(
                        "The database '" + name + "' exists already: choose another name, or replace it on purpose");
            }
            lease.ensureValid();
            DatabaseFormat format = base.map(DatabaseVersion::format).orElse(store.formatOfNewDatabases());
            return publish(name, base, image, format, operation);
        }
    }

    private long publish(
            DatabaseName name,
            Optional<DatabaseVersion> base,
            DatabaseImage image,
            DatabaseFormat format,
            Operation operation) {
        CommitId databaseId =
                base.flatMap(DatabaseVersion::databaseId).orElseGet(() -> CommitId.next(environment.random()));
        CommitId commit = CommitId.next(environment.random());
        return environment.requireCommitted(
                name, commit, store.replace(name, base, databaseId, image, format, commit, operation));
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
            Optional<BlobVersion> version = store.locate(name, operation);
            if (version.isEmpty()) {
                store.deleteLeftovers(name, operation);
                throw new DatabaseNotFoundException(name);
            }
            lease.ensureValid();
            if (!store.delete(name, version.get(), operation)) {
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
     *
     * <p>Waits until writers have given back their locks, 10 seconds at most, unless {@link Builder#writers} are the caller's; an
     * interrupt ends the wait and stays set.
     */
    @Override
    public void close() {
        background.close();
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
        private OptionalLong workBytes = OptionalLong.empty();
        private int maxOpenDatabases = 100;
        private DatabaseFormat format = DatabaseFormat.LOG;
        private Duration retention = Duration.ofDays(7);
        private Optional<Duration> maintenanceInterval = Optional.empty();
        private LogPolicy logPolicy = LogPolicy.DEFAULT;
        private Optional<Executor> downloads = Optional.empty();
        private Optional<Executor> writers = Optional.empty();
        private boolean answersEarly;

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

        /**
         * How many bytes of the work directory's disk working copies, downloads and imports may take together; 80 % of what is free
         * when it is opened. The working copy that was unused for longest is deleted when another needs room, and what is in use
         * never; what an earlier process left counts too. A database that is larger is {@link StorageUnavailableException}. Only
         * a transaction that writes much may exceed it, until it has ended.
         *
         * @throws IllegalArgumentException if it is not above zero
         */
        public Builder workBytes(long value) {
            if (value <= 0) {
                throw new IllegalArgumentException("Working copies need more than " + value + " bytes");
            }
            workBytes = OptionalLong.of(value);
            return this;
        }

        /**
         * How many databases have open connections at a time, each of them about six file descriptors; 100. Those of the longest
         * unused are closed when others are used, and its working copy stays: see {@link #workBytes}.
         */
        public Builder maxOpenDatabases(int value) {
            maxOpenDatabases = value;
            return this;
        }

        /** What databases get that are created; {@link DatabaseFormat#LOG}. Existing ones keep what they have. */
        public Builder format(DatabaseFormat value) {
            format = value;
            return this;
        }

        /** How far back every state of a database in format {@code log} can be restored; 7 days. */
        public Builder retention(Duration value) {
            retention = value;
            return this;
        }

        /**
         * Lets a thread {@linkplain CloudSqlite#maintain maintain} the databases that are open, each time that this has gone by;
         * without it nobody does, except that who commits to a small database makes a checkpoint when one is due.
         */
        public Builder maintenanceInterval(Duration value) {
            maintenanceInterval = Optional.of(value);
            return this;
        }

        /** When the logs of databases become what; for tests, whose databases are small. */
        public Builder logPolicy(LogPolicy value) {
            logPolicy = value;
            return this;
        }

        /**
         * What downloads parts of large databases, and puts segments beside commits, besides the thread that needs them; threads of
         * its own.
         */
        public Builder downloads(Executor value) {
            downloads = Optional.of(value);
            return this;
        }

        /**
         * What commits the transactions of writers: one task for each database that is written to at the moment, and one more
         * while it is maintained after a commit; threads of its own. Must run each task at once, and on another thread than the
         * one that hands it over.
         */
        public Builder writers(Executor value) {
            writers = Optional.of(value);
            return this;
        }

        /**
         * Whether a write is answered as soon as it is durable, and the lock given back and maintenance done that is due only then:
         * quicker by a round trip to the lock service. For processes that live on, and not for AWS Lambda's, which stand still once
         * they have answered; false.
         */
        public Builder answersEarly(boolean value) {
            answersEarly = value;
            return this;
        }

        /**
         * Opens it.
         *
         * @throws StorageUnavailableException if the work directory cannot be used
         */
        public CloudSqlite build() {
            BackgroundThreads background = new BackgroundThreads();
            DatabaseStore formats = new DatabaseStore(
                    store, format, logPolicy, time, random, downloads.orElseGet(background::downloads));
            Environment environment = new Environment(
                    formats,
                    locks,
                    executor,
                    time,
                    random,
                    lockWait,
                    requestTimeout,
                    retention,
                    writers.orElseGet(background::writers),
                    answersEarly);
            WorkDirectory work = WorkDirectory.claim(workDirectory, workBytes);
            OpenDatabases databases = new OpenDatabases(environment, work, maxOpenDatabases);
            maintenanceInterval.ifPresent(
                    interval -> background.maintain(interval, new Maintenance(environment, databases)));
            return new CloudSqlite(environment, work, databases, background);
        }
    }
}
