package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.store.GetOutcome;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds of format {@code file} alone: what lies in the store is a SQLite file. */
class FileFormatTest {

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final InMemoryBlobStore store = new InMemoryBlobStore(time);
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

    private byte[] storedBytes() throws IOException {
        try (GetOutcome.Found found = (GetOutcome.Found) store.get("app.db", Optional.empty(), soon())) {
            return found.body().readAllBytes();
        }
    }

    private Deadline soon() {
        return Deadline.after(Duration.ofMinutes(1), time);
    }
}
