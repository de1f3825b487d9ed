package io.cloudsqlite.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.sql.SqlResult;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class OutputFormatTest {

    private static final SqlResult CHANGE = new SqlResult(List.of(), List.of(), 2, OptionalLong.of(7));
    private static final SqlResult NO_ROWS = rows(List.of("a", "b"));

    @Test
    void csv_keeps_null_and_the_empty_string_apart() {
        SqlResult result = rows(List.of("a", "b", "c"), Arrays.asList(null, "", "x"));

        assertThat(print(OutputFormat.CSV, result)).isEqualTo("a,b,c\r\n,\"\",x\r\n");
    }

    @Test
    void csv_quotes_what_rfc_4180_wants_quoted() {
        SqlResult result = rows(List.of("a,b"), List.of("say \"hi\""), List.of("two\nlines"), List.of("it's; fine"));

        assertThat(print(OutputFormat.CSV, result))
                .isEqualTo("\"a,b\"\r\n\"say \"\"hi\"\"\"\r\n\"two\nlines\"\r\nit's; fine\r\n");
    }

    @Test
    void csv_has_numbers_and_blobs_in_full() {
        SqlResult result = rows(List.of("i", "r", "b"), List.of(Long.MIN_VALUE, 0.5, new byte[] {0, (byte) 0xff}));

        assertThat(print(OutputFormat.CSV, result)).isEqualTo("i,r,b\r\n-9223372036854775808,0.5,X'00FF'\r\n");
    }

    @Test
    void csv_of_no_rows_is_the_header_and_a_change_leaves_no_trace() {
        assertThat(print(OutputFormat.CSV, NO_ROWS)).isEqualTo("a,b\r\n");
        assertThat(print(OutputFormat.CSV, CHANGE)).isEmpty();
    }

    @Test
    void json_has_the_values_of_the_api() {
        SqlResult result = rows(
                List.of("null", "i", "r", "inf", "t", "b"),
                Arrays.asList(
                        null, Long.MAX_VALUE, 1.5, Double.POSITIVE_INFINITY, "\"\u00e9\n", new byte[] {0, (byte) 0xff
                        }));

        assertThat(print(OutputFormat.JSON, result))
                .isEqualToNormalizingNewlines(
                        "[{\"null\":null,\"i\":9223372036854775807,\"r\":1.5,\"inf\":null,\"t\":\"\\\"é\\n\","
                                + "\"b\":{\"base64\":\"AP8=\"}}]\n");
    }

    @Test
    void json_has_of_columns_with_one_name_the_last_as_the_api_does() {
        SqlResult result = rows(List.of("a", "b", "a"), List.of(1L, 2L, 3L));

        assertThat(print(OutputFormat.JSON, result)).isEqualToNormalizingNewlines("[{\"b\":2,\"a\":3}]\n");
    }

    @Test
    void json_has_the_shortest_text_of_a_real_on_every_jdk() {
        SqlResult result = rows(List.of("r"), List.of(0x1p-44));

        assertThat(print(OutputFormat.JSON, result)).isEqualToNormalizingNewlines("[{\"r\":5.684341886080802E-14}]\n");
    }

    @Test
    void json_is_one_line_per_statement() {
        assertThat(print(OutputFormat.JSON, NO_ROWS, CHANGE))
                .isEqualToNormalizingNewlines("[]\n{\"rows_affected\":2,\"last_insert_id\":7}\n");
    }

    @Test
    void table_tells_how_many_rows_there_are() {
        assertThat(print(OutputFormat.TABLE, NO_ROWS))
                .contains("| a | b |")
                .endsWith("(0 rows)" + System.lineSeparator());
        assertThat(print(OutputFormat.TABLE, CHANGE)).isEqualToNormalizingNewlines("2 rows affected\n");
    }

    @Test
    void table_shows_null_and_shortens_blobs() {
        SqlResult result =
                rows(List.of("v"), Arrays.asList((Object) null), List.of(new byte[2]), List.of(new byte[100]));

        assertThat(print(OutputFormat.TABLE, result))
                .contains("| NULL ")
                .contains("| X'0000' ")
                .contains("| X'" + "00".repeat(16) + "…' (100 bytes) |");
    }

    @Test
    void table_aligns_numbers_right_and_text_left() {
        SqlResult result = rows(List.of("number", "text"), List.of(1L, "a"), Arrays.asList(null, "bcdef"));

        assertThat(print(OutputFormat.TABLE, result))
                .contains("|      1 | a     |")
                .contains("|   NULL | bcdef |");
    }

    @Test
    void table_does_not_let_values_command_the_terminal() {
        SqlResult result = rows(List.of("\033[2J"), List.of("\033]0;title\007\t\u009b"));

        assertThat(print(OutputFormat.TABLE, result))
                .contains("\\x1b[2J", "\\x1b]0;title\\x07\\t\\x9b")
                .doesNotContain("\033");
    }

    @Test
    void table_fits_the_terminal() {
        SqlResult result = rows(List.of("a", "b"), List.of("x".repeat(100), "y".repeat(5_000)));

        assertThat(print(OutputFormat.TABLE, OptionalInt.of(60), result).lines())
                .allMatch(line -> line.length() <= 60)
                .anyMatch(line -> line.contains("x…") && line.contains("y…"));
    }

    @Test
    void table_of_many_columns_leaves_each_a_few_characters() {
        List<String> columns = List.of("column1", "column2", "column3", "column4", "column5");
        SqlResult result = rows(columns, List.copyOf(columns));

        assertThat(print(OutputFormat.TABLE, OptionalInt.of(10), result)).contains("| co… |");
    }

    @Test
    void table_shortens_very_long_values_everywhere() {
        SqlResult result = rows(List.of("a"), List.of("x".repeat(1_000_000)));

        assertThat(print(OutputFormat.TABLE, result)).hasSizeLessThan(10_000).contains("x…");
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    private static SqlResult rows(List<String> columns, List<Object>... rows) {
        return new SqlResult(columns, Arrays.asList(rows), 0, OptionalLong.empty());
    }

    private static String print(OutputFormat format, SqlResult... results) {
        return print(format, OptionalInt.empty(), results);
    }

    private static String print(OutputFormat format, OptionalInt width, SqlResult... results) {
        StringWriter text = new StringWriter();
        ResultPrinter printer = format.printer(new PrintWriter(text), width);
        for (SqlResult result : results) {
            printer.print(result);
        }
        return text.toString();
    }
}
