package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.lock.GrantingLockManager;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.HookedBlobStore;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.SystemRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds of format {@code file} alone: what lies in the store is a SQLite file. */
class FileFormatTest {

    private static final long LARGE_BYTES = 5_000_000;

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final InMemoryBlobStore store = new InMemoryBlobStore(time);
    private final HookedBlobStore hooked = new HookedBlobStore(store);
    private Cloud cloud;

    @BeforeEach
    void open() {
        InMemoryLockManager locks = new InMemoryLockManager(time, SystemRandom.create());
        cloud = new Cloud(store, locks, directory.resolve("work"), time, DatabaseFormat.FILE);
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    @Test
    void stored_object_is_a_plain_database_that_any_tool_opens() throws Exception {
        // given
        cloud.createCounter();
        cloud.increment();

        // when
        byte[] stored = storedBytes();

        // then
        assertThat(stored[18]).as("write version: rollback journal").isEqualTo((byte) 1);
        assertThat(stored[19]).as("read version: rollback journal").isEqualTo((byte) 1);
        Path file = Files.write(directory.resolve("plain.db"), stored);
        try (Connection plain = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = plain.createStatement()) {
            assertThat(statement.executeQuery("PRAGMA integrity_check").getString(1))
                    .isEqualTo("ok");
            assertThat(statement.executeQuery("SELECT n FROM counter").getLong(1))
                    .isEqualTo(1);
        }
    }

    @Test
    void bytes_of_a_version_never_repeat_even_if_the_content_does() throws IOException {
        // given
        cloud.createCounter();
        cloud.app().execute("UPDATE counter SET n = 1");
        byte[] first = storedBytes();

        // when
        cloud.app().execute("UPDATE counter SET n = 2");
        cloud.app().execute("UPDATE counter SET n = 1");

        // then
        assertThat(storedBytes()).isNotEqualTo(first).hasSameSizeAs(first);
    }

    @Test
    void large_database_comes_in_ranges_of_one_version_and_the_stream_that_has_begun_is_the_first() {
        // given
        createLarge();
        hooked.forget();

        // when
        long bytes = sizeReadBy(newProcess());

        // then
        assertThat(bytes).isEqualTo(LARGE_BYTES);
        assertThat(hooked.count("GET")).isEqualTo(1);
        assertThat(hooked.count("RANGE")).isBetween(2L, 7L);
        assertThat(hooked.count("")).isEqualTo(hooked.count("GET") + hooked.count("RANGE"));
    }

    @Test
    void large_database_is_not_called_damaged_when_a_thread_that_fetches_it_runs_out_of_memory() {
        // given
        createLarge();
        Thread caller = Thread.currentThread();
        CountDownLatch hasFailed = new CountDownLatch(1);
        hooked.before(call -> {
            if (call.startsWith("RANGE") && Thread.currentThread().equals(caller)) {
                await(hasFailed);
            } else if (call.startsWith("RANGE")) {
                hasFailed.countDown();
                throw new OutOfMemoryError("for a test");
            }
        });

        // when, then
        try (CloudSqlite other = CloudSqlite.builder(hooked, new GrantingLockManager())
                .workDirectory(directory.resolve("threads"))
                .time(time)
                .build()) {
            assertThatThrownBy(() -> other.database("app.db").execute("SELECT 1 FROM large"))
                    .isInstanceOf(OutOfMemoryError.class);
        }
        hooked.before(call -> {});
        assertThat(sizeReadBy(newProcess())).isEqualTo(LARGE_BYTES);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void large_database_that_is_replaced_while_it_comes_is_downloaded_again() {
        // given
        createLarge();
        AtomicBoolean isFirst = new AtomicBoolean(true);
        hooked.before(call -> {
            if (call.startsWith("RANGE") && isFirst.getAndSet(false)) {
                cloud.app().execute("INSERT INTO large VALUES (zeroblob(1))");
            }
        });

        // when, then
        assertThat(sizeReadBy(newProcess())).isEqualTo(LARGE_BYTES + 1);
        assertThat(isFirst).isFalse();
    }

    private void createLarge() {
        cloud.app().execute("CREATE TABLE large (b BLOB)");
        cloud.app().execute("INSERT INTO large VALUES (randomblob(" + LARGE_BYTES + "))");
    }

    private Cloud newProcess() {
        return new Cloud(hooked, new GrantingLockManager(), directory.resolve("other"), time, DatabaseFormat.FILE);
    }

    private static long sizeReadBy(Cloud process) {
        try (process) {
            return (Long)
                    process.app().execute("SELECT sum(length(b)) FROM large").single();
        }
    }

    private byte[] storedBytes() throws IOException {
        try (GetOutcome.Found found = (GetOutcome.Found) store.get("app.db", Optional.empty(), soon())) {
            return found.body().readAllBytes();
        }
    }

    private Deadline soon() {
        return Deadline.after(Duration.ofMinutes(1), time);
    }
}
