package io.cloudsqlite.lambda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.aws.Emulators;
import io.cloudsqlite.http.HttpBody;
import io.cloudsqlite.http.HttpHeaders;
import io.cloudsqlite.http.HttpRequest;
import io.cloudsqlite.http.HttpResponse;
import io.cloudsqlite.lambda.RuntimeApi.FunctionFailedException;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The jar that is deployed, run as Lambda runs it, on emulators of S3 and DynamoDB. */
@ExtendWith(Emulators.Shared.class)
@Timeout(180)
final class PackagedFunctionIT {

    private static final long MAX_JAR_BYTES = 15_000_000;
    private static final int RUNS = 3;

    private final Emulators emulators;
    private final String bucket;
    private final String table;

    @TempDir
    private Path directory;

    PackagedFunctionIT(Emulators emulators) {
        this.emulators = emulators;
        this.bucket = emulators.newBucket();
        this.table = emulators.newLockTable();
    }

    @BeforeEach
    void make_directories_for_three_machines() throws Exception {
        for (String name : List.of("a", "b", "c")) {
            Files.createDirectories(directory.resolve(name));
        }
    }

    private FunctionProcess.Builder function() {
        return FunctionProcess.over(emulators, bucket, table);
    }

    private FunctionProcess start() throws Exception {
        return function().start(directory.resolve("a"));
    }

    @Test
    void the_jar_is_small_and_has_the_libraries_of_lambdas_processors_only() throws Exception {
        assertThat(Files.size(FunctionProcess.jar())).isLessThan(MAX_JAR_BYTES);
        try (JarFile jar = new JarFile(FunctionProcess.jar().toFile())) {
            List<String> names = jar.stream().map(entry -> entry.getName()).toList();

            assertThat(names.stream().filter(name -> name.matches(".*\\.(so|dll|dylib|jnilib)")))
                    .containsExactlyInAnyOrder(
                            "org/sqlite/native/Linux/aarch64/libsqlitejdbc.so",
                            "org/sqlite/native/Linux/x86_64/libsqlitejdbc.so");
            assertThat(names).noneMatch(name -> name.startsWith("META-INF/versions/"));
            assertThat(names).doesNotHaveDuplicates();
        }
    }

    @Test
    void the_first_projects_calls_work_cold_and_warm() throws Exception {
        try (FunctionProcess function = start()) {
            assertThat(function.sql("SELECT 1 as test;"))
                    .contains("\"data\":[{\"test\":1}]")
                    .contains("\"cold\":true");
            assertThat(function.sql("CREATE TABLE test (id INTEGER PRIMARY KEY, name TEXT);"))
                    .contains("\"success\":true")
                    .contains("\"cold\":false");
            assertThat(function.sql("INSERT INTO test (name) VALUES (\"Hello World\");"))
                    .contains("1 rows affected");
            assertThat(function.sql("SELECT * FROM test;")).contains("\"data\":[{\"id\":1,\"name\":\"Hello World\"}]");

            assertThat(function.output().lines().filter(line -> line.startsWith("{")))
                    .as("two lines a request, and nothing else: %s", function.output())
                    .hasSize(8)
                    .allMatch(line -> line.endsWith("}"))
                    .noneMatch(line -> line.contains("Hello") || line.contains("SELECT"));
        }
    }

    @Test
    void a_database_too_large_to_be_carried_is_told_from_one_that_is_not() throws Exception {
        try (FunctionProcess function = start()) {
            function.sql("CREATE TABLE t (x)");
            function.sql("INSERT INTO t VALUES (zeroblob(3000000))");
            HttpRequest export = HttpRequest.of("GET", "/databases/database.db/export", "");
            try (HttpResponse response = function.send(export)) {
                byte[] file = response.body().stream().readAllBytes();
                assertThat(response.status()).isEqualTo(200);
                assertThat(file).startsWith("SQLite format 3".getBytes(UTF_8)).hasSizeGreaterThan(3_000_000);

                HttpRequest reimport =
                        new HttpRequest("PUT", "/databases/copy.db", "", HttpHeaders.NONE, HttpBody.of(file));
                assertThat(function.send(reimport).status()).isEqualTo(200);
            }
            function.sql("INSERT INTO t VALUES (zeroblob(3000000))");
            try (HttpResponse response = function.send(export)) {
                assertThat(response.status()).isEqualTo(413);
                assertThat(new String(response.body().stream().readAllBytes(), UTF_8))
                        .contains("RESULT_TOO_LARGE");
            }
        }
    }

