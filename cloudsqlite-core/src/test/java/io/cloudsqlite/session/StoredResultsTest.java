package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.ResultTooLargeException;
import io.cloudsqlite.sql.SqlResult;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StoredResultsTest {

    private static final SqlResult EVERYTHING = new SqlResult(
            List.of("a", "a", "\u00fc\"", ""),
            List.of(
                    Arrays.asList(Long.MIN_VALUE, Double.POSITIVE_INFINITY, "\u0000\ud83c\udf89", new byte[] {0, -1}),
                    Arrays.asList(1L, 1.0, null, new byte[0]),
                    Arrays.asList(-0.0, Double.MIN_VALUE, Double.MAX_VALUE, 1e22)),
            3,
            OptionalLong.of(-5));

    @Test
    void results_come_back_as_they_were() throws IOException {
        // given
        SqlResult nothing = new SqlResult(List.of(), List.of(), 0, OptionalLong.empty());
        SqlResult noRows = new SqlResult(List.of("a"), List.of(), 0, OptionalLong.empty());
        List<SqlResult> results = List.of(EVERYTHING, nothing, noRows);

        // when
        String encoded = StoredResults.encode(results, 10_000);

        // then
        assertThat(StoredResults.decode(encoded)).usingRecursiveComparison().isEqualTo(results);
    }

    @Test
    void encoding_is_the_one_that_databases_have() {
        assertThat(StoredResults.encode(List.of(EVERYTHING), 10_000))
                .isEqualTo("{\"v\":1,\"results\":[{\"affected\":3,\"inserted\":-5,"
                        + "\"columns\":[\"a\",\"a\",\"\u00fc\\\"\",\"\"],\"rows\":["
                        + "[-9223372036854775808,{\"real\":\"Infinity\"},\"\\u0000\\uD83C\\uDF89\",{\"blob\":\"AP8=\"}],"
                        + "[1,1.0,null,{\"blob\":\"\"}],"
                        + "[-0.0,4.9E-324,1.7976931348623157E308,1.0E22]]}]}");
    }

    @Test
    void what_exceeds_the_bound_is_refused() {
        // given
        SqlResult large = new SqlResult(List.of("a"), List.of(List.of("x".repeat(100_000))), 0, OptionalLong.empty());
        int exactly = StoredResults.encode(List.of(large), 200_000).length();

        // when, then
        assertThat(StoredResults.encode(List.of(large), exactly)).hasSize(exactly);
        assertThatThrownBy(() -> StoredResults.encode(List.of(large), exactly - 1))
                .isInstanceOf(ResultTooLargeException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"v\":2,\"results\":[]}",
                "{\"v\":1,\"results\":[",
                "{\"v\":1,\"results\":[1]}",
                "{\"v\":1,\"results\":[{\"unknown\":1}]}",
                "{\"v\":1,\"results\":[{\"affected\":\"x\"}]}",
                "{\"v\":1,\"results\":[{\"columns\":[\"a\"],\"rows\":[[1,2]]}]}",
                "{\"v\":1,\"results\":[{\"columns\":[\"a\"],\"rows\":[[true]]}]}",
                "{\"v\":1,\"results\":[{\"columns\":[\"a\"],\"rows\":[[{\"real\":\"x\"}]]}]}",
                "{\"v\":1,\"results\":[{\"columns\":[\"a\"],\"rows\":[[{}]]}]}",
                "{\"v\":1,\"results\":[{\"columns\":[\"a\"],\"rows\":[[99999999999999999999]]}]}"
            })
    void what_is_something_else_is_told_apart(String text) {
        assertThatThrownBy(() -> StoredResults.decode(text)).isInstanceOf(IOException.class);
    }
}
