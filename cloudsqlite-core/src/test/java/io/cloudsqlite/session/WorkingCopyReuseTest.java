package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.lock.GrantingLockManager;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.CountingBlobStore;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.ManualTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a process does with the working copy that an earlier one left: uses it if it is whole, and only then. */
@ParameterizedClass
@EnumSource(DatabaseFormat.class)
class WorkingCopyReuseTest {

    /** The fields of the SQLite header that CloudSQLite and SQLite set anew, so that damage to them does no harm. */
    private static final Set<Integer> IRRELEVANT_HEADER_BYTES = Set.of(18, 19, 24, 25, 26, 27, 92, 93, 94, 95);

    @Parameter
    DatabaseFormat format;

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final CountingBlobStore store = new CountingBlobStore(new InMemoryBlobStore(time));

    private long manifestBytes;

    @BeforeEach
    void leave_a_working_copy() {
        try (Cloud earlier = newProcess()) {
            earlier.createCounter();
            earlier.increment();
            earlier.increment();
        }
        manifestBytes = store.head("app.db", Deadline.after(Duration.ofMinutes(1), time))
                .orElseThrow()
                .sizeBytes();
        store.reset();
    }

    @Test
    void whole_copy_is_used_without_a_download() {
        // when
        try (Cloud cloud = newProcess()) {
            assertThat(cloud.counter()).isEqualTo(2);
        }

        // then
        assertThat(store.counts().requests()).isEqualTo(1);
        assertThat(store.counts().notModified()).isEqualTo(1);
    }

    @Test
    void whole_copy_can_be_written_to_at_once() {
        // when
        try (Cloud cloud = newProcess()) {
            cloud.increment();
        }

        // then
        assertThat(store.counts().readBytes())
                .as("nothing but the manifest, which no earlier process left")
                .isEqualTo(format == DatabaseFormat.LOG ? manifestBytes : 0);
        try (Cloud cloud = newProcess()) {
            assertThat(cloud.counter()).isEqualTo(3);
            assertThat(cloud.txid()).isEqualTo(4);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {".db", "state"})
    void any_damage_to_the_copy_or_its_state_is_noticed(String suffix) throws IOException {
        for (double part = 0; part < 1; part += 1.0 / 61) {
            // given
            Path file = left(suffix);
            byte[] bytes = Files.readAllBytes(file);
            int at = (int) (bytes.length * part);
            if (suffix.equals(".db") && IRRELEVANT_HEADER_BYTES.contains(at)) {
                continue;
            }
            bytes[at] ^= 0x20;
            Files.write(file, bytes);
            store.reset();

            // when
            try (Cloud cloud = newProcess()) {
                assertThat(cloud.counter()).as("with byte %d damaged", at).isEqualTo(2);
            }

            // then
            assertThat(store.counts().readBytes()).as("downloaded again").isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {".db", "state"})
    void truncated_or_missing_files_are_noticed(String suffix) throws IOException {
        for (double part : new double[] {-1, 0, 0.5, 0.999}) {
            // given
            Path file = left(suffix);
            byte[] bytes = Files.readAllBytes(file);
            if (part < 0) {
                Files.delete(file);
            } else {
                Files.write(file, Arrays.copyOf(bytes, (int) (bytes.length * part)));
            }
            store.reset();

            // when
            try (Cloud cloud = newProcess()) {
                assertThat(cloud.counter()).isEqualTo(2);
            }

            // then
            assertThat(store.counts().readBytes()).as("downloaded again").isPositive();
        }
    }

    @Test
    void journals_beside_the_copy_are_not_played_into_it() throws IOException {
        // given
        Path main = left(".db");
        Path walOfAnotherTime = uncommittedWal(main);
        assertThat(walOfAnotherTime).exists();

        // when
        try (Cloud cloud = newProcess()) {
            // then
            assertThat(cloud.counter()).isEqualTo(2);
        }
    }

    @Test
    void copy_of_a_database_that_has_moved_on_is_brought_up_to_date() {
        // given
        try (Cloud rival = new Cloud(store, new GrantingLockManager(), directory.resolve("rival"), time, format)) {
            rival.increment();
        }

        // when
        try (Cloud cloud = newProcess()) {
            // then
            assertThat(cloud.counter()).isEqualTo(3);
        }
    }

    @Test
    void two_processes_do_not_share_a_copy() {
        try (Cloud first = newProcess();
                Cloud second = newProcess()) {
            // when
            first.increment();
            second.increment();
            first.increment();

            // then
            assertThat(first.counter()).isEqualTo(5);
            assertThat(second.counter()).isEqualTo(5);
        }
    }

    @Test
    void nothing_but_the_newest_copy_stays_on_the_disk() throws IOException {
        // when
        try (Cloud cloud = newProcess();
                Cloud rival = new Cloud(store, new GrantingLockManager(), directory.resolve("rival"), time, format)) {
            for (int i = 0; i < 5; i++) {
                rival.increment();
                cloud.increment();
                cloud.counter();
            }
        }

        // then
        assertThat(filesLeft(".db")).hasSize(1);
    }

    @Test
    void wal_stays_small_although_readers_overlap_all_the_time() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService readers = Executors.newFixedThreadPool(3);
        try (Cloud cloud = newProcess()) {
            // given
            cloud.app().execute("CREATE TABLE blob (b)");
            cloud.app().execute("INSERT INTO blob VALUES (zeroblob(100000))");
            SqlStatement slow =
                    SqlStatement.of("WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i LIMIT 30000)"
                            + " SELECT max(x + n) FROM i, counter");
            List<Future<Long>> reads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                reads.add(readers.submit(() -> {
                    long count = 0;
                    while (!done.get()) {
                        cloud.app().execute(slow, RequestOptions.DEFAULT.withMaxStaleness(Duration.ofHours(1)));
                        count++;
                    }
                    return count;
                }));
            }

            // when
            long largest = 0;
            for (int i = 0; i < 35; i++) {
                cloud.app().execute("UPDATE blob SET b = randomblob(100000)");
                largest = Math.max(largest, Files.size(left("-wal")));
            }
            done.set(true);

            // then
            for (Future<Long> read : reads) {
                assertThat(read.get()).isPositive();
            }
            assertThat(largest).as("of 3.5 MB that were written").isLessThan(2 << 20);
        } finally {
            done.set(true);
            readers.shutdown();
        }
    }

    /** A WAL with a committed transaction that the main file does not have, as a process leaves it that is killed. */
    private static Path uncommittedWal(Path main) throws IOException {
        Path scratch = Files.createTempDirectory("wal").resolve("copy.db");
        Files.copy(main, scratch);
        try (Connection writer = DriverManager.getConnection("jdbc:sqlite:" + scratch);
                Statement statement = writer.createStatement()) {
            statement.execute("PRAGMA wal_autocheckpoint = 0");
            statement.execute("UPDATE counter SET n = 99");
            return Files.copy(Path.of(scratch + "-wal"), Path.of(main + "-wal"), StandardCopyOption.REPLACE_EXISTING);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private Cloud newProcess() {
        return new Cloud(store, new GrantingLockManager(), directory.resolve("work"), time, format);
    }

    private Path left(String suffix) {
        return filesLeft(suffix).get(0);
    }

    private List<Path> filesLeft(String suffix) {
        try (Stream<Path> files = Files.walk(directory.resolve("work").resolve("0"))) {
            return files.filter(file -> file.toString().endsWith(suffix)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
