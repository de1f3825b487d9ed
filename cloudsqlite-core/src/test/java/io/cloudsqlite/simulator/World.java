package io.cloudsqlite.simulator;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
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
    private final List<Run> dead = new ArrayList<>();
    private long nowNanos;
    private long count;
    private long trace;
    private boolean over;

    /** What runs at the moment; null between events. */
    private @Nullable Run running;

    /** One run of a program, from its start to its end or its death. */
    static final class Run {

        final String name;
        private final Fiber fiber;
        private boolean killed;

        private Run(String name, Fiber fiber) {
            this.name = name;
            this.fiber = fiber;
        }

        boolean isKilled() {
            return killed;
        }
    }

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
        Run process = new Run(name, fibers.apply(program));
        after(delay, () -> resume(process));
        return process;
    }

    private void resume(Run process) {
        if (process.killed || process.fiber.hasEnded()) {
            return;
        }
        Run before = running;
        running = process;
        try {
            process.fiber.resume();
        } finally {
            running = before;
        }
    }

    /** Pauses the process that calls for {@code delay}. */
    void sleep(Duration delay) {
        Run process = current();
        after(delay, () -> resume(process));
        process.fiber.pause();
        if (over) {
            throw new AfterlifeError();
        }
    }

    /** Kills the process that calls: it does not get to do anything any more, not even to clean up. */
    void die() {
        Run process = current();
        process.killed = true;
        dead.add(process);
        note(process.name + " dies");
        process.fiber.pause();
        throw new AfterlifeError();
    }

    Run current() {
        if (over) {
            throw new AfterlifeError();
        }
        Run process = running;
        if (process == null) {
            throw new IllegalStateException("nothing runs");
        }
        return process;
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
    }

    /** Ends the world: what is left of killed processes frees what it holds. */
    void end() {
        over = true;
        for (Run process : dead) {
            while (!process.fiber.hasEnded()) {
                try {
                    process.fiber.resume();
                } catch (AfterlifeError e) {
                    // That was all of it.
                } catch (RuntimeException e) {
                    // Whatever it says, nobody is there to hear it.
                }
            }
        }
    }
}
