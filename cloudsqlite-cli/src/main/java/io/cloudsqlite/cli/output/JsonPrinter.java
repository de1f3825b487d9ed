package io.cloudsqlite.cli.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.cloudsqlite.sql.SqlResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * JSON with the values of the HTTP API: a BLOB is {@code {"base64": "..."}}, a REAL that JSON does not know is {@code null}.
 * A statement with rows gives an array of objects, any other an object that says what it changed.
 */
final class JsonPrinter implements ResultPrinter {

    private static final JsonFactory JSON =
            JsonFactory.builder().build().disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);

    private final PrintWriter out;

    JsonPrinter(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void print(SqlResult result) {
        try (JsonGenerator json = JSON.createGenerator(out)) {
            if (result.returnsRows()) {
                writeRows(json, result);
            } else {
                writeChange(json, result);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out.println();
        out.flush();
    }

    private static void writeRows(JsonGenerator json, SqlResult result) throws IOException {
        json.writeStartArray();
        for (List<@Nullable Object> row : result.rows()) {
            json.writeStartObject();
            for (int column = 0; column < row.size(); column++) {
                json.writeFieldName(result.columns().get(column));
                writeValue(json, row.get(column));
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeChange(JsonGenerator json, SqlResult result) throws IOException {
        json.writeStartObject();
        json.writeNumberField("rows_affected", result.rowsAffected());
        if (result.lastInsertId().isPresent()) {
            json.writeNumberField("last_insert_id", result.lastInsertId().getAsLong());
        } else {
            json.writeNullField("last_insert_id");
        }
        json.writeEndObject();
    }

    private static void writeValue(JsonGenerator json, @Nullable Object value) throws IOException {
        if (value == null) {
            json.writeNull();
        } else if (value instanceof Long integer) {
            json.writeNumber(integer);
        } else if (value instanceof Double real) {
            writeReal(json, real);
        } else if (value instanceof byte[] bytes) {
            json.writeStartObject();
            json.writeBinaryField("base64", bytes);
            json.writeEndObject();
        } else {
            json.writeString(value.toString());
        }
    }

    private static void writeReal(JsonGenerator json, double real) throws IOException {
        if (Double.isFinite(real)) {
            json.writeNumber(real);
        } else {
            json.writeNull();
        }
    }
}
