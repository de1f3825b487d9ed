package io.cloudsqlite.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.session.Answer;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a transport may say about a request, and is told about its answer. */
final class RequestContextTest {

    private final InMemoryLockManager locks = new InMemoryLockManager();
    private final LocalApi local;
    private final List<String> observed = new ArrayList<>();

    private final RequestContext observing = RequestContext.NONE.withObserver(new RequestContext.Observer() {
        @Override
        public void executed(DatabaseName database, Answer<?> answer) {
            observed.add(database + " " + answer.txid());
        }

        @Override
        public void failed(String code) {
            observed.add(code);
        }
    });

    RequestContextTest(@TempDir Path directory) {
        local = new LocalApi(new InMemoryBlobStore(), locks, directory);
    }

    @AfterEach
    void close() {
        local.close();
    }

    private String send(HttpRequest request, RequestContext context) {
        try (HttpResponse response = local.api.handle(request, context)) {
            return new String(response.body().stream().readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static HttpRequest sql(String statement) {
        return HttpRequest.post("/sql", "{\"sql_statement\": \"" + statement + "\"}");
    }

    @Test
    @Timeout(8)
    void a_request_gives_up_when_its_own_timeout_says_so() {
        Deadline deadline = Deadline.after(Duration.ofSeconds(5), TimeSource.system());
        try (Lease lease = locks.acquire(DatabaseName.DEFAULT, Duration.ofMinutes(1), deadline)) {
            lease.ensureValid();

            RequestContext hurried = observing.withTimeout(Duration.ofMillis(50));

            assertThat(send(sql("CREATE TABLE t (x)"), hurried)).contains("DATABASE_LOCKED");
            assertThat(send(HttpRequest.of("DELETE", "/databases/database.db", ""), hurried))
                    .contains("DATABASE_LOCKED");
            assertThat(observed).containsExactly("DATABASE_LOCKED", "DATABASE_LOCKED");
        }
    }

    @Test
    void whether_a_process_is_new_is_told_only_by_those_who_know() {
        assertThat(send(sql("SELECT 1"), RequestContext.NONE)).doesNotContain("cold");
        assertThat(send(sql("SELECT 1"), RequestContext.NONE.withCold(true))).contains(",\"cold\":true}}");
        assertThat(send(sql("SELECT 1"), RequestContext.NONE.withCold(false))).contains(",\"cold\":false}}");
    }

    @Test
    void an_observer_is_told_what_was_run_and_how_it_failed() {
        send(sql("CREATE TABLE t (x)"), observing);
        send(sql("SELECT * FROM absent"), observing);
        send(HttpRequest.of("GET", "/absent", ""), observing);
        send(HttpRequest.of("PUT", "/sql", ""), observing);

        assertThat(observed).containsExactly("database.db 1", "SQL_ERROR", "NOT_FOUND", "METHOD_NOT_ALLOWED");
    }

    @Test
    void no_timeout_is_zero() {
        assertThatThrownBy(() -> RequestContext.NONE.withTimeout(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
