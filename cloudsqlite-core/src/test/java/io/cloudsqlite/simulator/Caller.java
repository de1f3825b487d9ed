package io.cloudsqlite.simulator;

import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.time.Duration;

/** The calls of one client's threads to the services it shares with others: how long each takes, and what goes wrong with it. */
final class Caller {

    private static final Duration LONGER_THAN_A_LEASE = Duration.ofSeconds(45);

    private final World world;
    private final FaultPlan plan;
    private final int client;
    private final TimeSource time;
    private int calls;
    private Duration stoodStill = Duration.ZERO;

    Caller(World world, FaultPlan plan, int client, TimeSource time) {
        this.world = world;
        this.plan = plan;
        this.client = client;
        this.time = time;
    }

    /** How many calls this client has made. */
    int calls() {
        return calls;
    }

    /** The way there. */
    Fault begin(String label) {
        int call = calls++;
        Fault fault = plan.at(world, client, call, label);
        world.note("client " + client + " call " + call + ' ' + label + (fault == Fault.NONE ? "" : " " + fault));
        world.sleep(plan.latency(world, client, call, "to"));
        if (fault == Fault.PAUSE_BEFORE) {
            standStill();
        }
        if (fault == Fault.DIE_BEFORE) {
            world.die();
        }
        return fault;
    }

    /** An upload on its way. */
    void transfer() {
        world.sleep(plan.latency(world, client, calls, "upload").multipliedBy(3));
    }

    /** The way back. */
    void end(Fault fault, String label) {
        world.note("client " + client + " done " + label);
        if (fault == Fault.DIE_AFTER) {
            world.die();
        }
        world.sleep(plan.latency(world, client, calls, "back"));
        if (fault == Fault.PAUSE_AFTER) {
            standStill();
        }
    }

    private void standStill() {
        stoodStill = stoodStill.plus(LONGER_THAN_A_LEASE);
        world.standStill(LONGER_THAN_A_LEASE);
    }

    /** For how long this client has stood still, all of its threads, which no deadline can help. */
    Duration stoodStill() {
        return stoodStill;
    }

    /** Something that happens some time later, whatever becomes of the caller. */
    void later(String label, Runnable effect) {
        Duration delay = Duration.ofMillis((draw() >>> 1) % 15_000);
        world.after(delay, () -> {
            world.note("client " + client + " late " + label);
            effect.run();
        });
    }

    /** A number of this call's own. */
    long draw() {
        return world.hash(client, calls, 99);
    }

    /** A deadline for the inner store, which answers at once. */
    Deadline ample() {
        return Deadline.after(Duration.ofDays(1), time);
    }
}
