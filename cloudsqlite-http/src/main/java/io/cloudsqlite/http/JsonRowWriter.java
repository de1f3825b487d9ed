package io.cloudsqlite.http;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the rows of one result the way the API shows them.
 *
 * <pre>{@code
 * JsonRowWriter writer = new JsonRowWriter(json, result.columns());
 * for (List<?> row : result.rows()) {
 *     writer.writeObject(row);   // {"id":1,"price":1.0,"photo":{"base64":"AP8="}}
 * }
 * }</pre>
 *
 * <p>NULL is {@code null}, an INTEGER a number without a fraction, a REAL a number with one or {@code null} if JSON has none
 * for it, TEXT a string, and a BLOB {@code {"base64": "..."}}.
 *
 * <p>Used by one thread. It neither begins nor ends the array around the rows, nor flushes.
 */
public final class JsonRowWriter {

    private final JsonGenerator json;
    private final List<String> columns;
    private final boolean[] isShadowed;

    /** @param columns the names of the columns, as many as a row has cells */
    public JsonRowWriter(JsonGenerator json, List<String> columns) {
        this.json = json;
        this.columns = List.copyOf(columns);
        this.isShadowed = shadowed(columns);
    }

    /** Which columns an object cannot show, since a later one has the same name. */
    private static boolean[] shadowed(List<String> columns) {
        boolean[] isShadowed = new boolean[columns.size()];
        Set<String> later = new HashSet<>();
        for (int i = columns.size() - 1; i >= 0; i--) {
            isShadowed[i] = !later.add(columns.get(i));
        }
        return isShadowed;
    }

    /**
     * Writes a row as an object. Of columns that share a name it has the last, for JSON's names should be unique.
     *
     * @param row a cell per column, as SQLite holds it: Long, Double, String, byte[] or null
     */
    public void writeObject(List<? extends @Nullable Object> row) throws IOException {
        json.writeStartObject();
        for (int i = 0; i < isShadowed.length; i++) {
            if (!isShadowed[i]) {
                json.writeFieldName(columns.get(i));
                writeValue(row.get(i));
            }
        }
        json.writeEndObject();
    }

    /**
     * Writes a row as an array, which has every column.
     *
     * @param row a cell per column, as SQLite holds it: Long, Double, String, byte[] or null
     */
    public void writeArray(List<? extends @Nullable Object> row) throws IOException {
        json.writeStartArray();
        for (Object value : row) {
            writeValue(value);
        }
        json.writeEndArray();
    }

    private void writeValue(@Nullable Object value) throws IOException {
        if (value == null) {
            json.writeNull();
        } else if (value instanceof Long integer) {
            json.writeNumber(integer);
        } else if (value instanceof Double real) {
            writeReal(real);
        } else if (value instanceof String text) {
            json.writeString(text);
        } else if (value instanceof byte[] blob) {
            json.writeStartObject();
            json.writeBinaryField("base64", blob);
            json.writeEndObject();
        } else {
            throw new IllegalStateException("SQLite has no values of " + value.getClass());
        }
    }

    /** With a decimal point or an exponent always, so that a reader can tell 1.0 from 1. */
    private void writeReal(double real) throws IOException {
        if (Double.isFinite(real)) {
            json.writeNumber(real);
        } else {
            json.writeNull();
        }
    }
}
