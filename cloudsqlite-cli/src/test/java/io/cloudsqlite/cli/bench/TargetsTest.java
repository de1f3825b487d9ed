package io.cloudsqlite.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.cli.bench.Target.Verdict;
import io.cloudsqlite.cli.bench.cloud.Traffic;
import io.cloudsqlite.cli.latency.LatencyLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TargetsTest {

    private final List<Measurement> measurements = new ArrayList<>();

    @Test
    void what_was_not_measured_says_what_it_takes() {
        assertThat(targets()).hasSize(9).allSatisfy(target -> {
            assertThat(target.verdict()).isEqualTo(Verdict.NOT_MEASURED);
            assertThat(target.measured()).matches("needs (10|100|1000) among the sizes");
        });
    }

    @Test
    void all_goals_can_be_reached() {
        measured(Kind.FIRST_READ, 10, 1, 300, 2);
        measured(Kind.PLAIN_READ, 10, 1, 1, 0);
        measured(Kind.BARE_COMMIT, 0, 1, 40, 1);
        measured(Kind.BARE_DOWNLOAD, 100, 1, 80, 1);
        measured(Kind.WARM_READ, 10, 1, 20, 1);
        measured(Kind.STALE_READ, 10, 1, 2, 0);
        measured(Kind.WRITE, 10, 1, 50, 1);
        measured(Kind.WRITE, 100, 1, 60, 1);
        measured(Kind.WRITE, 1_000, 1, 60, 1);
        measured(Kind.WRITERS, 10, 64, 1, 0);
        measured(Kind.COLD_READ, 100, 1, 100, 1);

        assertThat(targets()).extracting(Target::verdict).containsOnly(Verdict.REACHED);
        assertThat(targets())
                .extracting(Target::measured)
                .containsExactly("15.0 x", "1.000", "0.50 x", "1.25 x", "1.20 x", "1.20 x", "1000", "1.0 x", "80 %");
    }

    @Test
    void goals_can_be_missed() {
        measured(Kind.FIRST_READ, 10, 1, 280, 2);
        measured(Kind.PLAIN_READ, 10, 1, 1, 0);
        measured(Kind.BARE_COMMIT, 0, 1, 40, 1);
        measured(Kind.BARE_DOWNLOAD, 100, 1, 79, 1);
        measured(Kind.WARM_READ, 10, 1, 20, 2);
        measured(Kind.STALE_READ, 10, 1, 3, 0);
        measured(Kind.WRITE, 10, 1, 51, 1);
        measured(Kind.WRITE, 100, 1, 62, 1);
        measured(Kind.WRITE, 1_000, 1, 62, 1);
        measured(Kind.WRITERS, 10, 64, 2, 0);
        measured(Kind.COLD_READ, 100, 1, 100, 1);

        assertThat(targets())
                .filteredOn(target -> !target.what().contains("p99"))
                .extracting(Target::verdict)
                .containsOnly(Verdict.NOT_REACHED);
    }

    @Test
    void writers_that_starve_are_seen() {
        LatencyLog log = new LatencyLog();
        for (int i = 0; i < 100; i++) {
            log.add(i < 98 ? 10_000_000 : 51_000_000);
        }
        measurements.add(
                new Measurement(Kind.WRITERS, 10, 64, 100, Map.of(), Duration.ofMillis(1), log.summary(), traffic(0)));

        assertThat(targets())
                .filteredOn(target -> target.what().contains("p99"))
                .singleElement()
                .extracting(Target::measured, Target::verdict)
                .containsExactly("5.1 x", Verdict.NOT_REACHED);
    }

    private List<Target> targets() {
        return Targets.of(new BenchReport(new Calibration(20, 35, 5, 80, 80), measurements, List.of()));
    }

    /** Two operations, one after the other, with so many requests each. */
    private void measured(Kind kind, int megabytes, int clients, long millis, int requests) {
        LatencyLog log = new LatencyLog();
        log.add(millis * 1_000_000);
        log.add(millis * 1_000_000);
        measurements.add(new Measurement(
                kind,
                megabytes,
                clients,
                2,
                Map.of(),
                Duration.ofMillis(2 * millis),
                log.summary(),
                traffic(2 * requests)));
    }

    private static Traffic traffic(int requests) {
        return new Traffic(requests, 0, 0, 0, 0, 0, 0);
    }
}
