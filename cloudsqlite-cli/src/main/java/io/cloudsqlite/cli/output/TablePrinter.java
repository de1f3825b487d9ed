package io.cloudsqlite.cli.output;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.AsciiTableBuilder;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.HorizontalAlign;
import com.github.freva.asciitable.OverflowBehaviour;
import io.cloudsqlite.sql.SqlResult;
import java.io.PrintWriter;
import java.util.HexFormat;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Tables for people. On a terminal they are no wider than it, as long as that leaves each column a few characters. */
final class TablePrinter implements ResultPrinter {

    /** A table pads every row to its widest value, so that one long value would take memory once per row. */
    private static final int MAX_VALUE_LENGTH = 1_000;

    private static final int MAX_BLOB_BYTES = 16;

    /** Room for three characters and what separates them from the next column. */
    private static final int MIN_COLUMN_WIDTH = 6;

    private final PrintWriter out;
    private final OptionalInt width;

    TablePrinter(PrintWriter out, OptionalInt width) {
        this.out = out;
        this.width = width;
    }

    @Override
    public void print(SqlResult result) {
        if (result.returnsRows()) {
            out.println(table(result));
            out.println("(" + rows(result.rows().size()) + ")");
        } else {
            out.println(rows(result.rowsAffected()) + " affected");
        }
        out.flush();
    }

    private static String rows(long number) {
        return number == 1 ? "1 row" : number + " rows";
    }

    private String table(SqlResult result) {
        Column[] columns = IntStream.range(0, result.columns().size())
                .mapToObj(index -> column(result, index))
                .toArray(Column[]::new);
        String[][] cells = result.rows().stream()
                .map(row -> row.stream().map(TablePrinter::cell).toArray(String[]::new))
                .toArray(String[][]::new);
        AsciiTableBuilder table = AsciiTable.builder()
                .border(AsciiTable.BASIC_ASCII_NO_DATA_SEPARATORS)
                .data(columns, cells);
        width.ifPresent(limit -> table.maxTableWidth(Math.max(limit, columns.length * MIN_COLUMN_WIDTH + 1)));
        return table.asString();
    }

    private static Column column(SqlResult result, int index) {
        boolean numbers = result.rows().stream()
                .map(row -> row.get(index))
                .filter(Objects::nonNull)
                .allMatch(Number.class::isInstance);
        return new Column()
                .header(text(result.columns().get(index)))
                .headerAlign(HorizontalAlign.LEFT)
                .dataAlign(numbers ? HorizontalAlign.RIGHT : HorizontalAlign.LEFT)
                .maxWidth(MAX_VALUE_LENGTH, OverflowBehaviour.ELLIPSIS_RIGHT);
    }

    private static String cell(@Nullable Object value) {
        if (value == null) {
            return "NULL";
        }
        return value instanceof byte[] bytes ? blob(bytes) : text(value.toString());
    }

    private static String blob(byte[] bytes) {
        HexFormat hex = HexFormat.of().withUpperCase();
        return bytes.length <= MAX_BLOB_BYTES
                ? "X'" + hex.formatHex(bytes) + "'"
                : "X'" + hex.formatHex(bytes, 0, MAX_BLOB_BYTES) + "…' (" + bytes.length + " bytes)";
    }

    /** Line breaks stay; other control characters become visible, for a value must not be able to command a terminal. */
    private static String text(String value) {
        String shown = value.length() > MAX_VALUE_LENGTH ? value.substring(0, MAX_VALUE_LENGTH) + "…" : value;
        StringBuilder text = new StringBuilder(shown.length());
        shown.chars().forEach(c -> {
            if (Character.isISOControl(c) && c != '\n') {
                text.append(c == '\t' ? "\\t" : String.format("\\x%02x", c));
            } else {
                text.append((char) c);
            }
        });
        return text.toString();
    }
}
