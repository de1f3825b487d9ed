package io.cloudsqlite.session;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.copy.WorkingCopy;
import io.cloudsqlite.time.TimeSource;
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

    /** Held by the thread that writes: writers of one process queue here, in order, and not at the lock service. */
    private final Turn writersTurn;

    /** Held by the thread that maintains the log: one in a process is enough. */
    private final Turn maintainersTurn;

    private @Nullable Shared shared;

    /** Guarded by the owner. */
    int users;

    /** A working copy and what keeps it up to date. */
    record Shared(WorkingCopy copy, SharedCheckout checkouts) {}

    OpenDatabase(DatabaseName name, OpenDatabases owner, TimeSource time, Supplier<Shared> opening) {
        this.name = name;
        this.owner = owner;
        this.opening = opening;
        this.writersTurn = new Turn(time);
        this.maintainersTurn = new Turn(time);
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

    Turn writersTurn() {
        return writersTurn;
    }

    Turn maintainersTurn() {
        return maintainersTurn;
    }

    /** If SQLite finds the local files damaged or cannot read them, the next request downloads the database again. */
    void discardIfDamaged(CloudSqliteException failure) {
        boolean damaged = failure instanceof CorruptDatabaseException
                || (failure instanceof SqlFailedException failed
                        && failed.sqliteCode().equals("SQLITE_IOERR"));
        if (damaged) {
            copy().discard();
        }
    }

    /** What to throw when {@link #MAX_CHECKOUTS} were not enough. */
    StorageUnavailableException keepsChanging() {
        return new StorageUnavailableException("The database '" + name
                + "' changes faster than it can be checked out; nothing was changed. Try again");
    }

    /** Ends this use of it. */
    @Override
    public void close() {
        owner.release(this);
    }
}
