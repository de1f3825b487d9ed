package io.cloudsqlite.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseFormat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Clients that repeat each write with its idempotency key until they are told that it was committed. {@code
 * -Dsimulator.retries=10000} runs more histories, {@code -Dsimulator.seed=7} begins with another.
 */
final class RetriedWriteTest {

    private static final int HISTORIES = Integer.getInteger("simulator.retries", 30);

    @TempDir
    Path directory;

    @Test
    void every_write_is_applied_once_and_its_client_is_told_so() {
        // given
        long first = Long.getLong("simulator.seed", 1);
        List<String> violations = new ArrayList<>();

        // when
        for (long seed = first; seed < first + HISTORIES; seed++) {
            Settings drawn = Settings.of(seed);
            Settings settings = new Settings(
                    drawn.clients(),
                    drawn.threads(),
                    drawn.operations(),
                    drawn.format(),
                    drawn.locks(),
                    drawn.faultsPerThousand(),
                    Settings.Workload.RETRIED_WRITE,
                    drawn.pauseMillis());
            FaultPlan plan = FaultPlan.random(settings.faultsPerThousand(), Simulation.FAULTS_END_NANOS);
            for (String violation :
                    Simulation.run(seed, settings, plan, directory).violations()) {
                violations.add("seed " + seed + " of " + settings + ": " + violation);
            }
        }

        // then
        assertThat(violations).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(DatabaseFormat.class)
    void every_single_fault_is_survived(DatabaseFormat format) {
        // given
        Enumeration enumeration = new Enumeration(1, format, Settings.Workload.RETRIED_WRITE, directory);

        // when
        List<String> violations = enumeration.runSingles();

        // then
        assertThat(violations).isEmpty();
    }
}
