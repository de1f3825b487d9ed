package io.cloudsqlite.session;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.copy.WorkDirectory;
import io.cloudsqlite.copy.WorkingCopy;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The databases that this process has a working copy of: opened when they are first used, a bounded number of them, the
 * longest unused of which makes way for the next. Safe for use by many threads.
 */
final class OpenDatabases implements AutoCloseable {

    private final Environment environment;
    private final WorkDirectory work;
    private final int maxOpen;
    private final Map<DatabaseName, OpenDatabase> leastRecentlyUsedFirst = new LinkedHashMap<>(16, 0.75f, true);
    private boolean closed;

    /**
     * @param work becomes this object's, to be given back when nothing uses it any more
     * @param maxOpen how many working copies there are at most; more for a moment, if so many are in use at once
     */
    OpenDatabases(Environment environment, WorkDirectory work, int maxOpen) {
        this.environment = environment;
        this.work = work;
        this.maxOpen = maxOpen;
    }

    /**
     * The database, to be closed by the caller.
     *
     * @throws IllegalStateException if this has been closed
     */
    synchronized OpenDatabase use(DatabaseName name) {
        if (closed) {
            throw new IllegalStateException("this CloudSqlite has been closed");
        }
        OpenDatabase database = leastRecentlyUsedFirst.get(name);
        if (database == null) {
            makeRoom();
            database = new OpenDatabase(name, this, environment, () -> open(name));
            leastRecentlyUsedFirst.put(name, database);
        }
        database.users++;
        return database;
    }

    private OpenDatabase.Shared open(DatabaseName name) {
        WorkingCopy copy = WorkingCopy.open(work, name, environment.executor()::configure, environment.time());
        return new OpenDatabase.Shared(copy, new SharedCheckout(environment.store(), copy, environment.time()));
    }

    private void makeRoom() {
        Iterator<OpenDatabase> candidates = leastRecentlyUsedFirst.values().iterator();
        while (leastRecentlyUsedFirst.size() >= maxOpen && candidates.hasNext()) {
            OpenDatabase candidate = candidates.next();
            if (candidate.users == 0) {
                candidates.remove();
                candidate.openCopy().ifPresent(WorkingCopy::closeAndDelete);
            }
        }
    }

    /** Those that are open at the moment. */
    synchronized List<DatabaseName> names() {
        return List.copyOf(leastRecentlyUsedFirst.keySet());
    }

    WorkDirectory work() {
        return work;
    }

    synchronized void retain(OpenDatabase database) {
        database.users++;
    }

    synchronized void release(OpenDatabase database) {
        database.users--;
        if (closed) {
            closeWhatIsUnused();
        }
    }

    /** Closes what nobody uses, and the rest when its users are done; the working copies stay on the disk. */
    @Override
    public synchronized void close() {
        closed = true;
        closeWhatIsUnused();
    }

    /** The work directory is given back last: another process would take what is in use for leftovers. */
    private void closeWhatIsUnused() {
        leastRecentlyUsedFirst.values().removeIf(database -> {
            boolean unused = database.users == 0;
            if (unused) {
                database.openCopy().ifPresent(WorkingCopy::close);
            }
            return unused;
        });
        if (leastRecentlyUsedFirst.isEmpty()) {
            work.close();
        }
    }
}
