package io.cloudsqlite.simulator;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Decides which calls go wrong, and how. The decision about one call does not depend on any other. */
interface FaultPlan {

    /**
     * What goes wrong with a call.
     *
     * @param client the number of the client that calls
     * @param call how many calls it has made before
     */
    Fault at(World world, int client, int call, String label);

    /** How long something takes that is part of the call: one in ten takes so long that others do much meanwhile. */
    default Duration latency(World world, int client, int call, String label) {
        long drawn = World.mix(world.hash(client, call, label.hashCode(), 7)) >>> 1;
        return Duration.ofMillis((1 + drawn % 60) * (drawn / 60 % 10 == 0 ? 20 : 1));
    }

    /** No faults. */
    FaultPlan NONE = (world, client, call, label) -> Fault.NONE;

    /** Each call goes wrong with a probability of {@code perThousand}, until {@code untilNanos}. */
    static FaultPlan random(int perThousand, long untilNanos) {
        Fault[] faults = Fault.values();
        return (world, client, call, label) -> {
            long drawn = world.hash(client, call, label.hashCode()) >>> 1;
            if (world.nowNanos() > untilNanos) {
                return Fault.NONE;
            }
            if (isCutOff(world, client, perThousand) && drawn / 31 % 10 < 7) {
                return OF_THE_NETWORK.get((int) (drawn / 977 % OF_THE_NETWORK.size()));
            }
            if (drawn % 1000 >= perThousand) {
                return Fault.NONE;
            }
            return faults[1 + (int) ((drawn / 1000) % (faults.length - 1))];
        };
    }

    /** What a broken network does. */
    List<Fault> OF_THE_NETWORK = List.of(Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.LATE, Fault.UNAVAILABLE);

    /** Now and then the network of a client breaks for some time, so that trying again does not help. */
    private static boolean isCutOff(World world, int client, int perThousand) {
        long window = world.nowNanos() / 4_000_000_000L;
        return (world.hash(client, window, 23) >>> 1) % 1000 < 2L * perThousand;
    }

    /** Exactly these calls go wrong: by client and call, see {@link #key}. */
    static FaultPlan exactly(Map<Long, Fault> faults) {
        return (world, client, call, label) -> faults.getOrDefault(key(client, call), Fault.NONE);
    }

    static long key(int client, int call) {
        return ((long) client << 32) | call;
    }
}
