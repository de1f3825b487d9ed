package io.cloudsqlite.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.cli.Commands.Ended;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The jar that users run, in processes of its own. */
@Timeout(180)
class PackagedCommandIT {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    @Test
    void the_first_projects_calls_work_and_a_second_server_sees_the_rows() throws Exception {
        try (CommandProcess first = CommandProcess.start(directory, "serve", "--port=0");
                CommandProcess second = CommandProcess.start(directory, "serve", "--port=0")) {
            String url = first.awaitUrl();
            assertThat(post(url, "SELECT 1 as test;")).contains("\"data\":[{\"test\":1}]");
            assertThat(post(url, "CREATE TABLE test (id INTEGER PRIMARY KEY, name TEXT);"))
                    .contains("\"success\":true");
            assertThat(post(url, "INSERT INTO test (name) VALUES (\\\"Hello World\\\");"))
                    .contains("1 rows affected");
            String rows = "\"data\":[{\"id\":1,\"name\":\"Hello World\"}]";
            assertThat(post(url, "SELECT * FROM test;")).contains(rows);

            assertThat(post(second.awaitUrl(), "SELECT * FROM test;")).contains(rows);
        }
    }

    @Test
    void every_acknowledged_row_survives_kill_9() throws Exception {
        Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
        AtomicInteger nextId = new AtomicInteger();
        for (int round = 1; round <= 3; round++) {
            try (CommandProcess server = CommandProcess.start(directory, "serve", "--port=0")) {
                String url = server.awaitUrl();
                post(url, "CREATE TABLE IF NOT EXISTS written (id INTEGER PRIMARY KEY)");
                int enough = acknowledged.size() + 20;
                ExecutorService writers = Executors.newFixedThreadPool(4);
                List<Future<?>> writing = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    writing.add(writers.submit(() -> writeUntilItFails(url, nextId, acknowledged)));
                }
                Await.until(
                        enough + " rows, or a writer that failed",
                        () -> acknowledged.size() >= enough || writing.stream().anyMatch(Future::isDone));
                server.kill();
                writers.shutdown();
                assertThat(writers.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
                assertThat(acknowledged.size()).as(server.err()).isGreaterThanOrEqualTo(enough);
            }
        }

        try (CommandProcess server = CommandProcess.start(directory, "serve", "--port=0")) {
            String ids = post(server.awaitUrl(), "SELECT group_concat(id) AS ids FROM written");

            assertThat(acknowledged).allSatisfy(id -> assertThat(ids).containsPattern("\\b" + id + "\\b"));
        }
    }

    private static Void writeUntilItFails(String url, AtomicInteger nextId, Set<Integer> acknowledged)
            throws InterruptedException {
        try {
            while (true) {
                int id = nextId.incrementAndGet();
                if (post(url, "INSERT INTO written (id) VALUES (" + id + ")").contains("\"success\":true")) {
                    acknowledged.add(id);
                }
            }
        } catch (IOException e) {
            return null;
        }
    }

    @Test
    void a_server_ends_when_it_is_asked_to() throws Exception {
        try (CommandProcess server = CommandProcess.start(directory, "serve", "--port=0")) {
            String url = server.awaitUrl();
            post(url, "CREATE TABLE t (x)");

            int exitCode = server.terminate();

            assertThat(exitCode).as("128 + SIGTERM").isEqualTo(143);
            assertThat(server.err()).isEmpty();
        }
    }

    @Test
    void text_is_utf_8_in_any_locale() throws Exception {
        Ended ended = run("SELECT 'h\u00e9llo \u4f60' AS t", "C", "sql", "app.db", "-", "--format=csv");

        assertThat(ended).isEqualTo(new Ended(0, "t\r\nh\u00e9llo \u4f60\r\n", ""));
    }

    @Test
    void the_environment_says_how_new_databases_are_stored() throws Exception {
        Map<String, String> file = Map.of("CLOUDSQLITE_FORMAT", "file");

        Ended written = run("", file, "sql", "app.db", "CREATE TABLE t (x)");
        Ended told = run("", file, "sql", "other.db", "CREATE TABLE t (x)", "--storage-format=log");
        Ended wrong = run("", Map.of("CLOUDSQLITE_FORMAT", "zip"), "sql", "app.db", "SELECT 1");

        assertThat(written.err()).isEmpty();
        assertThat(told.err()).isEmpty();
        assertThat(run("", file, "info", "app.db", "--format=json").out()).contains("\"format\":\"file\"");
        assertThat(run("", file, "info", "other.db", "--format=json").out()).contains("\"format\":\"log\"");
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).matches("cloudsqlite: environment variable CLOUDSQLITE_FORMAT: [^\\n]+--help'\\)\\R");
    }

    @Test
    void errors_are_one_line_and_an_exit_code() throws Exception {
        Ended absent = run("", "C.UTF-8", "sql", "absent.db", "SELECT * FROM t");
        Ended wrong = run("", "C.UTF-8", "sql");

        assertThat(absent.exitCode()).isEqualTo(3);
        assertThat(absent.err()).matches("cloudsqlite: .*'absent.db' does not exist.*\\R");
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err().lines()).hasSize(1);
    }

    @Test
    void a_reader_that_has_seen_enough_is_no_error() throws Exception {
        String manyRows =
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT i FROM n";
        String command = String.join(" ", CommandProcess.commandLine()) + " sql app.db '" + manyRows
                + "' --format csv --store memory: --work-dir " + directory + " | head -n 1";

        try (CommandProcess piped = CommandProcess.start(new ProcessBuilder("sh", "-c", command))) {
            assertThat(piped.await("")).isEqualTo(new Ended(0, "i\r\n", ""));
        }
    }

    @Test
    void a_benchmark_that_is_interrupted_leaves_no_files_on_the_disk() throws Exception {
        try (CommandProcess bench = CommandProcess.start(directory, "bench", "--quick", "--sizes=1")) {
            Await.until("workloads", () -> bench.err().contains("warm read"));
            bench.terminate();
        }

        try (Stream<Path> left = Files.list(directory.resolve("work"))) {
            assertThat(left).isEmpty();
        }
    }

    private Ended run(String input, String locale, String... arguments) throws Exception {
        return run(input, Map.of("LC_ALL", locale), arguments);
    }

    private Ended run(String input, Map<String, String> environment, String... arguments) throws Exception {
        List<String> commandLine = new ArrayList<>(CommandProcess.commandLine());
        commandLine.addAll(List.of(new Commands(directory).withStore(arguments)));
        ProcessBuilder builder = new ProcessBuilder(commandLine);
        builder.environment().putAll(environment);
        try (CommandProcess process = CommandProcess.start(builder)) {
            return process.await(input);
        }
    }

    private static String post(String url, String sql) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/sql"))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"sql_statement\": \"" + sql + "\"}"))
                .build();
        return HTTP.send(request, BodyHandlers.ofString()).body();
    }
}
