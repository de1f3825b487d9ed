package io.cloudsqlite.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.Fuzz;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.store.InMemoryBlobStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests at random, most of them wrong in some place: each gets an answer of the contract, none of which is a defect's, and
 * the next request is answered as if nothing had happened. Those that run change a database that all cases share, so a failure may need the
 * cases before it.
 */
@Timeout(3600)
final class HttpFuzzTest {

    private static final String ONE = "{\"sql_statement\": \"SELECT 1 AS one\"}";

    private static final String[] METHODS = {
        "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "get", "", "G\u00c4T", "CONNECT"
    };
    private static final String[] SEGMENTS = {
        "",
        "sql",
        "health",
        "databases",
        "a.db",
        "export",
        "history",
        "..",
        ".",
        "%2e%2e",
        "a%00b",
        "\u00e4",
        "a b",
        "a.db-wal",
        "x"
    };
    private static final String[] QUERY_NAMES = {"limit", "after", "before", "txid", "time", "x", "", "%6cimit", "%"};
    private static final String[] HEADERS = {
        "Content-Type",
        "If-None-Match",
        "If-Match",
        "Idempotency-Key",
        "Origin",
        "Sec-Fetch-Site",
        "Host",
        "X-Any",
        "Accept"
    };
    private static final String[] TEXTS = {
        "",
        "0",
        "1",
        "-1",
        "2",
        "1000",
        "1001",
        "99999999999999999999",
        "*",
        "\"1\"",
        "application/json",
        "text/plain",
        "null",
        "same-origin",
        "cross-site",
        "http://example.org",
        "2026-01-01T00:00:00Z",
        "2026-13-01",
        "-999999999-01-01T00:00:00Z",
        "+999999999-12-31T23:59:59Z",
        "a.db",
        "a/b",
        "%",
        "%zz",
        "%ff",
        "\u0000",
        "\ud83d\ude00",
        "\u2028",
        "<script>",
        "' OR 1=1",
        "../../etc",
        "objects",
        "arrays",
        "SELECT 1",
        "SELECT ?",
        "SELECT :a",
        "SELECT * FROM t",
        "INSERT INTO t VALUES (?)",
        "DROP TABLE t",
        "CREATE TABLE t (a)",
        "SELECT a FROM t WHERE a = ?2",
        "PRAGMA user_version",
        "VACUUM",
        ";",
        "SELECT x'",
        "SELECT 1e999",
        "SELECT 'a' AS \"a\"\"b\", 2 AS \"a\"\"b\"",
        "SELECT zeroblob(10)",
        "SELECT char(55296)",
        "WITH"
    };
    private static final String[] MEMBERS = {
        "sql_statement",
        "database_name",
        "parameters",
        "statements",
        "max_staleness_ms",
        "min_txid",
        "as_of_txid",
        "as_of",
        "row_format",
        "x",
        "",
        "SQL_STATEMENT",
        "base64",
        "\u0000"
    };
    private static final String[] NUMBERS = {
        "0",
        "1",
        "-1",
        "-0",
        "1.5",
        "1e5",
        "1e400",
        "-1e-400",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "01",
        "+1",
        ".5",
        "1.",
        "0x1",
        "NaN",
        "1e",
        "9007199254740993.0"
    };

    @TempDir
    private Path directory;

    private LocalApi local;

    @BeforeEach
    void open() throws IOException {
        local = LocalApi.patient(new InMemoryBlobStore(), new InMemoryLockManager(), directory, DatabaseFormat.LOG);
        local.handle(HttpRequest.post("/sql", "{\"sql_statement\": \"CREATE TABLE t (a)\"}"))
                .close();
    }

    @AfterEach
    void close() {
        local.close();
    }

    // ---- The API itself

    @Test
    void every_request_gets_an_answer_of_the_contract() {
        Fuzz.cases("requests to the API", 600, random -> {
            HttpRequest request = request(random);
            try (HttpResponse response = local.handle(request)) {
                byte[] body = response.body().stream().readAllBytes();
                String asked =
                        request.method() + " " + request.path() + "?" + request.query() + " " + request.headers();
                requireContract(asked, request.method(), response.status(), response.headers(), body);
            }
            requireItStillAnswers();
        });
    }

    private void requireItStillAnswers() throws IOException {
        try (HttpResponse response = local.handle(HttpRequest.post("/sql", ONE))) {
            String text = new String(response.body().stream().readAllBytes(), UTF_8);
            assertThat(text).startsWith("{\"success\":true,\"data\":[{\"one\":1}],");
        }
    }

