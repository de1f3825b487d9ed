package io.cloudsqlite.lambda;

import com.fasterxml.jackson.core.JsonGenerator;
import io.cloudsqlite.http.HttpHeaders;
import io.cloudsqlite.http.HttpResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the function answers to an event, the same for both payload formats: {@code statusCode}, {@code headers}, {@code body},
 * and whether that is in base64.
 *
 * <p>Lambda carries answers of up to 6 MB, in which JSON is text with its quotes escaped. Whatever would not fit like that, and
 * whatever is no text, goes in base64; what has more than {@link #MAX_BODY_BYTES} does not fit at all.
 */
final class GatewayAnswer {

    private static final Logger log = LoggerFactory.getLogger(GatewayAnswer.class);

    /** Lambda's limit. */
    private static final int MAX_ANSWER_BYTES = 6 << 20;

    /** What headers and the rest take at the most, for all names in them are ours. */
    private static final int MAX_HEAD_BYTES = 16 << 10;

    /** What fits in base64: some 4.7 MB. */
    static final int MAX_BODY_BYTES = (MAX_ANSWER_BYTES - MAX_HEAD_BYTES) / 4 * 3;

    private final int status;
    private final HttpHeaders headers;
    private final byte[] body;
    private final byte[] json;

    private GatewayAnswer(int status, HttpHeaders headers, byte[] body) throws IOException {
        this.status = status;
        this.headers = headers;
        this.body = body;
        this.json = encode();
    }

    /** The answer that carries {@code response}, or that says why that cannot be carried. */
    static GatewayAnswer of(HttpResponse response) throws IOException {
        if (response.body().sizeBytes().orElse(0) > MAX_BODY_BYTES) {
            return tooLarge();
        }
        byte[] body;
        try {
            body = response.body().stream().readNBytes(MAX_BODY_BYTES + 1);
        } catch (IOException e) {
            log.warn("code=STORAGE_UNAVAILABLE the body of an answer could not be read", e);
            return error(503, "STORAGE_UNAVAILABLE", "The store failed while the database was read: try again");
        }
        if (body.length > MAX_BODY_BYTES) {
            return tooLarge();
        }
        return new GatewayAnswer(response.status(), response.headers(), body);
    }

    private static GatewayAnswer tooLarge() throws IOException {
        return error(
                413,
                "RESULT_TOO_LARGE",
                "The answer is larger than the " + MAX_BODY_BYTES
                        + " bytes that a Lambda function can give: copy the database"
                        + " from the bucket, or export it with the command 'cloudsqlite export'");
    }

    private static GatewayAnswer error(int status, String code, String message) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = EventJson.FACTORY.createGenerator(out)) {
            json.writeStartObject();
            json.writeBooleanField("success", false);
            json.writeStringField("error", message);
            json.writeStringField("code", code);
            json.writeEndObject();
        }
        HttpHeaders headers =
                HttpHeaders.NONE.with("Content-Type", "application/json").with("Cache-Control", "no-store");
        return new GatewayAnswer(status, status == 503 ? headers.with("Retry-After", "1") : headers, out.toByteArray());
    }

    private byte[] encode() throws IOException {
        String type = headers.get("Content-Type").orElse("").toLowerCase(Locale.ROOT);
        boolean isText = body.length == 0 || type.startsWith("application/json") || type.startsWith("text/");
        byte[] text = isText ? encode(false) : new byte[0];
        return isText && text.length <= MAX_ANSWER_BYTES ? text : encode(true);
    }

    private byte[] encode(boolean inBase64) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(body.length + body.length / 2 + 512);
        try (JsonGenerator writer = EventJson.FACTORY.createGenerator(out)) {
            writer.writeStartObject();
            writer.writeNumberField("statusCode", status);
            writer.writeObjectFieldStart("headers");
            for (Map.Entry<String, String> header : headers.values().entrySet()) {
                writer.writeStringField(header.getKey(), header.getValue());
            }
            writer.writeEndObject();
            writer.writeBooleanField("isBase64Encoded", inBase64);
            writer.writeFieldName("body");
            if (inBase64) {
                writer.writeBinary(body);
            } else {
                writer.writeUTF8String(body, 0, body.length);
            }
            writer.writeEndObject();
        }
        return out.toByteArray();
    }

    int status() {
        return status;
    }

    int bodyBytes() {
        return body.length;
    }

    void writeTo(OutputStream out) throws IOException {
        out.write(json);
    }
}
