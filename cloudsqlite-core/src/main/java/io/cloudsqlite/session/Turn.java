package io.cloudsqlite.session;

import io.cloudsqlite.time.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** What one thread of a process has at a time, the others after it in the order in which they came. Safe for use by many threads. */
final class Turn {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition queueChanged;

    /** One entry for each thread, the first of which has the turn. */
    private final Queue<Object> queue = new ArrayDeque<>();

    Turn(TimeSource time) {
        this.queueChanged = time.newCondition(lock);
    }

    /** Takes the turn if nobody has it and nobody waits for it. */
    boolean tryTake() {
        lock.lock();
        try {
            return queue.isEmpty() && queue.add(new Object());
        } finally {
            lock.unlock();
        }
    }

    /** Takes the turn, after a wait of {@code atMost}; who has taken it passes it on. */
    boolean tryTake(Duration atMost) throws InterruptedException {
        Object mine = new Object();
        boolean taken = false;
        lock.lockInterruptibly();
        try {
            queue.add(mine);
            long leftNanos = atMost.toNanos();
            while (queue.peek() != mine && leftNanos > 0) {
                leftNanos = queueChanged.awaitNanos(leftNanos);
            }
            taken = queue.peek() == mine;
            return taken;
        } finally {
            if (!taken && queue.remove(mine)) {
                // Who was interrupted may have been the first by then.
                queueChanged.signalAll();
            }
            lock.unlock();
        }
    }

    /** Passes the turn on to who has waited longest. */
    void pass() {
        lock.lock();
        try {
            queue.remove();
            queueChanged.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
