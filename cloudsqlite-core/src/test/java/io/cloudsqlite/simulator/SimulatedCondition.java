package io.cloudsqlite.simulator;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Date;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A condition on which the threads of a simulated process wait for each other, in the time of its world. */
final class SimulatedCondition implements Condition {

    private final World world;
    private final SimulatedTime time;
    private final ReentrantLock lock;
    private final Deque<World.Waiter> waiters = new ArrayDeque<>();

    SimulatedCondition(World world, SimulatedTime time, ReentrantLock lock) {
        this.world = world;
        this.time = time;
        this.lock = lock;
    }

    @Override
    public void await() {
        wait(world.newWaiter());
    }

    @Override
    public void awaitUninterruptibly() {
        wait(world.newWaiter());
    }

    @Override
    public long awaitNanos(long nanos) {
        return waitNanos(nanos);
    }

    @Override
    public boolean await(long duration, TimeUnit unit) {
        return waitNanos(unit.toNanos(duration)) > 0;
    }

    private long waitNanos(long nanos) {
        long endNanos = time.nanoTime() + nanos;
        if (nanos > 0) {
            wait(world.newWaiter(time.inWorld(Duration.ofNanos(nanos))));
        }
        return endNanos - time.nanoTime();
    }

    @Override
    public boolean awaitUntil(Date date) {
        return waitNanos(Duration.between(time.instant(), date.toInstant()).toNanos()) > 0;
    }

    /** Lets go of the lock, however often it is held, for as long as the thread waits. */
    private void wait(World.Waiter waiter) {
        requireLock();
        int holds = lock.getHoldCount();
        for (int hold = 0; hold < holds; hold++) {
            lock.unlock();
        }
        waiters.add(waiter);
        try {
            waiter.await();
        } finally {
            waiters.remove(waiter);
            for (int hold = 0; hold < holds; hold++) {
                lock.lock();
            }
        }
    }

    private void requireLock() {
        if (!lock.isHeldByCurrentThread()) {
            throw new IllegalMonitorStateException("the lock is not held");
        }
    }

    @Override
    public void signal() {
        requireLock();
        World.Waiter first = waiters.poll();
        if (first != null) {
            first.wake();
        }
    }

    @Override
    public void signalAll() {
        requireLock();
        waiters.forEach(World.Waiter::wake);
        waiters.clear();
    }
}
