package io.cloudsqlite.lambda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.aws.Emulators;
import io.cloudsqlite.http.HttpRequest;
import io.cloudsqlite.http.HttpResponse;
import io.cloudsqlite.lambda.FunctionProcess.PayloadFormat;
import io.cloudsqlite.lambda.RuntimeApi.FunctionFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged function when its time is up in the middle of an upload: the network to S3 falls silent while a write is
 * published. Either the function's own deadline comes, and it answers; or Lambda ends the process first. What the next
 * invocation finds is a whole database, in which the write is not at all or once.
 */
@ExtendWith(Emulators.Shared.class)
@Timeout(180)
final class InterruptedUploadIT {

    /** Gives a request half of it, and its lease five seconds more: less than another writer waits. */
    private static final Duration LIMIT = Duration.ofSeconds(6);

    private static final Duration LONG_LIMIT = Duration.ofSeconds(29);

    /** More than a socket takes in while nobody reads at its other end. */
    private static final int LARGE_MEGABYTES = 16;

    /** More than S3BlobStore sends in one piece. */
    private static final int MULTIPART_MEGABYTES = 70;

    private static final String THIRD_PART = "partNumber=3";
    private static final int ARRIVING_BYTES = 1 << 20;
    private static final String INCREMENT = "UPDATE counter SET n = n + 1";

    private final Emulators emulators;
    private final String bucket;
    private final String table;
    private final ExecutorService caller = Executors.newSingleThreadExecutor();

    @TempDir
    private Path directory;

    private StallingProxy network;

    InterruptedUploadIT(Emulators emulators) {
        this.emulators = emulators;
        this.bucket = emulators.newBucket();
        this.table = emulators.newLockTable();
    }

    @BeforeEach
    void open_network() throws IOException {
        network = StallingProxy.before(emulators.s3Endpoint());
    }

    @AfterEach
    void close_network() throws IOException {
        network.close();
        caller.shutdownNow();
    }

    /** A process, on the machine of the one before if there was one. */
    private FunctionProcess start() throws IOException {
        // In this format a commit uploads the whole database, which takes long enough to be interrupted.
        return FunctionProcess.over(network.endpoint(), emulators.dynamoDbEndpoint(), bucket, table)
                .with(Backend.FORMAT, "file")
                .start(Files.createDirectories(directory.resolve("machine")));
    }

    private static void fill(FunctionProcess function, int megabytes) throws Exception {
        assertThat(function.sql("CREATE TABLE counter AS SELECT 0 AS n")).contains("\"success\":true");
        assertThat(function.sql("CREATE TABLE filling AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c"
                        + " WHERE i < " + megabytes + ") SELECT randomblob(1000000) AS x FROM c"))
                .contains("\"success\":true");
    }

    private String put() {
        return "PUT /" + bucket + "/database.db HTTP";
    }

    /** The status and the body of the answer to an increment that has so long. */
    private static String increment(FunctionProcess function, Duration limit) throws Exception {
        HttpRequest request = HttpRequest.post("/sql", "{\"sql_statement\": \"" + INCREMENT + "\"}");
        try (HttpResponse response = function.send(request, PayloadFormat.V2, limit)) {
            return response.status() + " " + new String(response.body().stream().readAllBytes(), UTF_8);
        }
    }

    /** Begins an increment, and kills the process when the network has fallen silent. */
    private void incrementAndKill(FunctionProcess function, Duration limit) throws Exception {
        Future<String> answer = caller.submit(() -> increment(function, limit));
        network.awaitStall();
        function.close();
        assertThatThrownBy(answer::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(FunctionFailedException.class);
        network.heal();
    }

    private void assertCounter(FunctionProcess function, int n) throws Exception {
        assertThat(function.sql("SELECT n FROM counter")).contains("\"data\":[{\"n\":" + n + "}]");
        Path file = directory.resolve("downloaded-" + System.nanoTime() + ".db");
        emulators.s3().getObject(request -> request.bucket(bucket).key("database.db"), file);
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                ResultSet check = connection.createStatement().executeQuery("PRAGMA integrity_check")) {
            assertThat(check.getString(1)).isEqualTo("ok");
        }
    }

    /** After a process that was ended, this waits until its lease has lapsed. */
    private void assertNextWriteCounts(FunctionProcess function, int n) throws Exception {
        assertThat(function.sql(INCREMENT)).contains("\"success\":true");
        assertCounter(function, n);
    }

    @Test
    void upload_that_does_not_end_in_time_is_answered_and_did_not_happen() throws Exception {
        try (FunctionProcess function = start()) {
            fill(function, LARGE_MEGABYTES);
            network.stallRequest(put(), ARRIVING_BYTES);
            Instant began = Instant.now();

            String answer = increment(function, LIMIT);

            assertThat(answer).startsWith("503 ").contains("STORAGE_UNAVAILABLE");
            assertThat(Duration.between(began, Instant.now())).isLessThan(LIMIT);
            network.heal();
            assertCounter(function, 0);
            assertNextWriteCounts(function, 1);
        }
    }

    @Test
    void upload_in_parts_that_does_not_end_in_time_is_answered_and_did_not_happen() throws Exception {
        try (FunctionProcess function = start()) {
            fill(function, MULTIPART_MEGABYTES);
            network.stallRequest(THIRD_PART, ARRIVING_BYTES);
            Instant began = Instant.now();

            String answer = increment(function, LIMIT);

            assertThat(answer).startsWith("503 ").contains("STORAGE_UNAVAILABLE");
            assertThat(Duration.between(began, Instant.now())).isLessThan(LIMIT);
            network.heal();
            assertCounter(function, 0);
            assertNextWriteCounts(function, 1);
        }
    }

    @Test
    void upload_whose_answer_does_not_come_in_time_is_unknown_and_happened_once() throws Exception {
        try (FunctionProcess function = start()) {
            fill(function, 1);
            network.stallAnswer(put());
            Instant began = Instant.now();

            String answer = increment(function, LIMIT);

            assertThat(answer).startsWith("504 ").contains("COMMIT_UNKNOWN");
            assertThat(Duration.between(began, Instant.now())).isLessThan(LIMIT);
            network.heal();
            assertCounter(function, 1);
            assertNextWriteCounts(function, 2);
        }
    }

    @Test
    void function_that_is_ended_in_the_middle_of_an_upload_has_written_nothing() throws Exception {
        try (FunctionProcess function = start()) {
            fill(function, LARGE_MEGABYTES);
            network.stallRequest(put(), ARRIVING_BYTES);

            incrementAndKill(function, LIMIT);
        }
        try (FunctionProcess next = start()) {
            assertCounter(next, 0);
            assertNextWriteCounts(next, 1);
        }
    }

    @Test
    void function_that_is_ended_between_the_parts_of_an_upload_has_written_nothing() throws Exception {
        try (FunctionProcess function = start()) {
            fill(function, MULTIPART_MEGABYTES);
            network.stallRequest(THIRD_PART, ARRIVING_BYTES);

            incrementAndKill(function, LONG_LIMIT);
        }
        try (FunctionProcess next = start()) {
            assertCounter(next, 0);
        }
    }

    @Test
    void function_that_is_ended_before_it_hears_of_its_upload_has_written_once() throws Exception {
        try (FunctionProcess function = start()) {
            fill(function, 1);
            network.stallAnswer(put());

            incrementAndKill(function, LIMIT);
        }
        try (FunctionProcess next = start()) {
            assertCounter(next, 1);
            assertNextWriteCounts(next, 2);
        }
    }
}
