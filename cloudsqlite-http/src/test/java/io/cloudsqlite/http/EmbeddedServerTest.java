package io.cloudsqlite.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.store.FaultyBlobStore;
import io.cloudsqlite.store.FaultyBlobStore.Call;
import io.cloudsqlite.store.InMemoryBlobStore;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the server adds to the API: bounds, and an end. Requests are held in the store, on a latch, where that matters. */
@Timeout(60)
final class EmbeddedServerTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String READ = "{\"sql_statement\": \"SELECT count(*) AS n FROM t\"}";

    private final FaultyBlobStore store = new FaultyBlobStore(new InMemoryBlobStore());
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private final ExecutorService clients = Executors.newCachedThreadPool();
    private final LocalApi local;

    private final Path directory;

    EmbeddedServerTest(@TempDir Path directory) {
        this.directory = directory;
        local = new LocalApi(store, new InMemoryLockManager(), directory);
        local.api
                .handle(HttpRequest.post("/sql", "{\"sql_statement\": \"CREATE TABLE t (a)\"}"))
                .close();
    }

    @AfterEach
    void close() {
        released.countDown();
        clients.shutdownNow();
        local.close();
    }

    private EmbeddedServer start(int maxRunning, int maxWaiting, Duration maxWait, Duration grace) throws IOException {
        return EmbeddedServer.start(
                local.api, "127.0.0.1", 0, new ServerLimits(maxRunning, maxWaiting, maxWait, grace));
    }

    private static RemoteApi client(EmbeddedServer server) {
        return new RemoteApi("http://127.0.0.1:" + server.port());
    }

    private record Reply(int status, String text) {}

    private static Reply read(RemoteApi client) throws IOException, InterruptedException {
        try (HttpResponse response = client.send(HttpRequest.post("/sql", READ))) {
            return new Reply(
                    response.status(), new String(response.body().stream().readAllBytes(), UTF_8));
        }
    }

    /** Sends a read whose call to the store does not return until {@link #released}; returns once it is there. */
    private Future<Reply> holdARead(RemoteApi client) throws InterruptedException {
        store.before(Call.GET, () -> {
            entered.countDown();
            try {
                released.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new OperationInterruptedException("interrupted", e);
            }
        });
        Future<Reply> held = clients.submit(() -> read(client));
        assertThat(entered.await(30, TimeUnit.SECONDS)).isTrue();
        return held;
    }

    @Test
    void a_chunk_of_negative_length_is_a_bad_request() throws Exception {
        try (EmbeddedServer server = start(1, 0, LONG, LONG);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            List<String> lines = List.of(
                    "POST /sql HTTP/1.1",
                    "Host: x",
                    "Connection: close",
                    "Transfer-Encoding: chunked",
                    "",
                    "-1",
                    "",
                    "");
            socket.getOutputStream().write(String.join("\r\n", lines).getBytes(UTF_8));
            socket.shutdownOutput();

            String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);

            assertThat(answer).startsWith("HTTP/1.1 400 ").contains("\"code\":\"INVALID_REQUEST\"");
        }
    }

    @Test
    void a_request_over_the_bounds_is_refused_at_once() throws Exception {
        try (EmbeddedServer server = start(1, 0, LONG, LONG)) {
            RemoteApi client = client(server);
            Future<Reply> held = holdARead(client);

            Reply refused = read(client);
            released.countDown();

            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.text()).contains("\"code\":\"OVERLOADED\"");
            assertThat(held.get().status()).isEqualTo(200);
        }
    }

    @Test
    void a_request_that_waited_in_vain_is_refused() throws Exception {
        try (EmbeddedServer server = start(1, 1, Duration.ofMillis(50), LONG)) {
            RemoteApi client = client(server);
            Future<Reply> held = holdARead(client);

            Reply refused = read(client);
            released.countDown();

            assertThat(refused.text()).contains("\"code\":\"OVERLOADED\"");
            assertThat(held.get().status()).isEqualTo(200);
        }
    }

    @Test
    void a_request_that_waits_is_answered_when_its_turn_comes() throws Exception {
        try (EmbeddedServer server = start(1, 1, LONG, LONG)) {
            RemoteApi client = client(server);
            Future<Reply> held = holdARead(client);

            Future<Reply> waiting = clients.submit(() -> read(client));
            released.countDown();

            assertThat(held.get().status()).isEqualTo(200);
            assertThat(waiting.get().status()).isEqualTo(200);
        }
    }

    @Test
    void an_overloaded_server_is_alive() throws Exception {
        try (EmbeddedServer server = start(1, 0, LONG, LONG)) {
            RemoteApi client = client(server);
            Future<Reply> held = holdARead(client);

            try (HttpResponse health = client.send(HttpRequest.of("GET", "/health", ""))) {
                assertThat(health.status()).isEqualTo(200);
            }
            released.countDown();

            assertThat(held.get().status()).isEqualTo(200);
        }
    }

    @Test
    void a_flood_is_answered_with_a_bounded_number_of_threads() throws Exception {
        int maxRunning = 2;
        int maxWaiting = 4;
        Set<Thread> before = serverThreads();
        try (EmbeddedServer server = start(maxRunning, maxWaiting, LONG, LONG)) {
            Future<Reply> held = holdARead(client(server));

            // The ones that are let in are not answered before the store is, all the others are.
            int refused = 40 - (maxRunning + maxWaiting - 1);
            CountDownLatch answered = new CountDownLatch(refused);
            List<Future<String>> flood = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                flood.add(clients.submit(() -> {
                    String answer = readOnNewConnection(server.port());
                    answered.countDown();
                    return answer;
                }));
            }
            assertThat(answered.await(30, TimeUnit.SECONDS)).isTrue();
            Set<Thread> threads = serverThreads();
            threads.removeAll(before);
            released.countDown();

            for (Future<String> answer : flood) {
                assertThat(answer.get()).containsPattern("\\AHTTP/1.1 (200|503) ");
            }
            assertThat(threads).hasSizeLessThanOrEqualTo(maxRunning + maxWaiting + 8);
            assertThat(held.get().status()).isEqualTo(200);
        }
    }

    /** The threads of all servers in this process. */
    private static Set<Thread> serverThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("cloudsqlite-http-"))
                .collect(Collectors.toCollection(HashSet::new));
    }

    /** A plain socket, for each client of the JDK has a thread of its own. */
    private static String readOnNewConnection(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(post("/sql").getBytes(UTF_8));
            return readAnswer(socket.getInputStream());
        }
    }

    private static String post(String path) {
        return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + READ.length() + "\r\n\r\n" + READ;
    }

    @Test
    void closing_lets_requests_that_are_under_way_end_and_refuses_new_ones() throws Exception {
        EmbeddedServer server = start(2, 2, LONG, LONG);
        RemoteApi client = client(server);
        Future<Reply> held = holdARead(client);

        Future<?> closing = clients.submit(server::close);
        Reply refused = read(client);
        while (refused.status() == 200) {
            refused = read(client);
        }
        assertThat(closing.isDone()).isFalse();
        released.countDown();

        assertThat(refused.text()).contains("\"code\":\"SHUTTING_DOWN\"");
        assertThat(held.get().status()).isEqualTo(200);
        closing.get();
        assertThatThrownBy(() -> read(client)).isInstanceOf(ConnectException.class);
    }

    @Test
    void a_request_that_outlives_the_grace_is_cut_off() throws Exception {
        EmbeddedServer server = start(1, 0, LONG, Duration.ZERO);
        Future<Reply> held = holdARead(client(server));

        server.close();

        assertThatThrownBy(held::get).hasCauseInstanceOf(IOException.class);
    }

    @Test
    void closing_an_idle_server_takes_no_grace_and_closing_twice_does_nothing() throws Exception {
        EmbeddedServer server = start(1, 0, LONG, Duration.ofDays(1));
        read(client(server));

        server.close();
        server.close();

        assertThatThrownBy(() -> read(client(server))).isInstanceOf(ConnectException.class);
    }

    @Test
    void a_connection_serves_one_request_after_another() throws Exception {
        try (EmbeddedServer server = start(2, 2, LONG, LONG);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            String good = post("/sql");
            String unread = post("/nowhere");

            for (String request : List.of(good, unread, good)) {
                socket.getOutputStream().write(request.getBytes(UTF_8));
                assertThat(readAnswer(socket.getInputStream()))
                        .startsWith(request.equals(good) ? "HTTP/1.1 200" : "HTTP/1.1 404");
            }
        }
    }

    /** One answer, head and body. */
    private static String readAnswer(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int read = in.read();
            assertThat(read).as("what follows %s", head).isNotNegative();
            head.append((char) read);
        }
        int length = Integer.parseInt(head.toString().replaceAll("(?is).*content-length: *([0-9]+).*", "$1"));
        return head + new String(in.readNBytes(length), UTF_8);
    }

    @Test
    void a_large_database_goes_out_and_comes_in_as_a_stream() throws Exception {
        try (EmbeddedServer server = start(2, 2, LONG, LONG)) {
            RemoteApi client = client(server);
            String fill =
                    "{\"sql_statement\": \"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 24)"
                            + " INSERT INTO t SELECT randomblob(1000000) FROM n\"}";
            client.send(HttpRequest.post("/sql", fill)).close();

            try (HttpResponse exported = client.send(HttpRequest.of("GET", "/databases/database.db/export", ""))) {
                HttpBody ofUnknownLength = new HttpBody(exported.body().stream(), OptionalLong.empty());
                try (HttpResponse imported = client.send(
                        HttpRequest.of("PUT", "/databases/copy.db", "").withBody(ofUnknownLength))) {
                    assertThat(exported.headers().get("Content-Length").map(Long::parseLong))
                            .hasValueSatisfying(size -> assertThat(size).isGreaterThan(24_000_000));
                    assertThat(imported.status()).isEqualTo(200);
                }
            }

            try (HttpResponse counted = client.send(HttpRequest.post(
                    "/sql",
                    "{\"sql_statement\": \"SELECT sum(length(a)) AS n FROM t\", \"database_name\": \"copy.db\"}"))) {
                assertThat(new String(counted.body().stream().readAllBytes(), UTF_8))
                        .contains("\"data\":[{\"n\":24000000}]");
            }
        }
    }

    @Test
    void an_export_that_breaks_off_is_not_taken_for_a_whole_one() throws Exception {
        try (EmbeddedServer server = start(1, 0, LONG, LONG)) {
            // More than any buffer holds: of a small answer nothing would have been sent,
            // and the client would ask again.
            String fill = "{\"sql_statement\": \"INSERT INTO t VALUES (zeroblob(1000000))\"}";
            local.api.handle(HttpRequest.post("/sql", fill)).close();
            damageWorkingCopy();

            try (HttpResponse response =
                    client(server).send(HttpRequest.of("GET", "/databases/database.db/export", ""))) {
                assertThatThrownBy(() -> response.body().stream().readAllBytes())
                        .isInstanceOf(IOException.class);
            }
        }
    }

    /** Makes one byte in the middle of the local file wrong, which shows when all of it has been read. */
    private void damageWorkingCopy() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            Path copy = files.filter(file -> file.getFileName().toString().matches("copy-.*\\.db"))
                    .findFirst()
                    .orElseThrow();
            byte[] bytes = Files.readAllBytes(copy);
            bytes[bytes.length / 2] ^= 1;
            Files.write(copy, bytes);
        }
    }

    @Test
    void a_client_that_is_still_sending_too_much_hears_why_it_is_refused() throws Exception {
        try (EmbeddedServer server = start(1, 0, LONG, LONG)) {
            HttpRequest request = HttpRequest.post("/sql", " ".repeat(2 * ApiLimits.DEFAULT.maxRequestBytes()));

            try (HttpResponse response = client(server).send(request)) {
                assertThat(response.status()).isEqualTo(413);
            }
        }
    }
}
