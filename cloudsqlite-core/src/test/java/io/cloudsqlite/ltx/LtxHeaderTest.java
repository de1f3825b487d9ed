package io.cloudsqlite.ltx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LtxHeaderTest {

    @ParameterizedTest
    @ValueSource(ints = {512, 1024, 2048, 4096, 8192, 16384, 32768, 65536})
    void a_page_size_is_a_power_of_two(int pageSizeBytes) {
        assertThatCode(() -> new LtxHeader(pageSizeBytes, 1, 1, 1, Instant.EPOCH))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -512, 0, 1, 256, 511, 513, 4095, 65535, 131072, Integer.MAX_VALUE})
    void other_page_sizes_are_refused(int pageSizeBytes) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LtxHeader(pageSizeBytes, 1, 1, 1, Instant.EPOCH))
                .withMessageContaining("page size");
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0})
    void a_database_without_pages_is_refused(int commitPages) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LtxHeader(4096, commitPages, 1, 1, Instant.EPOCH))
                .withMessageContaining("at least one page");
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0, 1", "-1, 1", "2, 1", "1, 0", "1, -1"})
    void transactions_that_run_backwards_or_from_below_1_are_refused(long minTxid, long maxTxid) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LtxHeader(4096, 1, minTxid, maxTxid, Instant.EPOCH))
                .withMessageContaining("TXIDs");
    }

    @Test
    void a_timestamp_is_kept_to_the_millisecond() {
        Instant timestamp = Instant.parse("1969-12-31T23:59:59.123999999Z");

        assertThat(new LtxHeader(4096, 1, 1, 1, timestamp).timestamp())
                .isEqualTo(Instant.parse("1969-12-31T23:59:59.123Z"));
    }

    @Test
    void a_timestamp_that_64_bits_do_not_hold_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LtxHeader(4096, 1, 1, 1, Instant.MAX))
                .withMessageContaining("timestamp");
    }

    @Test
    void a_file_from_transaction_1_on_is_a_snapshot() {
        assertThat(new LtxHeader(4096, 1, 1, 8, Instant.EPOCH).isSnapshot()).isTrue();
        assertThat(new LtxHeader(4096, 1, 2, 8, Instant.EPOCH).isSnapshot()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"512, 2097153", "4096, 262145", "65536, 16385"})
    void the_lock_page_begins_at_the_first_gibibyte(int pageSizeBytes, int lockPage) {
        assertThat(new LtxHeader(pageSizeBytes, 1, 1, 1, Instant.EPOCH).lockPage())
                .isEqualTo(lockPage);
    }
}
