package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.lock.FileLockManager;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.CountingBlobStore;
import io.cloudsqlite.store.CountingBlobStore.Counts;
import io.cloudsqlite.store.FileBlobStore;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A database of 1 GB passes through a process whose heap is an eighth of that, in every format. */
class LargeDatabaseIT {

    private static final DatabaseName LARGE = DatabaseName.of("large.db");
    private static final long MEGABYTE = 1_000_000;
    private static final long MEGABYTES = 1_000;
    private static final long SMALL_BYTES = 64 << 10;
    private static final long MAX_RANGE_BYTES = 16 << 20;
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    /** Not in the system's temporary directory, which may be small, or memory. */
    private Path directory;

    @BeforeEach
    void make_directory() throws IOException {
        directory = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "large-");
    }

    @AfterEach
    void delete_directory() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(file);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(DatabaseFormat.class)
    void gigabyte_is_written_updated_and_downloaded_with_a_heap_of_128_mb(DatabaseFormat format) throws Exception {
        // given
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LargeDatabaseIT.class.getName(),
                        directory.toString(),
                        format.label())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile())
                .start();

        // when
        int exitCode = process.waitFor();

        // then
        String output = Files.readString(directory.resolve("output"));
        System.out.println(output);
        assertThat(exitCode).as(output).isZero();
    }

    /** What the process does in which the test runs it. */
    public static void main(String[] arguments) throws Exception {
        DatabaseFormat format = DatabaseFormat.of(arguments[1]).orElseThrow();
        Path store = Path.of(arguments[0], "store");
        Life life = new Life(Path.of(arguments[0]), format, new CountingBlobStore(new FileBlobStore(store)));
        switch (format) {
            case FILE -> life.inFormatFile();
            case LOG -> life.inFormatLog();
        }
    }

    /** What such a database goes through. */
    private static final class Life {

        private final Path directory;
        private final DatabaseFormat format;
        private final CountingBlobStore store;
        private long stepBegan = System.nanoTime();

        Life(Path directory, DatabaseFormat format, CountingBlobStore store) {
            this.directory = directory;
            this.format = format;
            this.store = store;
        }

        void inFormatFile() {
            try (CloudSqlite writer = open(store, "writer")) {
                create(writer);
                update(writer, 1);
                step("small write");
            }
            try (CloudSqlite reader = open(store, "reader")) {
                requireRows(reader, 1);
                step("cold open");
            }
        }

        void inFormatLog() {
            try (CloudSqlite writer = open(store, "writer")) {
                create(writer);
                for (int row = 1; row <= 3; row++) {
                    update(writer, row);
                    requireSmallCommit(step("small write"));
                }

                try (CloudSqlite reader = open(store, "reader")) {
                    requireRows(reader, 3);
                    Counts opened = step("cold open");
                    assertThat(opened.ranges()).isGreaterThanOrEqualTo((int) (MEGABYTES * MEGABYTE / MAX_RANGE_BYTES));
                    assertThat(opened.gets()).isEqualTo(1);

                    update(writer, 4);
                    store.reset();
                    requireRows(reader, 4);
                    Counts caughtUp = step("catch-up");
                    assertThat(caughtUp.requests()).isEqualTo(1);
                    assertThat(caughtUp.readBytes()).isLessThan(SMALL_BYTES);
                }

                // A working copy that another process has left.
                try (LogKeeper keeper = new LogKeeper(store, LARGE, directory.resolve("reader"), TimeSource.system())) {
                    assertThat(keeper.checkpoint()).isTrue();
                    assertThat(step("checkpoint").writtenBytes()).isGreaterThan((MEGABYTES - 10) * MEGABYTE);
                }
                assertThat(writer.describe(LARGE).logLength()).isZero();
                store.reset();
                update(writer, 5);
                requireSmallCommit(step("small write after it"));
                requireRows(writer, 5);
                step("read");

                // Two bases, each with the log that follows it.
                assertThat(writer.verify(LARGE, PATIENCE).verifiedStates()).isGreaterThanOrEqualTo(2);
                step("verify");
            }
        }

        private CloudSqlite open(BlobStore some, String name) {
            return CloudSqlite.builder(some, new FileLockManager(directory.resolve("store")))
                    .workDirectory(directory.resolve(name))
                    .requestTimeout(PATIENCE)
                    .format(format)
                    .build();
        }

        private void create(CloudSqlite cloud) {
            cloud.database(LARGE).write(connection -> {
                try (var statement = connection.createStatement()) {
                    statement.execute("CREATE TABLE large (id INTEGER PRIMARY KEY, b BLOB)");
                    return statement.execute("WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i LIMIT "
                            + MEGABYTES + ") INSERT INTO large SELECT x, randomblob(" + MEGABYTE + ") FROM i");
                }
            });
            step("creation");
            assertThat(cloud.describe(LARGE).info().sizeBytes()).isGreaterThan(MEGABYTES * MEGABYTE);
            store.reset();
        }

        private static void update(CloudSqlite cloud, int row) {
            cloud.database(LARGE).execute("UPDATE large SET b = zeroblob(10) WHERE id = ?", row);
        }

        private static void requireRows(CloudSqlite cloud, int updated) {
            List<?> row = cloud.database(LARGE)
                    .execute("SELECT count(*), sum(length(b)) FROM large")
                    .rows()
                    .get(0);
            assertThat(row).isEqualTo(List.of(MEGABYTES, (MEGABYTES - updated) * MEGABYTE + 10L * updated));
        }

        private static void requireSmallCommit(Counts counts) {
            assertThat(counts.puts()).isEqualTo(1);
            assertThat(counts.requests()).isLessThanOrEqualTo(2);
            assertThat(counts.writtenBytes()).isLessThan(SMALL_BYTES);
        }

        /** Tells what the store was asked for since the last step, and prints it. */
        private Counts step(String name) {
            long now = System.nanoTime();
            Counts counts = store.reset();
            System.out.println(name + ": " + Duration.ofNanos(now - stepBegan).toMillis() + " ms, " + counts);
            stepBegan = now;
            return counts;
        }
    }
}
