package io.cloudsqlite.session;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.copy.WorkingCopy;
import java.util.concurrent.Semaphore;

/**
 * What the threads of a process share of one database, as long as at least one of them uses it: taken with {@link
 * OpenDatabases#use}, given back by closing it.
 */
final class OpenDatabase implements AutoCloseable {

    private final OpenDatabases owner;
    private final WorkingCopy copy;
    private final SharedCheckout checkouts;

    /** Held by the thread that writes: writers of one process queue here, in order, and not at the lock service. */
    private final Semaphore writersTurn = new Semaphore(1, true);

    /** Guarded by the owner. */
    int users;

    OpenDatabase(OpenDatabases owner, WorkingCopy copy, SharedCheckout checkouts) {
        this.owner = owner;
        this.copy = copy;
        this.checkouts = checkouts;
    }

    DatabaseName name() {
        return copy.database();
    }

    WorkingCopy copy() {
        return copy;
    }

    SharedCheckout checkouts() {
        return checkouts;
    }

    Semaphore writersTurn() {
        return writersTurn;
    }

    /** Ends this use of it. */
    @Override
    public void close() {
        owner.release(this);
    }
}
