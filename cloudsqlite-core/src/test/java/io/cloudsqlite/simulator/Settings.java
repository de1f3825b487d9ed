package io.cloudsqlite.simulator;

import io.cloudsqlite.DatabaseFormat;
import java.util.List;

/**
 * What a history is about.
 *
 * @param clients how many processes there are at a time
 * @param threads how many threads each of them has
 * @param operations how many operations each of them does, whichever thread is free
 * @param format of the database, when it is created
 * @param locks what the lock service is worth
 * @param faultsPerThousand how many of a thousand calls go wrong
 * @param workload what they do
 * @param pauseMillis how long they wait between operations, at most
 */
record Settings(
        int clients,
        int threads,
        int operations,
        DatabaseFormat format,
        Locks locks,
        int faultsPerThousand,
        Workload workload,
        int pauseMillis) {

    enum Workload {
        /** A little of everything. */
        MIXED,
        /** Writes, reads of all kinds, restarts. */
        WRITE_AND_READ,
        /** Writes and maintenance, which get in each other's way. */
        WRITE_AND_MAINTAIN,
        /** All write. */
        WRITE,
        /** The first writes, the others maintain. */
        WRITER_AND_MAINTAINER,
        /** All write with idempotency keys, and repeat what they were not told of, also after a restart. */
        RETRIED_WRITE
    }

    enum Locks {
        /** As they should be, but for faults. */
        GOOD,
        /** Everybody is granted every lock. */
        GRANTING
    }

    private static final List<Workload> BY_CHANCE = List.of(
            Workload.MIXED, Workload.WRITE_AND_READ, Workload.WRITE_AND_MAINTAIN, Workload.WRITER_AND_MAINTAINER);

    /** What a seed is about, if nothing else is said. */
    static Settings of(long seed) {
        long drawn = World.mix(seed) >>> 1;
        DatabaseFormat format = drawn % 3 == 0 ? DatabaseFormat.FILE : DatabaseFormat.LOG;
        Locks locks = drawn / 3 % 3 == 0 ? Locks.GRANTING : Locks.GOOD;
        int[] faults = {15, 30, 60, 120};
        Workload workload = BY_CHANCE.get((int) (drawn / 108 % BY_CHANCE.size()));
        boolean hasLog = format == DatabaseFormat.LOG || workload == Workload.MIXED;
        return new Settings(
                2 + (int) (drawn / 9 % 3),
                1 + (int) (drawn / 972 % 3),
                8,
                format,
                locks,
                faults[(int) (drawn / 27 % faults.length)],
                hasLog ? workload : Workload.WRITE_AND_READ,
                drawn / 324 % 3 == 0 ? 500 : 20);
    }
}
