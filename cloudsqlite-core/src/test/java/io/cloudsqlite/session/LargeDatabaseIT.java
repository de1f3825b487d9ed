package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.lock.FileLockManager;
import io.cloudsqlite.store.FileBlobStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database of 1 GB passes through a process whose heap is an eighth of that. */
class LargeDatabaseIT {

    private static final long MEGABYTE = 1_000_000;
    private static final long MEGABYTES = 1_000;

    @TempDir
    Path directory;

    @Test
    void gigabyte_is_written_updated_and_downloaded_with_a_heap_of_128_mb() throws Exception {
        // given
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LargeDatabaseIT.class.getName(),
                        directory.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile())
                .start();

        // when
        int exitCode = process.waitFor();

        // then
        assertThat(exitCode).as(Files.readString(directory.resolve("output"))).isZero();
        assertThat(directory.resolve("store/large.db").toFile().length()).isGreaterThan(MEGABYTES * MEGABYTE);
    }

    /** What the process does in which the test runs it. */
    public static void main(String[] arguments) {
        Path directory = Path.of(arguments[0]);
        RequestOptions patient = RequestOptions.DEFAULT.withTimeout(Duration.ofMinutes(10));
        try (CloudSqlite cloud = open(directory, "writer")) {
            cloud.database("large.db")
                    .write(
                            connection -> {
                                try (var statement = connection.createStatement()) {
                                    statement.execute("CREATE TABLE large (id INTEGER PRIMARY KEY, b BLOB)");
                                    return statement.execute(
                                            "WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i LIMIT "
                                                    + MEGABYTES + ") INSERT INTO large SELECT x, randomblob(" + MEGABYTE
                                                    + ") FROM i");
                                }
                            },
                            patient);
            cloud.database("large.db")
                    .write(
                            connection -> {
                                try (var statement = connection.createStatement()) {
                                    return statement.execute("UPDATE large SET b = zeroblob(10) WHERE id = 1");
                                }
                            },
                            patient);
        }
        try (CloudSqlite cloud = open(directory, "reader")) {
            List<?> row = cloud.database("large.db")
                    .execute("SELECT count(*), sum(length(b)) FROM large")
                    .rows()
                    .get(0);
            if (!row.equals(List.of(MEGABYTES, (MEGABYTES - 1) * MEGABYTE + 10))) {
                throw new AssertionError("read " + row);
            }
        }
    }

    private static CloudSqlite open(Path directory, String name) {
        Path store = directory.resolve("store");
        return CloudSqlite.builder(new FileBlobStore(store), new FileLockManager(store))
                .workDirectory(directory.resolve(name))
                .requestTimeout(Duration.ofMinutes(10))
                .build();
    }
}
