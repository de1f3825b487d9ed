package io.cloudsqlite.cli.output;

import io.cloudsqlite.sql.SqlResult;
import java.io.PrintWriter;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * CSV as RFC 4180 has it, for programs. NULL is an empty field and an empty string is {@code ""}, which CSV libraries do not
 * keep apart without putting every value into quotes. A BLOB is the SQL literal {@code X'00FF'}.
 */
final class CsvPrinter implements ResultPrinter {

    private static final String END_OF_RECORD = "\r\n";

    private final PrintWriter out;

    CsvPrinter(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void print(SqlResult result) {
        if (result.returnsRows()) {
            printRecord(result.columns());
            result.rows().forEach(this::printRecord);
        }
        out.flush();
    }

    private void printRecord(List<? extends @Nullable Object> values) {
        out.write(values.stream().map(CsvPrinter::field).collect(Collectors.joining(",", "", END_OF_RECORD)));
    }

    private static String field(@Nullable Object value) {
        if (value == null) {
            return "";
        }
        if (value instanceof byte[] bytes) {
            return "X'" + HexFormat.of().withUpperCase().formatHex(bytes) + "'";
        }
        String text = value.toString();
        return needsQuotes(text) ? '"' + text.replace("\"", "\"\"") + '"' : text;
    }

    private static boolean needsQuotes(String text) {
        return text.isEmpty() || text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
    }
}
