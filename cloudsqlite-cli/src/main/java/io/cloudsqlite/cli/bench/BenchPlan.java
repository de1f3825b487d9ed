package io.cloudsqlite.cli.bench;

import io.cloudsqlite.session.CloudSqlite;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a benchmark measures.
 *
 * @param megabytes how large the databases are, in megabytes of a million bytes, ascending
 * @param warmUp how long each workload runs before it is measured
 * @param duration how long it is measured
 * @param minOperations how many operations it has at the least, however long they take
 * @param processes how many processes share a database in the workload of processes
 * @param settings what is to be different from the defaults of CloudSQLite
 */
public record BenchPlan(
        List<Integer> megabytes,
        Duration warmUp,
        Duration duration,
        int minOperations,
        int processes,
        Consumer<CloudSqlite.Builder> settings) {

    private static final int MAX_MEGABYTES = 2_000;
    private static final int MAX_PROCESSES = 64;

    /** The size at which writers compete, and that others are compared with, if it is among the sizes. */
    static final int REFERENCE_MEGABYTES = 10;

    /** @throws IllegalArgumentException if a number is out of its range, or there is no size */
    public BenchPlan {
        megabytes = megabytes.stream().sorted().distinct().toList();
        if (megabytes.isEmpty() || megabytes.get(0) < 1 || megabytes.get(megabytes.size() - 1) > MAX_MEGABYTES) {
            throw new IllegalArgumentException("sizes are 1 to " + MAX_MEGABYTES + " MB, and at least one");
        }
        if (processes < 1 || processes > MAX_PROCESSES) {
            throw new IllegalArgumentException("processes are 1 to " + MAX_PROCESSES);
        }
        if (minOperations < 1 || duration.isNegative() || warmUp.isNegative()) {
            throw new IllegalArgumentException("durations are at least 0, and operations at least 1");
        }
    }

    /** The size at which several clients are measured. */
    int sharedMegabytes() {
        return megabytes.contains(REFERENCE_MEGABYTES) ? REFERENCE_MEGABYTES : megabytes.get(0);
    }
}
