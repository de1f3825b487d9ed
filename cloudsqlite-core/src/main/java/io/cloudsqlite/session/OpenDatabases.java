package io.cloudsqlite.session;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.copy.WorkDirectory;
import io.cloudsqlite.copy.WorkingCopy;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The databases that this process has a working copy of: opened when they are first used, at most {@value #MAX_OPEN} of
 * them, the longest unused of which makes way for the next. Safe for use by many threads.
 */
final class OpenDatabases implements AutoCloseable {

    /** More may be open for a moment, if so many are in use at once. */
    static final int MAX_OPEN = 1_000;

    private final Environment environment;
    private final WorkDirectory work;
    private final Map<DatabaseName, OpenDatabase> leastRecentlyUsedFirst = new LinkedHashMap<>(16, 0.75f, true);

    OpenDatabases(Environment environment, WorkDirectory work) {
        this.environment = environment;
        this.work = work;
    }

    /** The database, opened if it was not, to be closed by the caller. */
    synchronized OpenDatabase use(DatabaseName name) {
        OpenDatabase database = leastRecentlyUsedFirst.get(name);
        if (database == null) {
            makeRoom();
            WorkingCopy copy = WorkingCopy.open(work, name, environment.executor()::configure);
            SharedCheckout checkouts = new SharedCheckout(environment.format(), copy, environment.time());
            database = new OpenDatabase(this, copy, checkouts);
            leastRecentlyUsedFirst.put(name, database);
        }
        database.users++;
        return database;
    }

    private void makeRoom() {
        Iterator<OpenDatabase> candidates = leastRecentlyUsedFirst.values().iterator();
        while (leastRecentlyUsedFirst.size() >= MAX_OPEN && candidates.hasNext()) {
            OpenDatabase candidate = candidates.next();
            if (candidate.users == 0) {
                candidates.remove();
                candidate.copy().closeAndDelete();
            }
        }
    }

    synchronized void release(OpenDatabase database) {
        database.users--;
    }

    /** Closes all that is open; the working copies stay on the disk for the next process. */
    @Override
    public synchronized void close() {
        leastRecentlyUsedFirst.values().forEach(database -> database.copy().close());
        leastRecentlyUsedFirst.clear();
    }
}
