package io.cloudsqlite.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.cli.Commands.Ended;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ServeCommandTest {

    private static final Pattern CURL_LINE =
            Pattern.compile("curl -H 'Content-Type: application/json' -d '(\\{.*\\})' (http://\\S+/sql)");

    @TempDir
    private Path directory;

    @Test
    @Timeout(60)
    void the_curl_line_works_as_it_is_printed() throws Exception {
        TestConsole console = TestConsole.piped(new byte[0]);
        AtomicInteger exitCode = new AtomicInteger(-1);
        Thread serving = new Thread(
                () -> exitCode.set(Main.run(console, new Commands(directory).withStore("serve", "--port=0"))));
        serving.start();

        Await.until("the curl line", () -> CURL_LINE.matcher(console.written()).find() || !serving.isAlive());
        Matcher curl = CURL_LINE.matcher(console.written());
        assertThat(curl.find()).as(console.writtenToErr()).isTrue();
        String answer = send(HttpRequest.newBuilder(URI.create(curl.group(2)))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(curl.group(1))));
        assertThat(answer).contains("\"data\":[{\"test\":1}]");

        serving.interrupt();
        serving.join(Duration.ofSeconds(30).toMillis());
        assertThat(exitCode).hasValue(0);
        assertThat(console.writtenToErr()).isEmpty();
    }

    @Test
    @Timeout(60)
    void databases_in_use_are_maintained_in_the_background() throws Exception {
        TestConsole console = TestConsole.piped(new byte[0]);
        Thread serving = new Thread(() ->
                Main.run(console, new Commands(directory).withStore("serve", "--port=0", "--maintenance-interval=1")));
        serving.start();
        Await.until("the curl line", () -> CURL_LINE.matcher(console.written()).find() || !serving.isAlive());
        Matcher curl = CURL_LINE.matcher(console.written());
        assertThat(curl.find()).as(console.writtenToErr()).isTrue();
        String url = curl.group(2).replace("/sql", "");

        // Too large for whoever commits to make a checkpoint himself.
        post(url, "CREATE TABLE t AS SELECT randomblob(3000000) AS x");
        post(url, "INSERT INTO t SELECT randomblob(3000000)");
        post(url, "INSERT INTO t SELECT randomblob(3000000)");

        Await.until("a checkpoint", () -> logLength(url) == 0);
        serving.interrupt();
        serving.join(Duration.ofSeconds(30).toMillis());
        assertThat(console.writtenToErr()).isEmpty();
    }

    private static void post(String url, String sql) {
        String answer = send(HttpRequest.newBuilder(URI.create(url + "/sql"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"sql_statement\": \"" + sql + "\"}")));
        assertThat(answer).contains("\"success\":true");
    }

    private static int logLength(String url) {
        Matcher length = Pattern.compile("\"log_length\":([0-9]+)")
                .matcher(send(HttpRequest.newBuilder(URI.create(url + "/databases/database.db"))));
        assertThat(length.find()).isTrue();
        return Integer.parseInt(length.group(1));
    }

    private static String send(HttpRequest.Builder request) {
        try {
            return HttpClient.newHttpClient()
                    .send(request.build(), BodyHandlers.ofString())
                    .body();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_request_may_take_less_time_than_an_own_command() {
        assertThat(Commands.runPlain("serve", "--help").out()).containsPattern("--timeout=SECONDS[^-]*Default: 25\\.");
        assertThat(Commands.runPlain("sql", "--help").out()).containsPattern("--timeout=SECONDS[^-]*Default: 60\\.");
    }

    @Test
    void a_port_in_use_is_told_in_one_line() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Ended ended = new Commands(directory).run("serve", "--port=" + taken.getLocalPort());

            assertThat(ended.exitCode()).isEqualTo(1);
            assertThat(ended.err())
                    .matches("cloudsqlite: cannot listen at 127\\.0\\.0\\.1 port " + taken.getLocalPort()
                            + " .*--port.*\\R");
        }
    }
}
