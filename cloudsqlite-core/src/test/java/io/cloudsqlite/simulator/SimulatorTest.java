package io.cloudsqlite.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseFormat;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What there is time for in every build; {@link SimulatorLongRun} does the same for longer. */
final class SimulatorTest {

    private static final long HISTORIES = 200;

    /** Of so many pairs of faults one is run. */
    private static final int PAIRS_PER_RUN = 499;

    /** How many histories after the one that found a defect may find it too, once a change has made it another history. */
    private static final long MOVED = 100;

    @TempDir
    Path directory;

    @Test
    void no_history_violates_anything() throws InterruptedException {
        // given
        long first = Long.getLong("simulator.seed", 1);

        // when
        List<Campaign.Failure> failures = Campaign.run(first, first + HISTORIES - 1, 2, 3);

        // then
        assertThat(failures).isEmpty();
    }

    @Test
    void same_seed_makes_the_same_history() {
        for (long seed = 1; seed <= 10; seed++) {
            // given
            Settings settings = Settings.of(seed);
            FaultPlan plan = FaultPlan.random(settings.faultsPerThousand(), Simulation.FAULTS_END_NANOS);

            // when
            Simulation.Result once = Simulation.run(seed, settings, plan, directory);
            Simulation.Result again = Simulation.run(seed, settings, plan, directory);
            Simulation.Result onThreads = Simulation.run(seed, settings, plan, directory, ThreadFiber::new);

            // then
            assertThat(again).as("seed %d", seed).isEqualTo(once);
            assertThat(onThreads).as("seed %d, on threads", seed).isEqualTo(once);
            assertThat(once.trace()).as("seed %d", seed).isNotZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"FILE, WRITE", "LOG, WRITE", "LOG, WRITER_AND_MAINTAINER", "FILE, RETRIED_WRITE", "LOG, RETRIED_WRITE"})
    void every_single_fault_and_some_pairs_are_survived(DatabaseFormat format, Settings.Workload workload) {
        // given
        Enumeration enumeration = new Enumeration(1, format, workload, directory);

        // when
        List<String> violations = enumeration.runSingles();
        violations.addAll(enumeration.runPairs(PAIRS_PER_RUN, run -> {}));

        // then
        assertThat(violations).isEmpty();
        assertThat(enumeration.singles()).isGreaterThan(100);
    }

    static List<Mutant> mutants() {
        return Mutant.all();
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void every_planted_defect_is_found(Mutant mutant) throws Exception {
        // when
        Mutants.Finding finding = Mutants.hunt(mutant, mutant.foundBy(), mutant.foundBy() + MOVED);

        // then
        assertThat(finding.foundBy())
                .as(
                        "'%s' is found by the history of seed %d or one of the next; after a change that moved it, Mutants finds another",
                        mutant.name(), mutant.foundBy())
                .isPresent();
    }
}
