package io.cloudsqlite.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LiteralTest {

    static Stream<Arguments> literals() {
        return Stream.of(
                Arguments.of("42", 42L),
                Arguments.of("0", 0L),
                Arguments.of("-7", -7L),
                Arguments.of("9223372036854775807", Long.MAX_VALUE),
                Arguments.of("-9223372036854775808", Long.MIN_VALUE),
                Arguments.of("3.5", 3.5),
                Arguments.of("1e9", 1e9),
                Arguments.of("-0.25E-2", -0.0025),
                Arguments.of("''", ""),
                Arguments.of("'42'", "42"),
                Arguments.of("'it''s'", "it's"),
                Arguments.of("X'00fF'", new byte[] {0, (byte) 0xff}),
                Arguments.of("x''", new byte[0]));
    }

    @ParameterizedTest
    @MethodSource("literals")
    void what_is_written_like_a_literal_is_that_literal(String text, Object value) {
        assertThat(Literal.parse(text)).isEqualTo(value);
    }

    @Test
    void null_in_any_case_is_null() {
        assertThat(Literal.parse("null")).isNull();
        assertThat(Literal.parse("NULL")).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "hello",
                "007",
                "+1",
                "-0",
                "1.",
                ".5",
                "1e",
                "0x1F",
                "9223372036854775808",
                "1 2",
                "'",
                "'a'b'",
                "it's",
                "'a",
                "X'0'",
                "X'0g'",
                "nil",
                "NaN",
                "true",
                "@file",
                "٣"
            })
    void everything_else_is_text_as_it_stands(String text) {
        assertThat(Literal.parse(text)).isEqualTo(text);
    }
}
