package io.cloudsqlite.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.store.CountingBlobStore;
import io.cloudsqlite.store.FaultyBlobStore;
import io.cloudsqlite.store.FaultyBlobStore.Call;
import io.cloudsqlite.store.FaultyBlobStore.Fault;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients are told when something behind the API fails. */
final class HttpApiFailureTest {

    private static final String INSERT = "{\"sql_statement\": \"INSERT INTO t VALUES (1)\"}";
    private static final int MAX_IMPORT_BYTES = 1 << 20;

    private final FaultyBlobStore store = new FaultyBlobStore(new InMemoryBlobStore());
    private final CountingBlobStore counted = new CountingBlobStore(store);
    private final InMemoryLockManager locks = new InMemoryLockManager();
    private final Path directory;
    private final LocalApi local;

    HttpApiFailureTest(@TempDir Path directory) {
        this.directory = directory;
        ApiLimits limits = new ApiLimits(6 << 20, 6 << 20, MAX_IMPORT_BYTES, Duration.ofSeconds(5));
        local = new LocalApi(counted, locks, directory.resolve("work"), limits, Duration.ofSeconds(1));
        send(HttpRequest.post("/sql", "{\"sql_statement\": \"CREATE TABLE t (a)\"}"));
    }

    @AfterEach
    void close() {
        local.close();
    }

    private record Reply(int status, String text, String retryAfter) {}

    private Reply send(HttpRequest request) {
        return send(local, request);
    }

