package io.cloudsqlite.simulator;

import io.cloudsqlite.DatabaseFormat;
import java.util.List;
import java.util.SplittableRandom;

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
        /** The first writes, the second maintains, the others only collect. */
        WRITER_AND_MAINTAINER,
        /** All write with idempotency keys, and repeat what they were not told of, also after a restart. */
        RETRIED_WRITE,
        /** The database is deleted, and created again by a write or an import, while others write and read it. */
        DELETE_AND_CREATE;

        /** Whether there is nothing to it in format {@code file}. */
        private boolean isAboutLog() {
            return this == WRITE_AND_MAINTAIN || this == WRITER_AND_MAINTAINER;
        }
    }

    enum Locks {
        /** As they should be, but for faults. */
        GOOD,
        /** Everybody is granted every lock. */
        GRANTING
    }

    private static final List<Workload> BY_CHANCE = List.of(
            Workload.MIXED,
            Workload.MIXED,
            Workload.WRITE_AND_READ,
            Workload.WRITE_AND_MAINTAIN,
            Workload.WRITER_AND_MAINTAINER,
            Workload.RETRIED_WRITE,
            Workload.DELETE_AND_CREATE);

    private static final List<Integer> FAULTS_PER_THOUSAND = List.of(15, 30, 60, 120);

    /** What a seed is about, if nothing else is said. */
    static Settings of(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        DatabaseFormat format = random.nextInt(3) == 0 ? DatabaseFormat.FILE : DatabaseFormat.LOG;
        Workload workload = BY_CHANCE.get(random.nextInt(BY_CHANCE.size()));
        boolean hasLog = format == DatabaseFormat.LOG || !workload.isAboutLog();
        return new Settings(
                random.nextInt(2, 5),
                random.nextInt(1, 4),
                8,
                format,
                random.nextInt(3) == 0 ? Locks.GRANTING : Locks.GOOD,
                FAULTS_PER_THOUSAND.get(random.nextInt(FAULTS_PER_THOUSAND.size())),
                hasLog ? workload : Workload.WRITE_AND_READ,
                random.nextInt(3) == 0 ? 500 : 20);
    }
}
