package io.cloudsqlite.emulators;

import java.util.concurrent.Callable;
import java.util.concurrent.locks.ReentrantLock;

/** A lock for each object of a store; many objects may share one. Reentrant. */
final class KeyLocks {

    private static final int COUNT = 256;

    private final ReentrantLock[] locks = new ReentrantLock[COUNT];

    KeyLocks() {
        for (int i = 0; i < COUNT; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    /** What {@code action} returns, run while nobody else holds the lock of the object. */
    <T> T holding(String bucket, String key, Callable<T> action) throws Exception {
        ReentrantLock lock = locks[Math.floorMod(31 * bucket.hashCode() + key.hashCode(), COUNT)];
        lock.lock();
        try {
            return action.call();
        } finally {
            lock.unlock();
        }
    }
}