    private static Reply send(LocalApi local, HttpRequest request) {
        try (HttpResponse response = local.api.handle(request)) {
            String text = new String(response.body().stream().readAllBytes(), UTF_8);
            return new Reply(
                    response.status(),
                    text,
                    response.headers().get("Retry-After").orElse(""));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertRefused(Reply reply, int status, String code) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(status);
        assertThat(reply.text()).startsWith("{\"success\":false,").contains("\"code\":\"" + code + "\"");
    }

    @Test
    void a_store_that_does_not_answer_is_503_and_may_be_tried_again() {
        store.script(Call.GET, Fault.UNAVAILABLE);

        Reply reply = send(HttpRequest.post("/sql", "{\"sql_statement\": \"SELECT * FROM t\"}"));

        assertRefused(reply, 503, "STORAGE_UNAVAILABLE");
        assertThat(reply.retryAfter()).isEqualTo("1");
    }

    @Test
    void a_commit_that_got_lost_for_good_is_504_and_tells_its_id() {
        for (int put = 0; put < 100; put++) {
            store.script(Call.PUT, Fault.LOST_BEFORE);
        }

        Reply reply = send(HttpRequest.post("/sql", INSERT));

        assertRefused(reply, 504, "COMMIT_UNKNOWN");
        assertThat(reply.text()).containsPattern("\"commit_id\":\"[0-9a-f]{32}\"}$");
        assertThat(reply.retryAfter()).isEmpty();
    }

    @Test
    void a_commit_that_got_lost_can_be_sent_again_if_it_has_a_key() {
        for (int put = 0; put < 8; put++) {
            store.script(Call.PUT, Fault.LOST_BEFORE);
        }

        Reply unknown = send(HttpRequest.post("/sql", INSERT).withHeader("Idempotency-Key", "k"));
        Reply done = send(HttpRequest.post("/sql", INSERT).withHeader("Idempotency-Key", "k"));
        Reply again = send(HttpRequest.post("/sql", INSERT).withHeader("Idempotency-Key", "k"));

        assertRefused(unknown, 504, "COMMIT_UNKNOWN");
        assertThat(done.status()).as(done.text()).isEqualTo(200);
        assertThat(again.status()).as(again.text()).isEqualTo(200);
        Reply rows = send(HttpRequest.post("/sql", "{\"sql_statement\": \"SELECT count(*) AS n FROM t\"}"));
        assertThat(rows.text()).contains("[{\"n\":1}]");
    }

    @Test
    void a_locked_database_is_409_and_may_be_tried_again() {
        Deadline deadline = Deadline.after(Duration.ofSeconds(5), TimeSource.system());
        try (Lease lease = locks.acquire(DatabaseName.DEFAULT, Duration.ofMinutes(1), deadline)) {
            lease.ensureValid();

            Reply reply = send(HttpRequest.post("/sql", INSERT));

            assertRefused(reply, 409, "DATABASE_LOCKED");
            assertThat(reply.retryAfter()).isEqualTo("1");
        }
    }

    @Test
    void an_import_that_others_overtook_is_a_conflict() throws IOException {
        HttpBody file = local.api
                .handle(HttpRequest.of("GET", "/databases/database.db/export", ""))
                .body();
        try (LocalApi rival = new LocalApi(store, new InMemoryLockManager(), directory.resolve("rival"))) {
            store.before(
                    Call.PUT,
                    () -> rival.api.handle(HttpRequest.post("/sql", INSERT)).close());

            Reply reply =
                    send(HttpRequest.of("PUT", "/databases/database.db", "").withBody(file));

            assertRefused(reply, 409, "WRITE_CONFLICT");
        }
    }

    @Test
    void a_statement_past_its_time_limit_is_408() {
        Reply reply = send(HttpRequest.post(
                "/sql",
                "{\"sql_statement\": \"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
                        + " SELECT count(*) FROM n\"}"));

        assertRefused(reply, 408, "QUERY_TIMEOUT");
    }

    @Test
    void a_damaged_database_is_500_and_is_not_served() {
        try (LocalApi fresh = new LocalApi(store, locks, directory.resolve("fresh"))) {
            // What was damaged on its way is read again; what stays damaged is not.
            for (int read = 1; read <= 4; read++) {
                store.script(Call.GET, Fault.FLIPPED);
            }

            Reply reply = send(fresh, HttpRequest.post("/sql", "{\"sql_statement\": \"SELECT * FROM t\"}"));

            assertRefused(reply, 500, "DATABASE_CORRUPT");
        }
    }

    @Test
    void an_interrupted_request_is_503_and_leaves_the_flag_set() {
        Thread.currentThread().interrupt();

        Reply reply = send(HttpRequest.post("/sql", INSERT));

        assertThat(Thread.interrupted()).isTrue();
        assertRefused(reply, 503, "SHUTTING_DOWN");
    }

    @Test
    void a_defect_is_500_and_tells_nothing_of_itself() {
        store.before(Call.GET, () -> {
            throw new IllegalStateException("secret /path");
        });

        Reply reply = send(HttpRequest.post("/sql", "{\"sql_statement\": \"SELECT * FROM t\"}"));

        assertRefused(reply, 500, "INTERNAL");
        assertThat(reply.text())
                .isEqualTo(
                        "{\"success\":false,"
                                + "\"error\":\"An internal error occurred; the server's log says more\",\"code\":\"INTERNAL\"}");
    }

    @Test
    void a_body_that_breaks_off_is_400_and_nothing_is_run() {
        counted.reset();

        Reply sql = send(HttpRequest.post("/sql", "").withBody(broken()));
        Reply file = send(HttpRequest.of("PUT", "/databases/a.db", "").withBody(broken()));

        assertRefused(sql, 400, "INVALID_REQUEST");
        assertRefused(file, 400, "INVALID_REQUEST");
        assertThat(counted.counts().requests()).isZero();
    }

    @Test
    void a_body_that_says_it_is_too_large_is_refused_unread() {
        HttpBody huge = new HttpBody(broken().stream(), OptionalLong.of(Long.MAX_VALUE));

        assertRefused(send(HttpRequest.post("/sql", "").withBody(huge)), 413, "REQUEST_TOO_LARGE");
        assertRefused(send(HttpRequest.of("PUT", "/databases/a.db", "").withBody(huge)), 413, "REQUEST_TOO_LARGE");
    }

    @Test
    void a_body_that_turns_out_too_large_is_refused_once_it_does() {
        assertRefused(send(HttpRequest.post("/sql", "").withBody(endless())), 413, "REQUEST_TOO_LARGE");
        assertRefused(send(HttpRequest.of("PUT", "/databases/a.db", "").withBody(endless())), 413, "REQUEST_TOO_LARGE");
    }

    @Test
    void health_makes_no_call_to_the_store() {
        counted.reset();

        Reply reply = send(HttpRequest.of("GET", "/health", ""));

        assertThat(reply.text()).isEqualTo("{\"status\":\"ok\",\"version\":\"test\"}");
        assertThat(counted.counts().requests()).isZero();
    }

    @Test
    void a_request_that_is_not_understood_makes_no_call_to_the_store() {
        counted.reset();

        send(HttpRequest.post("/sql", "{\"sql\": \"SELECT 1\"}"));
        send(HttpRequest.post("/sql", "{\"sql_statement\": \"ATTACH 'x' AS y\"}"));
        send(HttpRequest.post("/sql", "{\"sql_statement\": \"SELECT 1; SELECT 2\"}"));
        send(HttpRequest.of("GET", "/nowhere", ""));

        assertThat(counted.counts().requests()).isZero();
    }

    private static HttpBody broken() {
        return body((bytes, offset, length) -> {
            throw new IOException("connection reset");
        });
    }

    private static HttpBody endless() {
        return body((bytes, offset, length) -> {
            Arrays.fill(bytes, offset, offset + length, (byte) 'x');
            return length;
        });
    }

    @FunctionalInterface
    private interface Reader {
        int read(byte[] bytes, int offset, int length) throws IOException;
    }

    /** A body of unknown length. */
    private static HttpBody body(Reader reader) {
        InputStream stream = new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0];
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return reader.read(bytes, offset, length);
            }
        };
        return new HttpBody(stream, OptionalLong.empty());
    }
}