    @Test
    void an_event_that_is_no_request_is_an_error_and_the_next_request_is_answered() throws Exception {
        try (FunctionProcess function = start()) {
            byte[] event = "{\"Records\": []}".getBytes(UTF_8);

            assertThatThrownBy(() -> function.runtimeApi().invoke(event, Duration.ofSeconds(5)))
                    .isInstanceOf(FunctionFailedException.class)
                    .hasMessageContaining("The event is not an HTTP request");
            assertThat(function.sql("SELECT 1")).contains("\"success\":true");
        }
    }

    @Test
    void a_function_without_its_environment_does_not_start() throws Exception {
        try (FunctionProcess function =
                function().with("DYNAMODB_TABLE_NAME", "").start(directory)) {
            assertThatThrownBy(() -> function.runtimeApi().awaitReady())
                    .isInstanceOf(FunctionFailedException.class)
                    .hasMessageContaining("DYNAMODB_TABLE_NAME is not set");
        }
    }

    @Test
    void a_write_that_finds_the_database_locked_is_answered_before_lambda_ends_it() throws Exception {
        try (FunctionProcess function = start()) {
            function.sql("CREATE TABLE t (x)");
            emulators
                    .dynamoDb()
                    .putItem(request -> request.tableName(table)
                            .item(Map.of(
                                    "database_name", AttributeValue.fromS("database.db"),
                                    "instance_id", AttributeValue.fromS("somebody else"),
                                    "lease_timeout", seconds(Instant.now().plusSeconds(60)),
                                    "created_at", seconds(Instant.now()))));
            Duration limit = Duration.ofSeconds(4);
            Instant began = Instant.now();

            String answer = function.sql("INSERT INTO t VALUES (1)", limit);

            assertThat(answer).contains("DATABASE_LOCKED");
            assertThat(Duration.between(began, Instant.now())).isBetween(Duration.ofSeconds(1), limit);
            assertThat(function.output()).contains("\"LockWait\":");
        }
    }

    private static AttributeValue seconds(Instant instant) {
        return AttributeValue.fromN(Long.toString(instant.getEpochSecond()));
    }

    @Test
    void a_restored_function_answers_and_sees_what_others_wrote_since() throws Exception {
        try (FunctionProcess other = function().start(directory.resolve("a"));
                FunctionProcess function = function().snapStart().start(directory.resolve("b"))) {
            other.sql("CREATE TABLE t (x)");
            function.runtimeApi().awaitCheckpoint();
            try (var files = Files.list(directory.resolve("b"))) {
                assertThat(files.map(file -> file.getFileName().toString()))
                        .as("nothing of the priming is in the snapshot")
                        .noneMatch(name -> name.startsWith("cloudsqlite-priming"));
            }
            other.sql("INSERT INTO t VALUES (42)");

            function.runtimeApi().restore();

            assertThat(function.sql("SELECT * FROM t"))
                    .contains("\"data\":[{\"x\":42}]")
                    .contains("\"cold\":true");
            assertThat(function.sql("INSERT INTO t VALUES (43)")).contains("\"success\":true");
        }
    }

    /** The emulators speak plain HTTP, AWS does not: no class that only TLS needs may be missing. */
    @Test
    void stores_behind_tls_are_reached() throws Exception {
        try (TlsServer s3 = TlsServer.start(directory);
                FunctionProcess function = FunctionProcess.over(
                                s3.endpoint(), emulators.dynamoDbEndpoint(), bucket, table)
                        .option("-Djavax.net.ssl.trustStore=" + s3.trustStore())
                        .option("-Djavax.net.ssl.trustStorePassword=" + TlsServer.PASSWORD)
                        .start(directory.resolve("a"))) {
            assertThat(function.sql("SELECT * FROM t")).contains("DATABASE_NOT_FOUND");
            assertThat(s3.requests()).isPositive();
        }
    }

