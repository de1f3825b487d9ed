package io.cloudsqlite.simulator;

import io.cloudsqlite.time.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/** The clocks of one client: the wall clock is wrong by some time, both run a little fast or slow. */
final class SimulatedTime implements TimeSource {

    private final World world;
    private final Duration skew;
    private final double rate;

    SimulatedTime(World world, Duration skew, double rate) {
        this.world = world;
        this.skew = skew;
        this.rate = rate;
    }

    @Override
    public Instant instant() {
        return world.now().plus(skew).plusNanos((long) (world.nowNanos() * (rate - 1)));
    }

    @Override
    public long nanoTime() {
        return (long) (world.nowNanos() * rate);
    }

    @Override
    public void sleep(Duration duration) {
        world.sleep(inWorld(duration));
    }

    /** How long the world takes for what takes {@code duration} by these clocks. */
    Duration inWorld(Duration duration) {
        // Never too short: who waits for a moment must see it come.
        return Duration.ofNanos((long) (duration.toNanos() / rate) + 1_000);
    }

    @Override
    public Condition newCondition(Lock lock) {
        ReentrantLock known = (ReentrantLock) lock;
        world.noteLock(known);
        return new SimulatedCondition(world, this, known);
    }

    @Override
    public Object currentThread() {
        return world.currentThread();
    }
}