    private void requireContract(String asked, String method, int status, HttpHeaders headers, byte[] body)
            throws IOException {
        String text = new String(body, UTF_8);
        assertThat(status).as("%s -> %s", asked, text).isNotEqualTo(500).isBetween(200, 599);
        if (method.equals("HEAD")) {
            assertThat(body).as(asked).isEmpty();
            return;
        }
        assertThat(text)
                .as(asked)
                .doesNotContain(directory.toString(), "\tat ", "java.lang", "Exception", "io.cloudsqlite");
        if (status == 200 && headers.get("Content-Type").orElse("").equals("application/vnd.sqlite3")) {
            assertThat(text).as(asked).startsWith("SQLite format 3");
            return;
        }
        assertThat(headers.get("Content-Type")).as(asked).contains("application/json");
        Map<String, @Nullable Object> answer;
        try {
            answer = StrictJson.readObject(body);
        } catch (IOException e) {
            throw new AssertionError(asked + " -> " + text, e);
        }
        if (status >= 400) {
            assertThat(answer.get("success")).as("%s -> %s", asked, text).isEqualTo(false);
            assertThat(answer.get("error"))
                    .as("%s -> %s", asked, text)
                    .isInstanceOf(String.class)
                    .isNotEqualTo("");
            assertThat(answer.get("code")).as("%s -> %s", asked, text).isInstanceOf(String.class);
            ErrorCode code = ErrorCode.valueOf(String.valueOf(answer.get("code")));
            assertThat(code.answer("x").status()).as("%s -> %s", asked, text).isEqualTo(status);
        } else if (!answer.containsKey("status")) {
            assertThat(answer.get("success")).as("%s -> %s", asked, text).isEqualTo(true);
        }
    }

    private HttpRequest request(SplittableRandom random) {
        if (random.nextInt(3) > 0) {
            HttpRequest request = HttpRequest.post(random.nextBoolean() ? "/sql" : "/", sqlBody(random));
            return random.nextInt(4) == 0 ? request.withHeader(pick(random, HEADERS), pick(random, TEXTS)) : request;
        }
        StringBuilder path = new StringBuilder();
        for (int i = random.nextInt(5); i >= 0; i--) {
            path.append('/').append(pick(random, SEGMENTS));
        }
        if (random.nextInt(3) == 0) {
            path = new StringBuilder("/databases/").append(pick(random, "a.db", "database.db", "b"));
            path.append(pick(random, "", "/export", "/history", "/"));
        }
        StringBuilder query = new StringBuilder();
        for (int i = random.nextInt(3); i > 0; i--) {
            query.append(pick(random, QUERY_NAMES))
                    .append(pick(random, "=", "", "=="))
                    .append(pick(random, TEXTS));
            query.append(pick(random, "&", "", ";"));
        }
        HttpRequest request = HttpRequest.of(pick(random, METHODS), path.toString(), query.toString());
        for (int i = random.nextInt(3); i > 0; i--) {
            request = request.withHeader(pick(random, HEADERS), pick(random, TEXTS));
        }
        return random.nextBoolean() ? request : request.withBody(HttpBody.of(mutated(random, sqlBody(random))));
    }

    /** A body that is right but for its choices, or with a few bytes changed, or none at all. */
    private static String sqlBody(SplittableRandom random) {
        String body = switch (random.nextInt(4)) {
            case 0 -> value(random, 0);
            case 1 ->
                "{\"sql_statement\": " + quoted(pick(random, TEXTS)) + ", \"parameters\": " + value(random, 2) + "}";
            case 2 ->
                "{\"statements\": [{\"sql_statement\": " + quoted(pick(random, TEXTS)) + "}, {\"sql_statement\": "
                        + quoted(pick(random, TEXTS)) + ", \"parameters\": " + value(random, 2) + "}]}";
            default -> members(random, 0);
        };
        return random.nextInt(3) == 0 ? new String(mutated(random, body), ISO_8859_1) : body;
    }

    private static byte[] mutated(SplittableRandom random, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int every = 1 + random.nextInt(60);
        for (byte one : bytes) {
            switch (random.nextInt(every * 4)) {
                case 0 -> out.write(random.nextInt(256));
                case 1 ->
                    out.write(pick(random, "\"", "{", "}", "[", "]", ",", ":", "\\", "\0")
                            .charAt(0));
                case 2 -> out.writeBytes(new byte[] {one, one});
                case 3 -> {
                    // It is left out.
                }
                default -> out.write(one);
            }
        }
        return out.toByteArray();
    }

