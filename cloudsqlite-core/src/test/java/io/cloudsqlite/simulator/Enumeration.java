package io.cloudsqlite.simulator;

import io.cloudsqlite.DatabaseFormat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Every way in which one call of a small history can go wrong, and every way in which two can: what chance may leave out.
 */
final class Enumeration {

    /** What happens to a call; two of its kind that come to the same for a writer are left out. */
    private static final List<Fault> FAULTS = List.of(
            Fault.DIE_BEFORE, Fault.DIE_AFTER, Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.LATE, Fault.PAUSE_BEFORE);

    /** Faults make a client call a little more often than it would without. */
    private static final int MORE_CALLS = 4;

    private final long seed;
    private final Settings settings;
    private final Path directory;
    private final List<Map<Long, Fault>> singles = new ArrayList<>();

    /** Two clients that do two things each. */
    Enumeration(long seed, DatabaseFormat format, Settings.Workload workload, Path directory) {
        this.seed = seed;
        this.settings = new Settings(2, 1, 2, format, Settings.Locks.GOOD, 0, workload, 20);
        this.directory = directory;
        Simulation.Result calm = Simulation.run(seed, settings, FaultPlan.NONE, directory);
        for (int client = 1; client <= 2; client++) {
            int calls = calm.calls().get(client) + MORE_CALLS;
            for (int call = 0; call < calls; call++) {
                for (Fault fault : FAULTS) {
                    singles.add(Map.of(FaultPlan.key(client, call), fault));
                }
            }
        }
    }

    /** How many single faults there are. */
    int singles() {
        return singles.size();
    }

    /** Runs all single faults; returns what was violated. */
    List<String> runSingles() {
        List<String> violations = new ArrayList<>();
        singles.forEach(faults -> violations.addAll(run(faults)));
        return violations;
    }

    /**
     * Runs pairs of faults of two calls, the first and every {@code stride}th after it.
     *
     * @param progress is told how many have been run
     */
    List<String> runPairs(int stride, java.util.function.LongConsumer progress) {
        List<String> violations = new ArrayList<>();
        long number = 0;
        long run = 0;
        for (int first = 0; first < singles.size(); first++) {
            for (int second = first + 1; second < singles.size(); second++) {
                Map<Long, Fault> both = new HashMap<>(singles.get(first));
                both.putAll(singles.get(second));
                if (both.size() == 2 && number++ % stride == 0) {
                    violations.addAll(run(both));
                    progress.accept(++run);
                }
            }
        }
        return violations;
    }

    private List<String> run(Map<Long, Fault> faults) {
        Simulation.Result result = Simulation.run(seed, settings, FaultPlan.exactly(faults), directory);
        return result.violations().stream()
                .map(violation -> faults + " in " + settings + ": " + violation)
                .toList();
    }
}
