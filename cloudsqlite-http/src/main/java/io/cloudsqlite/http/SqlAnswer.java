package io.cloudsqlite.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.cloudsqlite.ResultTooLargeException;
import io.cloudsqlite.http.SqlRequest.RowFormat;
import io.cloudsqlite.session.Answer;
import io.cloudsqlite.session.Cost;
import io.cloudsqlite.sql.SqlResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The answer to {@code POST /sql} in the making. Its rows are written while the transaction is still open, so that an answer
 * that turns out too large rolls the transaction back; what only the commit tells is added afterwards and always fits.
 *
 * <p>Used by one thread.
 */
final class SqlAnswer {

    /** What follows the rows: the TXID and the figures, some 400 bytes. */
    private static final int TAIL_BYTES = 1 << 10;

    private final SqlRequest request;
    private final List<SqlResult> results;
    private final int maxBytes;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final JsonGenerator json;

    private SqlAnswer(SqlRequest request, List<SqlResult> results, int maxBytes) throws IOException {
        this.request = request;
        this.results = results;
        this.maxBytes = maxBytes;
        this.json = Json.FACTORY.createGenerator(out);
    }

    /**
     * Writes the results.
     *
     * @throws ResultTooLargeException if the answer would have more than {@code maxBytes}
     */
    static SqlAnswer begin(SqlRequest request, List<SqlResult> results, int maxBytes) {
        try {
            SqlAnswer answer = new SqlAnswer(request, results, maxBytes);
            answer.writeResults();
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
    }

    /** Adds what became of the transaction, and whether the process is new if that matters, and returns the whole. */
    byte[] complete(Answer<?> outcome, Optional<Boolean> cold) {
        try (json) {
            json.writeNumberField("txid", outcome.txid());
            json.writeObjectFieldStart("meta");
            if (!request.isList()) {
                writeEffect(results.get(0));
            }
            writeCost(outcome.cost());
            if (cold.isPresent()) {
                json.writeBooleanField("cold", cold.get());
            }
            json.writeEndObject();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
        return out.toByteArray();
    }

    private void writeResults() throws IOException {
        json.writeStartObject();
        json.writeBooleanField("success", true);
        if (!request.isList()) {
            writeResult(results.get(0));
            return;
        }
        json.writeArrayFieldStart("results");
        for (SqlResult result : results) {
            json.writeStartObject();
            json.writeBooleanField("success", true);
            writeResult(result);
            json.writeObjectFieldStart("meta");
            writeEffect(result);
            json.writeEndObject();
            json.writeEndObject();
            requireRoom();
        }
        json.writeEndArray();
    }

    private void writeResult(SqlResult result) throws IOException {
        if (!result.returnsRows()) {
            json.writeStringField(
                    "message", "Query executed successfully, " + result.rowsAffected() + " rows affected");
            return;
        }
        json.writeArrayFieldStart("data");
        JsonRowWriter writer = new JsonRowWriter(json, result.columns());
        for (List<@Nullable Object> row : result.rows()) {
            if (request.rowFormat() == RowFormat.ARRAYS) {
                writer.writeArray(row);
            } else {
                writer.writeObject(row);
            }
            requireRoom();
        }
        json.writeEndArray();
        json.writeStringField(
                "message",
                "Query executed successfully, returned " + result.rows().size() + " rows");
        json.writeArrayFieldStart("columns");
        for (String column : result.columns()) {
            json.writeString(column);
        }
        json.writeEndArray();
        requireRoom();
    }

    /** What one statement did. */
    private void writeEffect(SqlResult result) throws IOException {
        json.writeNumberField("rows_affected", result.rowsAffected());
        if (result.lastInsertId().isPresent()) {
            json.writeNumberField("last_insert_id", result.lastInsertId().getAsLong());
        } else {
            json.writeNullField("last_insert_id");
        }
    }

    /** What the request took. */
    private void writeCost(Cost cost) throws IOException {
        json.writeNumberField("duration_ms", millis(cost.total()));
        json.writeNumberField("lock_ms", millis(cost.lock()));
        json.writeNumberField("checkout_ms", millis(cost.checkout()));
        json.writeNumberField("execute_ms", millis(cost.execute()));
        json.writeNumberField("commit_ms", millis(cost.commit()));
        json.writeNumberField("bytes_downloaded", cost.bytesDownloaded());
        json.writeNumberField("bytes_uploaded", cost.bytesUploaded());
        json.writeNumberField("store_requests", cost.storeRequests());
        json.writeStringField("cache", cost.cache().name().toLowerCase(Locale.ROOT));
    }

    /** Milliseconds to the microsecond. */
    private static double millis(Duration duration) {
        return Math.round(duration.toNanos() / 1e3) / 1e3;
    }

    private void requireRoom() throws IOException {
        json.flush();
        if (out.size() > maxBytes - TAIL_BYTES) {
            throw new ResultTooLargeException("The answer is larger than the limit of " + maxBytes
                    + " bytes; nothing was changed. Ask for less, for example with LIMIT");
        }
    }
}
