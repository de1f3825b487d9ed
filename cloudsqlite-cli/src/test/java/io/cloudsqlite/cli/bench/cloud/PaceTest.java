package io.cloudsqlite.cli.bench.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {

    private static final long NANOS_PER_BYTE = 100;
    private static final long BYTES_PER_SECOND = 1_000_000_000 / NANOS_PER_BYTE;
    private static final long BUFFER_BYTES = 1 << 20;

    private final Pace pace = new Pace(BYTES_PER_SECOND, 0);

    @Test
    void bytes_come_through_one_after_the_other_whoever_asks() {
        assertThat(pace.reserve(10, 0)).isEqualTo(10 * NANOS_PER_BYTE);
        assertThat(pace.reserve(10, 0)).isEqualTo(20 * NANOS_PER_BYTE);
    }

    @Test
    void who_falls_behind_catches_up() {
        pace.reserve(10, 0);

        assertThat(pace.reserve(10, 50 * NANOS_PER_BYTE)).isEqualTo(20 * NANOS_PER_BYTE);
    }

    @Test
    void who_falls_far_behind_finds_a_full_buffer_and_no_more() {
        long later = 10 * BUFFER_BYTES * NANOS_PER_BYTE;

        assertThat(pace.reserve(BUFFER_BYTES, later)).isEqualTo(later);
        assertThat(pace.reserve(10, later)).isEqualTo(later + 10 * NANOS_PER_BYTE);
    }
}
