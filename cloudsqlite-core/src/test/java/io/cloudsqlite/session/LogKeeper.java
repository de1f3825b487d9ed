package io.cloudsqlite.session;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.copy.WorkDirectory;
import io.cloudsqlite.copy.WorkingCopy;
import io.cloudsqlite.format.DatabaseStore;
import io.cloudsqlite.format.LogPolicy;
import io.cloudsqlite.format.Operation;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.SystemRandom;
import io.cloudsqlite.time.TimeSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * A process of its own that does nothing but look after one database in format {@code log}, and makes checkpoints whether they
 * are due or not. Used by one thread.
 */
final class LogKeeper implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final DatabaseStore databases;
    private final DatabaseName database;
    private final TimeSource time;
    private final WorkDirectory work;
    private final WorkingCopy copy;

    LogKeeper(BlobStore store, DatabaseName database, Path workDirectory, TimeSource time) {
        this.databases = new DatabaseStore(
                store, DatabaseFormat.LOG, LogPolicy.DEFAULT, time, SystemRandom.create(), Runnable::run);
        this.database = database;
        this.time = time;
        this.work = WorkDirectory.claim(workDirectory, OptionalLong.empty());
        this.copy = WorkingCopy.open(work, database, connection -> {}, time);
    }

    /** Makes a checkpoint of the newest state; tells whether there is one now that was not there before. */
    boolean checkpoint() {
        Operation operation = begin();
        databases.checkout(copy, operation);
        return databases.maintenance().checkpoint(copy, operation);
    }

    /** Merges segments if there are enough of them, unless a checkpoint is due; tells how many. */
    int mergeIfDue() {
        Operation operation = begin();
        databases.checkout(copy, operation);
        return databases.maintenance().maintain(copy, operation).mergedSegments();
    }

    /** Deletes what is not needed any more, and old by this process's clock; tells how many objects that were. */
    int collect(Duration retention) {
        return databases.maintenance().collect(database, retention, begin()).deletedObjects();
    }

    private Operation begin() {
        return new Operation(Deadline.after(PATIENCE, time));
    }

    @Override
    public void close() {
        copy.close();
        work.close();
    }
}