    private static String value(SplittableRandom random, int depth) {
        return switch (random.nextInt(depth > 11 ? 6 : 9)) {
            case 0 -> "null";
            case 1 -> "true";
            case 2, 3 -> pick(random, NUMBERS);
            case 4, 5 -> quoted(pick(random, TEXTS));
            case 6 -> members(random, depth + 1);
            case 7 -> "{\"base64\": " + quoted(pick(random, "AAEC", "A", "====", "\u00e4", "", "AAEC\n")) + "}";
            default -> {
                List<String> elements = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    elements.add(value(random, depth + 1));
                }
                yield "[" + String.join(",", elements) + "]";
            }
        };
    }

    private static String members(SplittableRandom random, int depth) {
        List<String> members = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            members.add(quoted(pick(random, MEMBERS)) + ":" + value(random, depth + 1));
        }
        return "{" + String.join(",", members) + "}";
    }

    private static String quoted(String text) {
        return StrictJson.write(text);
    }

    private static String pick(SplittableRandom random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    // ---- The server

    /** Bytes on a connection: whatever the JDK's server makes of them, ours says nothing that it should not, and goes on. */
    @Test
    void the_server_survives_whatever_bytes_arrive() throws Exception {
        ServerLimits limits = new ServerLimits(4, 16, Duration.ofMinutes(1), Duration.ofMinutes(1));
        try (EmbeddedServer server = EmbeddedServer.start(local.api, "127.0.0.1", 0, limits)) {
            Fuzz.cases("bytes to the server", 100, random -> {
                byte[] sent = rawRequest(random);
                byte[] received = exchange(server.port(), sent);
                String about = new String(sent, ISO_8859_1) + "\n->\n" + new String(received, ISO_8859_1);
                for (RawAnswer answer : RawAnswer.all(received)) {
                    assertThat(answer.status()).as(about).isNotEqualTo(500);
                    assertThat(answer.body()).as(about).doesNotContain(directory.toString(), "\tat ", "java.lang");
                    if (answer.contentType().equals("application/json")
                            && !answer.body().isEmpty()) {
                        assertThat(StrictJson.readObject(answer.body().getBytes(ISO_8859_1)))
                                .as(about)
                                .isNotEmpty();
                    }
                }

                String next = new String(exchange(server.port(), post(ONE)), UTF_8);
                assertThat(next)
                        .as("after %s", about)
                        .startsWith("HTTP/1.1 200 OK")
                        .contains("{\"success\":true,\"data\":[{\"one\":1}]");
            });
        }
    }

    private static byte[] post(String body) {
        return ("POST /sql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
                        + body.getBytes(UTF_8).length + "\r\n\r\n" + body)
                .getBytes(UTF_8);
    }

    private byte[] rawRequest(SplittableRandom random) {
        if (random.nextInt(10) == 0) {
            byte[] noise = new byte[random.nextInt(300)];
            random.nextBytes(noise);
            return noise;
        }
        HttpRequest request = request(random);
        StringBuilder head = new StringBuilder(request.method() + " " + request.path());
        head.append(request.query().isEmpty() ? "" : "?" + request.query())
                .append(pick(random, " HTTP/1.1", " HTTP/1.1", " HTTP/1.0", " HTTP/9.9", ""));
        head.append("\r\n");
        Map<String, String> headers = new LinkedHashMap<>(request.headers().values());
        String body = sqlBody(random);
        switch (random.nextInt(6)) {
            case 0 ->
                headers.put(
                        "Content-Length",
                        pick(random, "-1", "x", "99999999999999999999", "10", "1e3", "9223372036854775807"));
            case 1 -> {
                headers.put("Transfer-Encoding", pick(random, "chunked", "gzip", "chunked, chunked"));
                body = pick(random, "5\r\n{\"a\":\r\n0\r\n\r\n", "zz\r\n", "-1\r\n\r\n", "7fffffffffff\r\n{", "");
            }
            default -> headers.put("Content-Length", String.valueOf(body.getBytes(UTF_8).length));
        }
        headers.put("Connection", "close");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        byte[] bytes = (head + "\r\n" + body).getBytes(UTF_8);
        return random.nextInt(4) == 0 ? mutated(random, new String(bytes, UTF_8)) : bytes;
    }

    /** Sends bytes, says that there are no more, and reads to the end. */
    private static byte[] exchange(int port, byte[] bytes) throws IOException {
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) Duration.ofMinutes(1).toMillis());
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[8_192];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                received.write(buffer, 0, read);
            }
        } catch (SocketException e) {
            // The server closed the connection on bytes that it did not want.
        }
        return received.toByteArray();
    }

    /** One of the answers that came over a connection. */
    private record RawAnswer(int status, String contentType, String body) {

        /** What is no answer of HTTP/1.1 with a length, or in one chunk after the other, ends the list. */
        static List<RawAnswer> all(byte[] received) {
            List<RawAnswer> answers = new ArrayList<>();
            String text = new String(received, ISO_8859_1);
            int at = 0;
            while (text.startsWith("HTTP/1.1 ", at) && text.indexOf("\r\n\r\n", at) > 0) {
                int end = text.indexOf("\r\n\r\n", at) + 4;
                String head = text.substring(at, end);
                // An answer to HEAD tells a length and has no body.
                boolean hasBody = !text.startsWith("HTTP/1.1 ", end);
                int length = hasBody ? Integer.parseInt(header(head, "Content-length", "0")) : 0;
                boolean whole = end + length <= text.length();
                String body = text.substring(end, whole ? end + length : text.length());
                answers.add(
                        new RawAnswer(Integer.parseInt(head.substring(9, 12)), header(head, "Content-type", ""), body));
                at = end + body.length();
            }
            return answers;
        }

        private static String header(String head, String name, String otherwise) {
            return head.lines()
                    .filter(line -> line.regionMatches(true, 0, name + ": ", 0, name.length() + 2))
                    .map(line -> line.substring(name.length() + 2))
                    .findFirst()
                    .orElse(otherwise);
        }
    }
}
