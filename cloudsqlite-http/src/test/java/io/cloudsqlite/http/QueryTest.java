package io.cloudsqlite.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.session.PointInTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueryTest {

    private static Query query(String text) {
        return new Query(HttpRequest.of("GET", "/databases", text), "before", "limit", "time", "txid");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "time=2026-11-03T14:30:00+01:00",
                "time=2026-11-03T14%3A30%3A00%2B01%3A00",
                "limit=1&&time=2026-11-03T13:30:00Z&"
            })
    void a_time_is_understood_with_escapes_and_without(String text) {
        assertThat(query(text).pointInTime()).contains(new PointInTime.AtTime(Instant.parse("2026-11-03T13:30:00Z")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"time=%zz", "time=%", "time=%2"})
    void a_bad_escape_is_refused(String text) {
        assertThatThrownBy(() -> query(text).pointInTime())
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("well escaped");
    }

    @ParameterizedTest
    @ValueSource(strings = {"as_of_txid=1", "txid=1&as_of_txid=1", "as_of_txid", "as_of_txid=&limit=2"})
    void an_unknown_member_is_refused_with_those_that_are_known(String text) {
        assertThatThrownBy(() -> query(text))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessage("The member 'as_of_txid' of the query is unknown: use before, limit, time, txid");
    }

    @ParameterizedTest
    @ValueSource(strings = {"txid", "txid="})
    void a_member_without_a_value_is_refused(String text) {
        assertThatThrownBy(() -> query(text).pointInTime())
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("'txid' in the query");
    }

    @Test
    void a_query_that_asks_for_nothing_is_that_for_the_newest() {
        assertThat(query("").pointInTime()).isEmpty();
        assertThat(query("").before()).isEmpty();
        assertThat(query("").limit()).isEqualTo(100);
    }
}
