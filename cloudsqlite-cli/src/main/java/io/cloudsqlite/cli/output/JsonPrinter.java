package io.cloudsqlite.cli.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import io.cloudsqlite.http.JsonRowWriter;
import io.cloudsqlite.sql.SqlResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * JSON with the rows of the HTTP API: a BLOB is {@code {"base64": "..."}}, a REAL that JSON does not know is {@code null}, and
 * of columns that share a name a row has the last. A statement with rows gives an array of objects, any other an object that
 * says what it changed.
 */
final class JsonPrinter implements ResultPrinter {

    /** Doubles are written as the API writes them: by an algorithm that finds the shortest text on every JDK. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .build();

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
        JsonRowWriter writer = new JsonRowWriter(json, result.columns());
        for (List<@Nullable Object> row : result.rows()) {
            writer.writeObject(row);
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
}
