package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.InvalidRequestException;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PointInTimeTest {

    @ParameterizedTest
    @CsvSource({
        "2026-11-03T14:30:00Z, 2026-11-03T14:30:00Z",
        "2026-11-03T14:30:00.125Z, 2026-11-03T14:30:00.125Z",
        "2026-11-03T14:30Z, 2026-11-03T14:30:00Z",
        "2026-11-03T14:30:00+01:00, 2026-11-03T13:30:00Z",
        "2026-11-03T23:30:00-05:00, 2026-11-04T04:30:00Z",
        "2026-11-03, 2026-11-03T00:00:00Z"
    })
    void a_time_is_an_instant_a_time_with_an_offset_or_a_day(String text, Instant time) {
        assertThat(PointInTime.parseTime(text)).isEqualTo(new PointInTime.AtTime(time));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "yesterday", "2026-11-03T14:30:00", "2026-11-03 14:30:00Z", "2026-02-30", "1793716200", "T"})
    void what_could_mean_several_times_or_none_is_refused_with_examples(String text) {
        assertThatThrownBy(() -> PointInTime.parseTime(text))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("2026-11-03T14:30:00Z");
    }

    @Test
    void there_is_no_transaction_before_the_first() {
        assertThatThrownBy(() -> PointInTime.afterTransaction(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
