package io.cloudsqlite.session;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.copy.WorkingCopy;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the threads of a process share of one database, as long as at least one of them uses it: taken with {@link
 * OpenDatabases#use}, given back by closing it. The working copy is opened when it is first needed.
 */
final class OpenDatabase implements AutoCloseable {

    /**
     * How often the database is checked out for one reader or writer: in between, one who found the working copy damaged, or
     * whose commit was refused, may take it away.
     */
    static final int MAX_CHECKOUTS = 10;

    private final DatabaseName name;
    private final OpenDatabases owner;
    private final Supplier<Shared> opening;

    /** Where the writers of the process queue, so that they do not at the lock service. */
    private final WriterQueue writers;

    private @Nullable Shared shared;

    /** Guarded by the owner. */
    int users;

    /** A working copy and what keeps it up to date. */
    record Shared(WorkingCopy copy, SharedCheckout checkouts) {}

    OpenDatabase(DatabaseName name, OpenDatabases owner, Environment environment, Supplier<Shared> opening) {
        this.name = name;
        this.owner = owner;
        this.opening = opening;
        this.writers = new WriterQueue(this, environment, new Maintenance(environment, owner));
    }

    WorkingCopy copy() {
        return shared().copy;
    }

    SharedCheckout checkouts() {
        return shared().checkouts;
    }

    private synchronized Shared shared() {
        if (shared == null) {
            shared = opening.get();
        }
        return shared;
    }

    /** The working copy, if it was ever needed. */
    synchronized Optional<WorkingCopy> openCopy() {
        return Optional.ofNullable(shared).map(Shared::copy);
    }

    DatabaseName name() {
        return name;
    }

    WriterQueue writers() {
        return writers;
    }

    /** If SQLite finds the local files damaged or cannot read them, the next request downloads the database again. */
    void discardIfDamaged(CloudSqliteException failure) {
        if (tellsOfDamage(failure)) {
            copy().discard();
        }
    }

    /** Whether SQLite has found the local files damaged, or cannot read them. */
    static boolean tellsOfDamage(CloudSqliteException failure) {
        return failure instanceof CorruptDatabaseException
                || (failure instanceof SqlFailedException failed
                        && failed.sqliteCode().equals("SQLITE_IOERR"));
    }

    /** What to throw when {@link #MAX_CHECKOUTS} were not enough. */
    StorageUnavailableException keepsChanging() {
        return new StorageUnavailableException("The database '" + name
                + "' changes faster than it can be checked out; nothing was changed. Try again");
    }

    /** Uses it once more, which is to be closed once more. */
    void retain() {
        owner.retain(this);
    }

    /** Ends this use of it. */
    @Override
    public void close() {
        owner.release(this);
    }
}
