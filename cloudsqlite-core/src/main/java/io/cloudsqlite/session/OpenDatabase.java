package io.cloudsqlite.session;

import io.cloudsqlite.copy.WorkingCopy;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the threads of a process share of one database, as long as at least one of them uses it: taken with {@link
 * OpenDatabases#use}, given back by closing it. The working copy is opened when it is first needed.
 */
final class OpenDatabase implements AutoCloseable {

    private final OpenDatabases owner;
    private final Supplier<Shared> opening;

    /** Held by the thread that writes: writers of one process queue here, in order, and not at the lock service. */
    private final Semaphore writersTurn = new Semaphore(1, true);

    /** Held by the thread that maintains the log: one in a process is enough. */
    private final Semaphore maintainersTurn = new Semaphore(1);

    private @Nullable Shared shared;

    /** Guarded by the owner. */
    int users;

    /** A working copy and what keeps it up to date. */
    record Shared(WorkingCopy copy, SharedCheckout checkouts) {}

    OpenDatabase(OpenDatabases owner, Supplier<Shared> opening) {
        this.owner = owner;
        this.opening = opening;
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

    Semaphore writersTurn() {
        return writersTurn;
    }

    Semaphore maintainersTurn() {
        return maintainersTurn;
    }

    /** Ends this use of it. */
    @Override
    public void close() {
        owner.release(this);
    }
}
