package io.cloudsqlite.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.fasterxml.jackson.core.JsonGenerator;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.http.HttpRequest;
import io.cloudsqlite.http.RequestContext;
import io.cloudsqlite.lambda.logging.LogLines;
import io.cloudsqlite.session.Answer;
import io.cloudsqlite.session.Cost;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is printed about one request: a line of JSON for people, and one in CloudWatch's embedded metric format. Neither has
 * SQL in it, nor values, nor the query of the URL. Used by one thread.
 *
 * <p>The metrics are in the namespace {@value #NAMESPACE}, with the dimension {@code FunctionName}: {@code RequestTime} of every
 * request, and {@code LockWait} of writes, which is how long one waited for its turn; of a write that gave up waiting it is all
 * the time that it took. Source: "Specification: Embedded metric format", Amazon CloudWatch User Guide.
 */
final class RequestLog implements RequestContext.Observer {

    private static final String NAMESPACE = "CloudSQLite";
    private static final int MAX_PATH_CHARACTERS = 200;

    private final Context invocation;
    private final boolean isCold;
    private final TimeSource time = TimeSource.system();
    private final long began = time.nanoTime();
    private @Nullable DatabaseName database;
    private @Nullable Answer<?> answer;
    private @Nullable String code;

    RequestLog(Context invocation, boolean isCold) {
        this.invocation = invocation;
        this.isCold = isCold;
    }

    RequestContext requestContext() {
        return RequestContext.NONE.withCold(isCold).withObserver(this);
    }

    @Override
    public void executed(DatabaseName name, Answer<?> result) {
        database = name;
        answer = result;
    }

    @Override
    public void failed(String errorCode) {
        code = errorCode;
    }

    void writeTo(LogLines lines, HttpRequest request, GatewayAnswer sent) {
        Duration took = Duration.ofNanos(time.nanoTime() - began);
        lines.print(json -> {
            writeRequest(json, request, sent);
            json.writeNumberField("duration_ms", millis(took));
            json.writeBooleanField("cold", isCold);
            if (answer != null) {
                writeAnswer(json, answer);
            }
        });
        lines.print(json -> writeMetrics(json, took));
    }

    private void writeRequest(JsonGenerator json, HttpRequest request, GatewayAnswer sent) throws IOException {
        String path = request.path();
        json.writeStringField("timestamp", time.instant().toString());
        json.writeStringField("level", sent.status() < 500 ? "INFO" : "WARN");
        json.writeStringField("message", "request");
        json.writeStringField("requestId", invocation.getAwsRequestId());
        json.writeStringField("method", shortened(request.method()));
        json.writeStringField("path", shortened(path));
        json.writeNumberField("status", sent.status());
        if (code != null) {
            json.writeStringField("code", code);
        }
        json.writeNumberField("response_bytes", sent.bodyBytes());
    }

    private static String shortened(String text) {
        return text.length() <= MAX_PATH_CHARACTERS ? text : text.substring(0, MAX_PATH_CHARACTERS) + "...";
    }

    private void writeAnswer(JsonGenerator json, Answer<?> result) throws IOException {
        Cost cost = result.cost();
        json.writeStringField("db", String.valueOf(database));
        json.writeNumberField("txid", result.txid());
        json.writeNumberField("lock_ms", millis(cost.lock()));
        json.writeNumberField("checkout_ms", millis(cost.checkout()));
        json.writeNumberField("execute_ms", millis(cost.execute()));
        json.writeNumberField("commit_ms", millis(cost.commit()));
        json.writeNumberField("bytes_downloaded", cost.bytesDownloaded());
        json.writeNumberField("bytes_uploaded", cost.bytesUploaded());
        json.writeNumberField("store_requests", cost.storeRequests());
        json.writeStringField("cache", cost.cache().name().toLowerCase(Locale.ROOT));
    }

    private void writeMetrics(JsonGenerator json, Duration took) throws IOException {
        Duration lockWait = lockWait(took);
        json.writeObjectFieldStart("_aws");
        json.writeNumberField("Timestamp", time.instant().toEpochMilli());
        json.writeArrayFieldStart("CloudWatchMetrics");
        json.writeStartObject();
        json.writeStringField("Namespace", NAMESPACE);
        json.writeArrayFieldStart("Dimensions");
        json.writeStartArray();
        json.writeString("FunctionName");
        json.writeEndArray();
        json.writeEndArray();
        json.writeArrayFieldStart("Metrics");
        writeDefinition(json, "RequestTime");
        if (lockWait != null) {
            writeDefinition(json, "LockWait");
        }
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
        json.writeStringField("FunctionName", invocation.getFunctionName());
        json.writeNumberField("RequestTime", millis(took));
        if (lockWait != null) {
            json.writeNumberField("LockWait", millis(lockWait));
        }
    }

    private static void writeDefinition(JsonGenerator json, String name) throws IOException {
        json.writeStartObject();
        json.writeStringField("Name", name);
        json.writeStringField("Unit", "Milliseconds");
        json.writeEndObject();
    }

    /** Null for reads, which wait for no lock: only a write spends any time on one. */
    private @Nullable Duration lockWait(Duration took) {
        if ("DATABASE_LOCKED".equals(code)) {
            return took;
        }
        return answer == null || answer.cost().lock().isZero()
                ? null
                : answer.cost().lock();
    }

    /** Milliseconds to the microsecond. */
    private static double millis(Duration duration) {
        return Math.round(duration.toNanos() / 1e3) / 1e3;
    }
}
