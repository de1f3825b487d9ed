package io.cloudsqlite.cli.latency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LatenciesTest {

    @Test
    void percentiles_are_the_nearest_ranks() {
        long[] oneToHundredMillis =
                LongStream.rangeClosed(1, 100).map(i -> (101 - i) * 1_000_000).toArray();

        assertThat(Latencies.ofNanos(oneToHundredMillis)).isEqualTo(new Latencies(50.5, 1, 100, 50, 90, 95, 99));
    }

    @Test
    void few_requests_have_percentiles_too() {
        assertThat(Latencies.ofNanos(new long[] {2_000_000})).isEqualTo(new Latencies(2, 2, 2, 2, 2, 2, 2));
        assertThat(Latencies.ofNanos(new long[] {1_000_000, 3_000_000})).isEqualTo(new Latencies(2, 1, 3, 1, 3, 3, 3));
    }

    @Test
    void a_log_keeps_every_latency_of_any_number() {
        LatencyLog log = new LatencyLog();
        LongStream.rangeClosed(1, 2_000).map(i -> i * 1_000_000).forEach(log::add);
        LatencyLog other = new LatencyLog();
        LongStream.rangeClosed(2_001, 5_000).map(i -> i * 1_000_000).forEach(other::add);

        log.addAll(other);

        assertThat(log.size()).isEqualTo(5_000);
        assertThat(log.summary()).isEqualTo(new Latencies(2_500.5, 1, 5_000, 2_500, 4_500, 4_750, 4_950));
    }

    @Test
    void no_request_has_none() {
        assertThat(Latencies.ofNanos(new long[0])).isEqualTo(new Latencies(0, 0, 0, 0, 0, 0, 0));
    }
}