    @Test
    void instances_that_write_one_database_lose_nothing() throws Exception {
        int writesEach = 15;
        List<FunctionProcess> functions = new ArrayList<>();
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            for (String machine : List.of("a", "b", "c")) {
                functions.add(function().start(directory.resolve(machine)));
            }
            functions.get(0).sql("CREATE TABLE counter (n)");
            functions.get(0).sql("INSERT INTO counter VALUES (0)");
            List<Future<Integer>> acknowledged = functions.stream()
                    .map(function -> threads.submit(() -> increment(function, writesEach)))
                    .toList();
            int sum = 0;
            for (Future<Integer> one : acknowledged) {
                sum += one.get();
            }

            assertThat(sum).isEqualTo(3 * writesEach);
            assertThat(functions.get(1).sql("SELECT n FROM counter")).contains("[{\"n\":" + sum + "}]");
        } finally {
            threads.shutdownNow();
            for (FunctionProcess function : functions) {
                function.close();
            }
        }
    }

    private static int increment(FunctionProcess function, int times) throws Exception {
        int done = 0;
        for (int i = 0; i < times; i++) {
            String answer = function.sql("UPDATE counter SET n = n + 1");
            assertThat(answer).contains("\"success\":true");
            done++;
        }
        return done;
    }

    /** On the JDK of the build, or on those whose homes {@code -Dfunction.java.homes} names, with colons between them. */
    @Test
    void times_are_printed() throws Exception {
        Path classes = Path.of(EmptyHandler.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        Path empty = Files.createDirectories(directory.resolve("empty"));
        Path source = classes.resolve("io/cloudsqlite/lambda/EmptyHandler.class");
        Files.createDirectories(empty.resolve("io/cloudsqlite/lambda"));
        Files.copy(source, empty.resolve("io/cloudsqlite/lambda/EmptyHandler.class"));
        String[] homes = System.getProperty("function.java.homes", System.getProperty("java.home"))
                .split(File.pathSeparator, -1);
        StringBuilder table = new StringBuilder("the jar has " + Files.size(FunctionProcess.jar()) + " bytes\n");
        for (String home : homes) {
            Path jdk = Path.of(home);
            table.append(home).append('\n');
            for (int run = 1; run <= RUNS; run++) {
                FunctionProcess.Builder nothing =
                        new FunctionProcess.Builder().handler(EmptyHandler.class.getName(), empty);
                measure(table, "empty", nothing.on(jdk), false);
                measure(table, "cold", function().on(jdk), false);
                measure(table, "snapshot", function().snapStart().on(jdk), true);
            }
        }
        System.out.println(table);

        assertThat(Pattern.compile("first answer").matcher(table).results()).hasSize(3 * RUNS * homes.length);
    }

    private void measure(StringBuilder table, String what, FunctionProcess.Builder builder, boolean isSnapshot)
            throws Exception {
        long began = System.nanoTime();
        try (FunctionProcess function = builder.start(directory.resolve("a"))) {
            if (isSnapshot) {
                function.runtimeApi().awaitCheckpoint();
                long checkpoint = System.nanoTime();
                function.runtimeApi().restore();
                function.runtimeApi().awaitReady();
                table.append("%-9s until checkpoint %5d ms, restore %5d ms"
                        .formatted(what, millis(began, checkpoint), millis(checkpoint, System.nanoTime())));
            } else {
                function.runtimeApi().awaitReady();
                table.append("%-9s init             %5d ms                 "
                        .formatted(what, millis(began, System.nanoTime())));
            }
            long ready = System.nanoTime();
            function.sql("SELECT 1");
            long read = System.nanoTime();
            function.sql("CREATE TABLE IF NOT EXISTS t (x)");
            long written = System.nanoTime();
            function.sql("SELECT 1");
            table.append(", first answer %5d ms, first write %5d ms, next read %5d ms%n"
                    .formatted(millis(ready, read), millis(read, written), millis(written, System.nanoTime())));
        }
    }

    private static long millis(long from, long to) {
        return (to - from) / 1_000_000;
    }
}
