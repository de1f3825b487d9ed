package io.cloudsqlite.session;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.copy.WorkDirectory;
import io.cloudsqlite.copy.WorkingCopy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The databases that this process has a working copy of: opened when they are first used. Of those that nobody uses, the one that
 * was unused for longest makes way in two steps. Where too many have connections, and so file descriptors, its connections are
 * closed; where the {@linkplain WorkDirectory work directory} is full, its copy is deleted, and all that is known of it.
 *
 * <p>Safe for use by many threads. Files are opened, closed and deleted without its lock, so who uses one database does not wait for
 * what becomes of another.
 */
final class OpenDatabases implements AutoCloseable {

    /** More are not remembered, however small they are: each takes some kilobytes of memory. */
    private static final int MAX_COPIES = 20_000;

    private final Environment environment;
    private final WorkDirectory work;
    private final int maxConnected;

    private final ReentrantLock lock = new ReentrantLock();

    /** Signalled when the files of a database have been deleted. */
    private final Condition left;

    private final Map<DatabaseName, OpenDatabase> leastRecentlyUsedFirst = new LinkedHashMap<>(16, 0.75f, true);

    /** Those that may have connections, the least recently used first. */
    private final Set<OpenDatabase> connected = new LinkedHashSet<>();

    /** Those whose files are being deleted. */
    private final Set<DatabaseName> leaving = new HashSet<>();

    private boolean closed;

    /**
     * @param work becomes this object's, to be given back when nothing uses it any more
     * @param maxConnected how many have connections at most; more for a moment, if so many are in use at once
     */
    OpenDatabases(Environment environment, WorkDirectory work, int maxConnected) {
        this.environment = environment;
        this.work = work;
        this.maxConnected = maxConnected;
        this.left = environment.time().newCondition(lock);
        work.whenFull(this::evictOne);
    }

    /**
     * The database, to be closed by the caller.
     *
     * @throws IllegalStateException if this has been closed
     */
    OpenDatabase use(DatabaseName name) {
        OpenDatabase database;
        boolean isFull;
        lock.lock();
        try {
            while (leaving.contains(name)) {
                left.awaitUninterruptibly();
            }
            if (closed) {
                throw new IllegalStateException("this CloudSqlite has been closed");
            }
            database = leastRecentlyUsedFirst.computeIfAbsent(
                    name, fresh -> new OpenDatabase(fresh, this, environment, () -> open(fresh)));
            database.users++;
            connected.remove(database);
            connected.add(database);
            isFull = leastRecentlyUsedFirst.size() > MAX_COPIES;
        } finally {
            lock.unlock();
        }
        if (isFull) {
            evictOne();
        }
        closeIdleConnections();
        return database;
    }

    private OpenDatabase.Shared open(DatabaseName name) {
        WorkingCopy copy = WorkingCopy.open(work, name, environment.executor()::configure, environment.time());
        return new OpenDatabase.Shared(copy, new SharedCheckout(environment.store(), copy, environment.time()));
    }

    /** Closes the connections of those that were unused for longest, if too many have any. */
    private void closeIdleConnections() {
        for (OpenDatabase idle : retainTooManyConnected()) {
            try {
                idle.openCopy().ifPresent(WorkingCopy::closeConnections);
            } finally {
                endUse(idle);
            }
        }
    }

    /** They are in use until their connections are closed, so that they are not deleted meanwhile. */
    private List<OpenDatabase> retainTooManyConnected() {
        lock.lock();
        try {
            List<OpenDatabase> idle = new ArrayList<>();
            Iterator<OpenDatabase> candidates = connected.iterator();
            while (connected.size() > maxConnected && candidates.hasNext()) {
                OpenDatabase candidate = candidates.next();
                if (candidate.users == 0) {
                    candidates.remove();
                    candidate.users++;
                    idle.add(candidate);
                }
            }
            return idle;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Deletes the working copy that was unused for longest; if there is none, waits for other threads that delete one.
     *
     * @return false if there was none to delete; others may have been deleted meanwhile
     */
    private boolean evictOne() {
        Optional<OpenDatabase> unused;
        lock.lock();
        try {
            unused = longestUnused();
            while (unused.isEmpty() && !leaving.isEmpty()) {
                left.awaitUninterruptibly();
                unused = longestUnused();
            }
            if (unused.isEmpty()) {
                return false;
            }
            leastRecentlyUsedFirst.remove(unused.get().name());
            connected.remove(unused.get());
            leaving.add(unused.get().name());
        } finally {
            lock.unlock();
        }
        try {
            unused.get().openCopy().ifPresent(WorkingCopy::closeAndDelete);
        } finally {
            noteThatItLeft(unused.get().name());
        }
        return true;
    }

    private Optional<OpenDatabase> longestUnused() {
        return leastRecentlyUsedFirst.values().stream()
                .filter(database -> database.users == 0)
                .findFirst();
    }

    private void noteThatItLeft(DatabaseName name) {
        lock.lock();
        try {
            leaving.remove(name);
            left.signalAll();
            closeWhatIsUnusedIfClosed();
        } finally {
            lock.unlock();
        }
    }

    /** Those that there is a working copy of at the moment. */
    List<DatabaseName> names() {
        lock.lock();
        try {
            return List.copyOf(leastRecentlyUsedFirst.keySet());
        } finally {
            lock.unlock();
        }
    }

    WorkDirectory work() {
        return work;
    }

    void retain(OpenDatabase database) {
        lock.lock();
        try {
            database.users++;
        } finally {
            lock.unlock();
        }
    }

    void release(OpenDatabase database) {
        endUse(database);
        closeIdleConnections();
    }

    private void endUse(OpenDatabase database) {
        lock.lock();
        try {
            database.users--;
            closeWhatIsUnusedIfClosed();
        } finally {
            lock.unlock();
        }
    }

    /** Closes what nobody uses, and the rest when its users are done; the working copies stay on the disk. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            closeWhatIsUnusedIfClosed();
        } finally {
            lock.unlock();
        }
    }

    /** The work directory is given back last: another process would take what is in use for leftovers. */
    private void closeWhatIsUnusedIfClosed() {
        if (!closed) {
            return;
        }
        leastRecentlyUsedFirst.values().removeIf(database -> {
            boolean unused = database.users == 0;
            if (unused) {
                connected.remove(database);
                database.openCopy().ifPresent(WorkingCopy::close);
            }
            return unused;
        });
        if (leastRecentlyUsedFirst.isEmpty() && leaving.isEmpty()) {
            work.close();
        }
    }
}
