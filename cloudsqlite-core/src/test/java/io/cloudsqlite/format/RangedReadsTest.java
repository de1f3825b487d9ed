package io.cloudsqlite.format;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How databases are divided into ranges; that these arrive is what every test of a larger database shows. */
class RangedReadsTest {

    private static final long LARGEST_PAGE_BYTES = 64 << 10;
    private static final long MEBIBYTE = 1 << 20;

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 512, 1 << 20, 8 << 20, 100_000_000, 128 << 20, (128 << 20) + 1, 1L << 30, 1L << 40})
    void range_is_whole_pages_and_neither_tiny_nor_huge(long sizeBytes) {
        long range = RangedReads.rangeBytes(sizeBytes);

        assertThat(range % LARGEST_PAGE_BYTES).isZero();
        assertThat(range).isBetween(MEBIBYTE, 16 * MEBIBYTE);
    }

    @Test
    void all_streams_are_used_and_end_together() {
        assertThat(ranges(100_000_000)).isEqualTo(RangedReads.MAX_PARALLEL);
        assertThat(ranges(20 * MEBIBYTE)).isEqualTo(RangedReads.MAX_PARALLEL);
        assertThat(ranges(200 * MEBIBYTE)).isEqualTo(2 * RangedReads.MAX_PARALLEL);
        assertThat(ranges(MEBIBYTE)).isEqualTo(1);
    }

    private static long ranges(long sizeBytes) {
        long range = RangedReads.rangeBytes(sizeBytes);
        return (sizeBytes + range - 1) / range;
    }
}
