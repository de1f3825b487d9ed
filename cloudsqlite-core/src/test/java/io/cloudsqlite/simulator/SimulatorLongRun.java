package io.cloudsqlite.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseFormat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * As many histories as there is time for, all pairs of faults, and a hunt for every planted defect. No part of a build, since no
 * name of a test matches it; {@code docs/reliability.md} tells how to run it.
 */
final class SimulatorLongRun {

    @TempDir
    Path directory;

    @Test
    void histories() throws InterruptedException {
        long first = Long.getLong("simulator.seed", 1);
        long last = first + Long.getLong("simulator.histories", 10_000) - 1;
        int threads =
                Integer.getInteger("simulator.threads", Runtime.getRuntime().availableProcessors());
        long began = System.nanoTime();
        List<Campaign.Failure> failures = new ArrayList<>();
        for (long seed = first; seed <= last && failures.isEmpty(); seed += 1_000) {
            failures.addAll(Campaign.run(seed, Math.min(last, seed + 999), threads, 10));
            double seconds = (System.nanoTime() - began) / 1e9;
            long done = Math.min(last, seed + 999) - first + 1;
            System.out.printf("%,d histories, %.0f s, %.0f a second%n", done, seconds, done / seconds);
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void all_pairs_of_faults() {
        List<String> violations = new ArrayList<>();
        violations.addAll(pairs(DatabaseFormat.FILE, Settings.Workload.WRITE));
        violations.addAll(pairs(DatabaseFormat.LOG, Settings.Workload.WRITE));
        violations.addAll(pairs(DatabaseFormat.LOG, Settings.Workload.WRITER_AND_MAINTAINER));
        violations.addAll(pairs(DatabaseFormat.FILE, Settings.Workload.RETRIED_WRITE));
        violations.addAll(pairs(DatabaseFormat.LOG, Settings.Workload.RETRIED_WRITE));
        assertThat(violations).isEmpty();
    }

    private List<String> pairs(DatabaseFormat format, Settings.Workload workload) {
        Enumeration enumeration = new Enumeration(1, format, workload, directory);
        long[] pairs = {0};
        List<String> violations = enumeration.runPairs(1, run -> {
            pairs[0] = run;
            if (run % 1_000 == 0) {
                System.out.printf("%s %s: %,d pairs%n", format, workload, run);
            }
        });
        System.out.printf(
                "%s %s: %d single faults, %,d pairs, %d violations%n",
                format, workload, enumeration.singles(), pairs[0], violations.size());
        return violations;
    }

    @Test
    void hunt_for_planted_defects() throws Exception {
        List<String> notFound = new ArrayList<>();
        for (Mutant mutant : Mutant.all()) {
            Mutants.Finding finding = Mutants.hunt(mutant, 1, Long.getLong("simulator.mutants", 1_000));
            String found = finding.foundBy().isPresent()
                    ? Long.toString(finding.foundBy().getAsLong())
                    : "not";
            System.out.printf("%-75s %6s  %.100s%n", mutant.name(), found, finding.violation());
            if (finding.foundBy().isEmpty()) {
                notFound.add(mutant.name());
            }
        }
        assertThat(notFound).isEmpty();
    }
}
