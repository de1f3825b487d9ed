package io.cloudsqlite.lambda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cloudsqlite.lambda.logging.LogLines;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ApiGatewayHandlerTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SECRET = "7 o'clock";

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final ApiGatewayHandler handler;

    ApiGatewayHandlerTest(@TempDir Path directory) {
        PrintStream out = new PrintStream(printed, true, UTF_8);
        handler = new ApiGatewayHandler(() -> Backend.inMemory(directory), new LogLines(out));
    }

    private JsonNode call(String method, String target, String body) throws IOException {
        URI uri = URI.create(target);
        String event = JSON.writeValueAsString(Map.of(
                "version",
                "2.0",
                "rawPath",
                uri.getPath(),
                "rawQueryString",
                Objects.requireNonNullElse(uri.getQuery(), ""),
                "requestContext",
                Map.of("http", Map.of("method", method), "stage", "$default"),
                "body",
                body));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        handler.handleRequest(new ByteArrayInputStream(event.getBytes(UTF_8)), out, new TestContext(10_000));
        return JSON.readTree(out.toByteArray());
    }

    private JsonNode sql(String statement, Object... parameters) throws IOException {
        JsonNode answer = call(
                "POST",
                "/sql?limit=1",
                JSON.writeValueAsString(Map.of("sql_statement", statement, "parameters", List.of(parameters))));
        return JSON.readTree(answer.get("body").textValue());
    }

    /** The line about the request, and that of its metrics. */
    private List<JsonNode> lines() throws IOException {
        String[] lines = printed.toString(UTF_8).split("\n", -1);
        printed.reset();
        assertThat(lines).hasSize(3);
        return List.of(JSON.readTree(lines[0]), JSON.readTree(lines[1]));
    }

    @Test
    void the_first_answer_of_a_process_is_cold_and_later_ones_are_not() throws IOException {
        assertThat(sql("SELECT 1").at("/meta/cold").booleanValue()).isTrue();
        assertThat(sql("SELECT 1").at("/meta/cold").booleanValue()).isFalse();
    }

    @Test
    void a_write_prints_its_request_and_its_wait_for_the_lock() throws IOException {
        assertThat(sql("CREATE TABLE t (x)").at("/success").booleanValue()).isTrue();
        printed.reset();

        sql("INSERT INTO t VALUES (?)", SECRET);
        String text = printed.toString(UTF_8);
        List<JsonNode> lines = lines();

        assertThat(text).doesNotContain(SECRET, "INSERT", "limit=1");
        JsonNode request = lines.get(0);
        assertThat(request.at("/level").textValue()).isEqualTo("INFO");
        assertThat(request.at("/requestId").textValue()).isEqualTo("request-1");
        assertThat(request.at("/path").textValue()).isEqualTo("/sql");
        assertThat(request.at("/db").textValue()).isEqualTo("database.db");
        assertThat(request.at("/status").intValue()).isEqualTo(200);
        assertThat(request.at("/txid").intValue()).isEqualTo(2);
        assertThat(request.at("/lock_ms").isNumber()).isTrue();
        JsonNode metrics = lines.get(1);
        assertThat(metrics.at("/_aws/CloudWatchMetrics").toString())
                .isEqualTo("[{\"Namespace\":\"CloudSQLite\",\"Dimensions\":[[\"FunctionName\"]],\"Metrics\":["
                        + "{\"Name\":\"RequestTime\",\"Unit\":\"Milliseconds\"},"
                        + "{\"Name\":\"LockWait\",\"Unit\":\"Milliseconds\"}]}]");
        assertThat(metrics.at("/_aws/Timestamp").isIntegralNumber()).isTrue();
        assertThat(metrics.at("/FunctionName").textValue()).isEqualTo("cloudsqlite-lambda");
        assertThat(metrics.at("/LockWait").isNumber()).isTrue();
        assertThat(metrics.at("/RequestTime").isNumber()).isTrue();
    }

    @Test
    void a_read_has_no_wait_for_a_lock() throws IOException {
        sql("SELECT 1");

        JsonNode metrics = lines().get(1);

        assertThat(metrics.has("LockWait")).isFalse();
        assertThat(metrics.at("/_aws").toString()).doesNotContain("LockWait");
    }

    @Test
    void an_error_prints_its_code() throws IOException {
        JsonNode answer = call("GET", "/absent", "");

        assertThat(answer.at("/statusCode").intValue()).isEqualTo(404);
        JsonNode request = lines().get(0);
        assertThat(request.at("/code").textValue()).isEqualTo("NOT_FOUND");
        assertThat(request.at("/status").intValue()).isEqualTo(404);
    }

    @Test
    void an_export_is_base64() throws IOException {
        sql("CREATE TABLE t (x)");

        JsonNode answer = call("GET", "/databases/database.db/export", "");

        assertThat(answer.at("/isBase64Encoded").booleanValue()).isTrue();
        assertThat(new String(answer.at("/body").binaryValue(), 0, 15, UTF_8)).isEqualTo("SQLite format 3");
    }

    @Test
    void what_is_no_http_request_fails_the_invocation() {
        ByteArrayInputStream event = new ByteArrayInputStream("{\"Records\": []}".getBytes(UTF_8));

        assertThatThrownBy(() -> handler.handleRequest(event, new ByteArrayOutputStream(), new TestContext(10_000)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_restored_process_is_cold_and_sees_what_is_in_the_store() throws IOException {
        sql("SELECT 1");

        handler.beforeCheckpoint(null);
        handler.afterRestore(null);

        assertThat(sql("SELECT 1").at("/meta/cold").booleanValue()).isTrue();
    }

    @Test
    void priming_leaves_nothing_behind() throws IOException {
        handler.beforeCheckpoint(null);

        assertThat(printed.size()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"29000, 26000", "6000, 3000", "5000, 2500", "2000, 1000", "1, 1", "0, 1", "-5, 1"})
    void a_request_ends_before_lambda_would_end_it(int remainingMillis, long timeoutMillis) {
        assertThat(ApiGatewayHandler.timeout(remainingMillis)).isEqualTo(Duration.ofMillis(timeoutMillis));
    }

    @Test
    void a_missing_variable_is_named() {
        assertThatThrownBy(() -> Backend.onAws(Map.of("S3_BUCKET_NAME", "b")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("DYNAMODB_TABLE_NAME is not set");
    }
}
