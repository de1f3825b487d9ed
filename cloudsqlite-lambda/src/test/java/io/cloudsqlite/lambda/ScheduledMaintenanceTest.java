package io.cloudsqlite.lambda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cloudsqlite.lambda.logging.LogLines;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.FaultyBlobStore;
import io.cloudsqlite.store.FaultyBlobStore.Call;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.SystemRandom;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ScheduledMaintenanceTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final String CONSTANT = "{\"cloudsqlite\": \"maintain\"}";
    private static final String SCHEDULED = """
            {"version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event",
             "source": "aws.events", "account": "123456789012", "time": "2026-11-03T14:30:00Z", "region": "us-east-1",
             "resources": ["arn:aws:events:us-east-1:123456789012:rule/maintenance"], "detail": {}}""";

    @TempDir
    private Path directory;

    private final ManualTime time = new ManualTime();
    private final FaultyBlobStore store = new FaultyBlobStore(new InMemoryBlobStore(time));
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final LogLines lines = new LogLines(new PrintStream(printed, true, UTF_8));

    private CloudSqlite open() {
        return CloudSqlite.builder(store, new InMemoryLockManager(time, SystemRandom.create()))
                .workDirectory(directory)
                .time(time)
                .build();
    }

    /** A database whose log is as long as it is itself, and too large for whoever commits to do anything about it. */
    private static void makeLongLog(CloudSqlite cloud, String name) {
        cloud.database(name).execute("CREATE TABLE t AS SELECT randomblob(5000000) AS x");
        cloud.database(name).execute("UPDATE t SET x = randomblob(5000000)");
    }

    private JsonNode maintain(CloudSqlite cloud) throws IOException {
        new ScheduledMaintenance(cloud, TIMEOUT, time).run().writeTo(lines, new TestContext(10_000), false);
        String text = printed.toString(UTF_8);
        printed.reset();
        assertThat(text.lines()).hasSize(1);
        return JSON.readTree(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {CONSTANT, SCHEDULED})
    void a_schedule_makes_the_function_maintain_its_databases(String event) throws IOException {
        ApiGatewayHandler handler = new ApiGatewayHandler(() -> Backend.inMemory(directory), lines);
        ByteArrayOutputStream answer = new ByteArrayOutputStream();

        handler.handleRequest(new ByteArrayInputStream(event.getBytes(UTF_8)), answer, new TestContext(10_000));

        assertThat(answer.size()).isZero();
        JsonNode line = JSON.readTree(printed.toString(UTF_8));
        assertThat(line.at("/message").textValue()).isEqualTo("maintenance");
        assertThat(line.at("/level").textValue()).isEqualTo("INFO");
        assertThat(line.at("/requestId").textValue()).isEqualTo("request-1");
        assertThat(line.at("/databases").intValue()).isZero();
        assertThat(line.at("/complete").booleanValue()).isTrue();
        assertThat(line.at("/cold").booleanValue()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"cloudsqlite\": \"delete\"}",
                "{\"source\": \"aws.s3\", \"detail-type\": \"Scheduled Event\"}",
                "{\"source\": \"aws.events\", \"detail-type\": \"Something else\"}",
                "{\"body\": {\"cloudsqlite\": \"maintain\"}}"
            })
    void any_other_event_fails_as_before(String event) {
        ApiGatewayHandler handler = new ApiGatewayHandler(() -> Backend.inMemory(directory), lines);

        assertThatThrownBy(() -> handler.handleRequest(
                        new ByteArrayInputStream(event.getBytes(UTF_8)),
                        new ByteArrayOutputStream(),
                        new TestContext(10_000)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void what_was_done_is_told_in_one_line() throws IOException {
        try (CloudSqlite cloud = open()) {
            makeLongLog(cloud, "a.db");
            cloud.database("b.db").execute("CREATE TABLE t (x)");

            JsonNode line = maintain(cloud);

            assertThat(line.at("/databases").intValue()).isEqualTo(2);
            assertThat(line.at("/checkpoints").intValue()).isEqualTo(1);
            assertThat(line.at("/failed").intValue()).isZero();
            assertThat(line.has("failures")).isFalse();
            assertThat(line.at("/duration_ms").isNumber()).isTrue();
            assertThat(cloud.describe(cloud.database("a.db").database()).logLength())
                    .isZero();
        }
    }

    @Test
    void a_database_that_fails_is_told_and_does_not_keep_the_others_waiting() throws IOException {
        store.put(
                "a.db",
                BlobBody.of("no manifest".getBytes(UTF_8)),
                Map.of("cloudsqlite-format", "log", "cloudsqlite-txid", "1"),
                PutCondition.ALWAYS,
                Deadline.after(Duration.ofSeconds(5), time));
        try (CloudSqlite cloud = open()) {
            makeLongLog(cloud, "b.db");

            JsonNode line = maintain(cloud);

            assertThat(line.at("/level").textValue()).isEqualTo("WARN");
            assertThat(line.at("/failed").intValue()).isEqualTo(1);
            assertThat(line.at("/failures/0").textValue()).startsWith("a.db: ").contains("damaged");
            assertThat(line.at("/databases").intValue()).isEqualTo(1);
            assertThat(line.at("/checkpoints").intValue()).isEqualTo(1);
            assertThat(line.at("/complete").booleanValue()).isTrue();
        }
    }

    @Test
    void when_there_is_no_time_left_the_rest_is_left_to_the_next_invocation() throws IOException {
        try (CloudSqlite cloud = open()) {
            makeLongLog(cloud, "a.db");
            makeLongLog(cloud, "b.db");
            store.before(Call.PUT, () -> time.advance(TIMEOUT.plusSeconds(1)));

            JsonNode first = maintain(cloud);
            JsonNode second = maintain(cloud);

            assertThat(first.at("/level").textValue()).isEqualTo("WARN");
            assertThat(first.at("/complete").booleanValue()).isFalse();
            assertThat(second.at("/complete").booleanValue()).isTrue();
            assertThat(first.at("/checkpoints").intValue()
                            + second.at("/checkpoints").intValue())
                    .isEqualTo(2);
        }
    }

    @Test
    void the_format_of_new_databases_is_that_of_the_environment() {
        Map<String, String> environment =
                Map.of("S3_BUCKET_NAME", "b", "DYNAMODB_TABLE_NAME", "t", "CLOUDSQLITE_FORMAT", "zip");

        assertThatThrownBy(() -> Backend.onAws(environment))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("CLOUDSQLITE_FORMAT is 'zip'")
                .hasMessageContaining("[file, log]");
    }
}
