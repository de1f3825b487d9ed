package io.cloudsqlite.cli.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LatenciesTest {

    @Test
    void percentiles_are_the_nearest_ranks() {
        long[] oneToHundredMillis =
                LongStream.rangeClosed(1, 100).map(i -> (101 - i) * 1_000_000).toArray();

        assertThat(Latencies.ofNanos(oneToHundredMillis)).isEqualTo(new Latencies(50.5, 1, 100, 50, 95, 99));
    }

    @Test
    void few_requests_have_percentiles_too() {
        assertThat(Latencies.ofNanos(new long[] {2_000_000})).isEqualTo(new Latencies(2, 2, 2, 2, 2, 2));
        assertThat(Latencies.ofNanos(new long[] {1_000_000, 3_000_000})).isEqualTo(new Latencies(2, 1, 3, 1, 3, 3));
    }

    @Test
    void no_request_has_none() {
        assertThat(Latencies.ofNanos(new long[0])).isEqualTo(new Latencies(0, 0, 0, 0, 0, 0));
    }
}
