package io.cloudsqlite.simulator;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Time and what happens in it. Everything that takes time is an event; events happen one after the other in the order of
 * their times, and where times are equal in an order that the seed decides.
 */
final class World {

    /** Longer than anything that anybody waits for. */
    private static final long END_NANOS = Duration.ofDays(1).toNanos();

    private static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");

    private final long seed;
    private final Function<Runnable, Fiber> fibers;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final List<Run> processes = new ArrayList<>();
    private long nowNanos;
    private long count;
    private long trace;
    private boolean over;

    /** What runs at the moment; null between events. */
    private @Nullable Strand running;

    /** One run of a program, whose threads live and die, and stand still, together. */
    static final class Run {

        final String name;
        private final List<Fiber> threads = new ArrayList<>();
        private final List<ReentrantLock> locks = new ArrayList<>();
        private boolean killed;
        private long standsStillUntilNanos;

        private Run(String name) {
            this.name = name;
        }

        boolean isKilled() {
            return killed;
        }

        boolean hasEnded() {
            return killed || threads.stream().allMatch(Fiber::hasEnded);
        }
    }

    /** A thread of a process. */
    private record Strand(Run process, Fiber fiber) {}

    /** What happens at a time. */
    private record Event(long nanos, long tie, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return nanos != other.nanos ? Long.compare(nanos, other.nanos) : Long.compare(tie, other.tie);
        }
    }

    /** Thrown in what is left of a killed process once the world is over, so that it frees what it holds. */
    static final class AfterlifeError extends Error {
        private static final long serialVersionUID = 1L;

        AfterlifeError() {
            super("the process was killed", null, false, false);
        }
    }

    /** @param fibers makes fibers of one kind or the other */
    World(long seed, Function<Runnable, Fiber> fibers) {
        this.seed = seed;
        this.fibers = fibers;
    }

    long nowNanos() {
        return nowNanos;
    }

    Instant now() {
        return EPOCH.plusNanos(nowNanos);
    }

    /** A number that depends on nothing but the seed and the arguments. */
    long hash(long... of) {
        long hash = mix(seed);
        for (long part : of) {
            hash = mix(hash ^ part);
        }
        return hash;
    }

    static long mix(long value) {
        long mixed = (value + 0x9E3779B97F4A7C15L);
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    /** Notes something that happened; two runs are the same if their notes are. */
    void note(String what) {
        trace = mix(trace ^ nowNanos ^ ((long) what.hashCode() << 32));
        if (Simulation.PRINT) {
            System.out.printf("%12.6f %s%n", nowNanos / 1e9, what);
        }
    }

    long trace() {
        return trace;
    }

    /** Lets {@code action} happen after {@code delay}. */
    void after(Duration delay, Runnable action) {
        long sequence = count++;
        events.add(new Event(nowNanos + Math.max(0, delay.toNanos()), hash(sequence), action));
    }

    /** Starts a process after {@code delay}. */
    Run start(String name, Duration delay, Runnable program) {
        Run process = new Run(name);
        processes.add(process);
        start(process, delay, program);
        return process;
    }

    private void start(Run process, Duration delay, Runnable program) {
        Strand thread = new Strand(process, fibers.apply(() -> {
            if (!over) {
                program.run();
            }
        }));
        process.threads.add(thread.fiber);
        after(delay, () -> resume(thread));
    }

    /** Runs each task on a new thread of the process that calls this, whoever hands it in. */
    Executor threadsOfThisProcess() {
        Run process = current().process;
        return task -> start(process, Duration.ZERO, task);
    }

    private void resume(Strand thread) {
        if (thread.process.killed || thread.fiber.hasEnded()) {
            return;
        }
        if (thread.process.standsStillUntilNanos > nowNanos) {
            after(Duration.ofNanos(thread.process.standsStillUntilNanos - nowNanos), () -> resume(thread));
            return;
        }
        Strand before = running;
        running = thread;
        try {
            thread.fiber.resume();
        } finally {
            running = before;
        }
    }

    /** Pauses the thread that calls for {@code delay}. */
    void sleep(Duration delay) {
        Strand thread = current();
        after(delay, () -> resume(thread));
        pause(thread);
    }

    /** Lets the process that calls stand still for {@code delay}, all of its threads. */
    void standStill(Duration delay) {
        current().process.standsStillUntilNanos = nowNanos + delay.toNanos();
        sleep(delay);
    }

    /** Kills the process that calls: it does not get to do anything any more, not even to clean up. */
    void die() {
        Strand thread = current();
        thread.process.killed = true;
        note(thread.process.name + " dies");
        pause(thread);
    }

    /**
     * Lets others run, while no thread of the process may hold a lock: for threads that are continuations of one carrier would
     * all pass for its owner, and it would keep out nobody.
     */
    private void pause(Strand thread) {
        if (thread.process.locks.stream().anyMatch(ReentrantLock::isLocked)) {
            throw new AssertionError("a thread of " + thread.process.name + " holds a lock while time passes");
        }
        thread.fiber.pause();
        if (over) {
            throw new AfterlifeError();
        }
    }

    /** Who runs; a thread of this machine may be several of the world's. */
    Object currentThread() {
        return current();
    }

    private Strand current() {
        if (over) {
            throw new AfterlifeError();
        }
        Strand thread = running;
        if (thread == null) {
            throw new IllegalStateException("nothing runs");
        }
        return thread;
    }

    /** Notes a lock that threads of the process that calls take. */
    void noteLock(ReentrantLock lock) {
        current().process.locks.add(lock);
    }

    /** The thread that calls, about to wait until it is woken. */
    Waiter newWaiter() {
        return new Waiter();
    }

    /** The same, to wait no longer than {@code atMost}, which begins now. */
    Waiter newWaiter(Duration atMost) {
        Waiter waiter = new Waiter();
        after(atMost, waiter::goOn);
        return waiter;
    }

    /** A thread that waits for another. */
    final class Waiter {

        private final Strand thread = current();
        private boolean goesOn;

        private Waiter() {}

        /** Waits; called once, by the thread itself. */
        void await() {
            pause(thread);
        }

        /** Lets it go on at this time. In which order those do who are woken at one time is for the seed to decide. */
        void wake() {
            after(Duration.ZERO, this::goOn);
        }

        private void goOn() {
            if (!goesOn) {
                goesOn = true;
                resume(thread);
            }
        }
    }

    /** Lets everything happen that is to happen. */
    void run() {
        for (Event event = events.poll(); event != null; event = events.poll()) {
            if (event.nanos > END_NANOS) {
                throw new AssertionError("the world does not come to an end");
            }
            nowNanos = event.nanos;
            event.action.run();
        }
        for (Run process : processes) {
            if (!process.hasEnded()) {
                throw new AssertionError("a thread of " + process.name + " waits for ever");
            }
        }
    }

    /** Ends the world: what is left of killed processes frees what it holds. */
    void end() {
        over = true;
        for (Run process : processes) {
            // One that ends may start another.
            for (int thread = 0; thread < process.threads.size(); thread++) {
                end(process.threads.get(thread));
            }
        }
    }

    private static void end(Fiber thread) {
        while (!thread.hasEnded()) {
            try {
                thread.resume();
            } catch (AfterlifeError e) {
                // That was all of it.
            } catch (RuntimeException e) {
                // Whatever it says, nobody is there to hear it.
            }
        }
    }
}
