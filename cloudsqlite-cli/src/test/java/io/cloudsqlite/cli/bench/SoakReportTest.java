package io.cloudsqlite.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.cloudsqlite.cli.bench.Target.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SoakReportTest {

    @Test
    void a_heap_that_goes_up_and_down_is_flat() {
        SoakReport report = report(second -> 100_000_000 + second % 2 * 10_000_000);

        assertThat(report.target().verdict()).isEqualTo(Verdict.REACHED);
        assertThat(report.minBytes()).isEqualTo(100_000_000);
        assertThat(report.maxBytes()).isEqualTo(110_000_000);
    }

    @Test
    void a_heap_that_fills_at_the_beginning_and_then_stays_is_flat() {
        SoakReport report = report(second -> second < 10 ? second * 5_000_000L : 50_000_000);

        assertThat(report.target().verdict()).isEqualTo(Verdict.REACHED);
        assertThat(report.slopeBytesPerSecond()).isZero();
    }

    @Test
    void a_heap_that_grows_steadily_is_not() {
        SoakReport report = report(second -> 100_000_000 + second * 100_000L);

        assertThat(report.slopeBytesPerSecond()).isCloseTo(100_000, within(1e-3));
        assertThat(report.target().verdict()).isEqualTo(Verdict.NOT_REACHED);
    }

    private static SoakReport report(IntToLongFunction heapBytes) {
        List<SoakReport.Sample> samples = IntStream.rangeClosed(1, 60)
                .mapToObj(second -> new SoakReport.Sample(Duration.ofSeconds(second), heapBytes.applyAsLong(second)))
                .toList();
        return new SoakReport(1_000, 16, Duration.ofSeconds(60), 1, 0, samples);
    }
}
