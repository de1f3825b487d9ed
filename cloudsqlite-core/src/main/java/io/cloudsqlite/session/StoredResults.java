package io.cloudsqlite.session;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.cloudsqlite.ResultTooLargeException;
import io.cloudsqlite.sql.SqlResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The results of a transaction as text, from which exactly these results can be made again:
 *
 * <pre>{@code
 * {"v":1,"results":[{"affected":1,"inserted":7,"columns":["id","photo"],"rows":[[7,{"blob":"AP8="}]]}]}
 * }</pre>
 *
 * <p>{@code inserted} is the last insert id, if there is one, and a result without columns has neither {@code columns} nor
 * {@code rows}. An INTEGER is a number without a fraction or an exponent, a REAL one with either, or {@code {"real":
 * "Infinity"}}; TEXT is a string, a BLOB {@code {"blob": base64}}, NULL null.
 */
final class StoredResults {

    /** The number of the encoding that is written and understood. */
    private static final int VERSION = 1;

    private static final JsonFactory JSON = new JsonFactory();

    private StoredResults() {}

    /** @throws ResultTooLargeException if it takes more than {@code maxBytes} */
    static String encode(List<SqlResult> results, int maxBytes) {
        BoundedBytes bytes = new BoundedBytes(maxBytes);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeNumberField("v", VERSION);
            json.writeArrayFieldStart("results");
            for (SqlResult result : results) {
                write(json, result);
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Ends what would fill the memory with results that are too large anyway. */
    private static final class BoundedBytes extends ByteArrayOutputStream {

        private final int maxBytes;

        BoundedBytes(int maxBytes) {
            this.maxBytes = maxBytes;
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            if (length > maxBytes - count) {
                throw new ResultTooLargeException(
                        "The results of a write with an idempotency key are stored with it, and may have " + maxBytes
                                + " bytes; nothing was changed. Return less, or send it without a key");
            }
            super.write(bytes, offset, length);
        }
    }

    private static void write(JsonGenerator json, SqlResult result) throws IOException {
        json.writeStartObject();
        json.writeNumberField("affected", result.rowsAffected());
        if (result.lastInsertId().isPresent()) {
            json.writeNumberField("inserted", result.lastInsertId().getAsLong());
        }
        if (result.returnsRows()) {
            json.writeArrayFieldStart("columns");
            for (String column : result.columns()) {
                json.writeString(column);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("rows");
            for (List<@Nullable Object> row : result.rows()) {
                json.writeStartArray();
                for (Object value : row) {
                    write(json, value);
                }
                json.writeEndArray();
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, @Nullable Object value) throws IOException {
        if (value == null) {
            json.writeNull();
        } else if (value instanceof Long integer) {
            json.writeNumber(integer);
        } else if (value instanceof Double real && Double.isFinite(real)) {
            json.writeNumber(real);
        } else if (value instanceof Double real) {
            json.writeStartObject();
            json.writeStringField("real", real.toString());
            json.writeEndObject();
        } else if (value instanceof String text) {
            json.writeString(text);
        } else if (value instanceof byte[] blob) {
            json.writeStartObject();
            json.writeBinaryField("blob", blob);
            json.writeEndObject();
        } else {
            throw new IllegalStateException("SQLite has no values of " + value.getClass());
        }
    }

    /**
     * The results that {@link #encode} made {@code text} of.
     *
     * @throws IOException if it is something else
     */
    static List<SqlResult> decode(String text) throws IOException {
        try (JsonParser json = JSON.createParser(text)) {
            require(json.nextToken() == JsonToken.START_OBJECT);
            require("v".equals(json.nextFieldName()));
            require(json.nextLongValue(0) == VERSION);
            require("results".equals(json.nextFieldName()));
            require(json.nextToken() == JsonToken.START_ARRAY);
            List<SqlResult> results = new ArrayList<>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                results.add(result(json));
            }
            require(json.nextToken() == JsonToken.END_OBJECT);
            return results;
        } catch (NumberFormatException e) {
            throw new IOException("a number is none", e);
        }
    }

    private static SqlResult result(JsonParser json) throws IOException {
        long affected = 0;
        OptionalLong inserted = OptionalLong.empty();
        List<String> columns = new ArrayList<>();
        List<List<@Nullable Object>> rows = new ArrayList<>();
        require(json.currentToken() == JsonToken.START_OBJECT);
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "affected" -> affected = json.getLongValue();
                case "inserted" -> inserted = OptionalLong.of(json.getLongValue());
                case "columns" -> {
                    for (Object column : row(json)) {
                        columns.add(String.valueOf(column));
                    }
                }
                case "rows" -> {
                    require(json.currentToken() == JsonToken.START_ARRAY);
                    while (json.nextToken() != JsonToken.END_ARRAY) {
                        rows.add(row(json));
                        require(rows.get(rows.size() - 1).size() == columns.size());
                    }
                }
                default -> throw new IOException("there is an unknown field");
            }
        }
        return new SqlResult(columns, rows, affected, inserted);
    }

    private static List<@Nullable Object> row(JsonParser json) throws IOException {
        require(json.currentToken() == JsonToken.START_ARRAY);
        List<@Nullable Object> row = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            row.add(value(json));
        }
        return row;
    }

    private static @Nullable Object value(JsonParser json) throws IOException {
        switch (json.currentToken()) {
            case VALUE_NULL -> {
                return null;
            }
            case VALUE_NUMBER_INT -> {
                return json.getLongValue();
            }
            case VALUE_NUMBER_FLOAT -> {
                return json.getDoubleValue();
            }
            case VALUE_STRING -> {
                return json.getText();
            }
            case START_OBJECT -> {
                String type = String.valueOf(json.nextFieldName());
                require(json.nextToken() == JsonToken.VALUE_STRING);
                Object value = type.equals("blob") ? json.getBinaryValue() : (Object) Double.valueOf(json.getText());
                require(json.nextToken() == JsonToken.END_OBJECT);
                return value;
            }
            default -> throw new IOException("there is no value where one should be");
        }
    }

    private static void require(boolean isAsWritten) throws IOException {
        if (!isAsWritten) {
            throw new IOException("it is not encoding " + VERSION + " of results");
        }
    }
}
