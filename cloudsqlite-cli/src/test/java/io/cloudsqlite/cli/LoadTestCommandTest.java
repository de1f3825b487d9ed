package io.cloudsqlite.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.sun.net.httpserver.HttpServer;
import io.cloudsqlite.cli.Commands.Ended;
import io.cloudsqlite.http.ApiLimits;
import io.cloudsqlite.http.EmbeddedServer;
import io.cloudsqlite.http.HttpApi;
import io.cloudsqlite.http.ServerLimits;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.sql.SqlLimits;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadTestCommandTest {

    @TempDir
    private Path directory;

    private CloudSqlite cloud;
    private EmbeddedServer server;

    @BeforeEach
    void serve() throws IOException {
        cloud = CloudSqlite.builder(new InMemoryBlobStore(), new InMemoryLockManager())
                .workDirectory(directory)
                .executor(SqlExecutor.guarded(SqlLimits.DEFAULT))
                .build();
        HttpApi api = new HttpApi(cloud, ApiLimits.DEFAULT, "test", TimeSource.system());
        server = EmbeddedServer.start(api, "127.0.0.1", 0, ServerLimits.DEFAULT);
    }

    @AfterEach
    void stop() {
        server.close();
        cloud.close();
    }

    @Test
    void a_mixed_load_is_measured_and_reported() {
        Ended ended = Commands.runPlain("load-test", "-u", url(), "-r", "20", "-c", "4");

        assertThat(ended.err()).isEmpty();
        assertThat(ended.exitCode()).isZero();
        assertThat(ended.out())
                .contains("mixed load on load-test.db at " + url() + "/sql, 4 at a time")
                .containsPattern("requests +20 in ")
                .containsPattern("succeeded +20 \\(100\\.0 %\\)")
                .containsPattern("failed +0 \\(0\\.0 %\\)")
                .containsPattern("throughput +[0-9.]+ requests/s")
                .containsPattern("p50 [0-9.]+ ms, p90 [0-9.]+ ms, p95 [0-9.]+ ms, p99 [0-9.]+ ms");
        assertThat(rowsOf("load-test.db"))
                .as("one row to prepare, four by the load")
                .isEqualTo(5);
    }

    @Test
    void the_report_can_be_json() throws Exception {
        Ended ended = Commands.runPlain(
                "load-test",
                "-u",
                url() + "/sql",
                "-r",
                "10",
                "--workload",
                "write",
                "--database",
                "mine.db",
                "--json");

        assertThat(ended.exitCode()).isZero();
        Map<String, String> report = members(ended.out());
        assertThat(report)
                .containsEntry("url", url() + "/sql")
                .containsEntry("database", "mine.db")
                .containsEntry("workload", "write")
                .containsEntry("requests", "10")
                .containsEntry("succeeded", "10")
                .containsEntry("failed", "0")
                .containsKeys(
                        "elapsed_ms", "requests_per_second", "latency_ms.avg", "latency_ms.p50", "latency_ms.p99");
        assertThat(rowsOf("mine.db")).isEqualTo(11);
    }

    @Test
    void a_read_load_writes_nothing() {
        Ended ended = Commands.runPlain("load-test", "-u", url(), "-r", "10", "--workload", "read");

        assertThat(ended.exitCode()).isZero();
        assertThat(rowsOf("load-test.db")).isEqualTo(1);
    }

    @Test
    void a_server_that_is_not_there_is_told() {
        String url = url();
        server.close();

        Ended ended = Commands.runPlain("load-test", "-u", url);

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.err()).matches("cloudsqlite: cannot prepare the load test at http.*: cannot connect\\R");
    }

    @Test
    void failures_are_counted_by_kind_and_all_failing_is_exit_code_1() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        HttpServer failing = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        failing.createContext("/sql", exchange -> {
            int number = requests.incrementAndGet();
            String body = number <= 2
                    ? "{\"success\": true}"
                    : number % 2 == 0
                            ? "{\"success\": false, \"error\": \"locked\", \"code\": \"DATABASE_LOCKED\"}"
                            : "<html>Bad Gateway</html>";
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(number <= 2 ? 200 : number % 2 == 0 ? 409 : 502, body.length());
            exchange.getResponseBody().write(body.getBytes(StandardCharsets.UTF_8));
            exchange.close();
        });
        failing.start();
        try {
            Ended ended = Commands.runPlain(
                    "load-test",
                    "-u",
                    "http://127.0.0.1:" + failing.getAddress().getPort(),
                    "-r",
                    "10",
                    "-c",
                    "1",
                    "--json");

            assertThat(ended.exitCode()).isEqualTo(1);
            assertThat(members(ended.out()))
                    .containsEntry("succeeded", "0")
                    .containsEntry("failed", "10")
                    .containsEntry("failures.HTTP 409 DATABASE_LOCKED", "5")
                    .containsEntry("failures.HTTP 502, not JSON", "5");
        } finally {
            failing.stop(0);
        }
    }

    private String url() {
        return "http://127.0.0.1:" + server.port();
    }

    private long rowsOf(String database) {
        Object count = cloud.database(database)
                .execute("SELECT count(*) FROM load_test")
                .rows()
                .get(0)
                .get(0);
        return (Long) count;
    }

    /** The members of an object and of the objects in it, by their paths. */
    private static Map<String, String> members(String json) throws IOException {
        Map<String, String> members = new HashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isScalarValue()) {
                    members.put(
                            parser.getParsingContext()
                                    .pathAsPointer()
                                    .toString()
                                    .substring(1)
                                    .replace('/', '.'),
                            parser.getText());
                }
            }
        }
        return members;
    }
}
