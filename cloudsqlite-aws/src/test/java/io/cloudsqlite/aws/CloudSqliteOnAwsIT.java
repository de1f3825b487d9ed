package io.cloudsqlite.aws;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.lock.CountingLockManager;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.DbSession;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.CountingBlobStore;
import io.cloudsqlite.store.Race;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Databases in S3 with their locks in DynamoDB, as a program sees them. */
@ExtendWith(Emulators.Shared.class)
final class CloudSqliteOnAwsIT {

    private static final int INCREMENTS = 10;

    private static Emulators emulators;

    @TempDir
    private Path directory;

    private String bucket;
    private BlobStore store;
    private LockManager locks;

    @BeforeAll
    static void start(Emulators shared) {
        emulators = shared;
    }

    @BeforeEach
    void create_bucket_and_table() {
        bucket = emulators.newBucket();
        store = new S3BlobStore(emulators.s3(), bucket);
        locks = new DynamoDbLockManager(emulators.dynamoDb(), emulators.newLockTable());
    }

    /** A process of its own, as far as a database can tell. */
    private CloudSqlite cloud(String name) {
        return CloudSqlite.builder(store, locks)
                .workDirectory(directory.resolve(name))
                .lockWait(Duration.ofSeconds(60))
                .requestTimeout(Duration.ofSeconds(60))
                .build();
    }

    private static long counter(CloudSqlite cloud) {
        return (Long) cloud.database("app.db")
                .execute("SELECT n FROM counter")
                .rows()
                .get(0)
                .get(0);
    }

    @Test
    void increments_of_two_clouds_are_all_counted() throws Exception {
        try (CloudSqlite one = cloud("one");
                CloudSqlite two = cloud("two")) {
            one.database("app.db")
                    .transaction(List.of(
                            SqlStatement.of("CREATE TABLE counter (n INTEGER)"),
                            SqlStatement.of("INSERT INTO counter VALUES (0)")));

            Race.run(4, runner -> {
                DbSession db = (runner % 2 == 0 ? one : two).database("app.db");
                for (int i = 0; i < INCREMENTS; i++) {
                    db.execute("UPDATE counter SET n = n + 1");
                }
                return null;
            });

            assertThat(counter(one)).isEqualTo(4 * INCREMENTS);
            assertThat(counter(two)).isEqualTo(4 * INCREMENTS);
            assertThat(one.findLock(DatabaseName.of("app.db"))).isEmpty();
        }
    }

    @Test
    void writer_whose_copy_is_current_takes_the_lock_puts_and_gives_the_lock_back() {
        CountingBlobStore countedStore = new CountingBlobStore(store);
        CountingLockManager countedLocks = new CountingLockManager(locks);
        store = countedStore;
        locks = countedLocks;
        try (CloudSqlite one = cloud("one");
                CloudSqlite two = cloud("two")) {
            one.database("app.db").execute("CREATE TABLE counter AS SELECT 0 AS n");
            countedStore.reset();
            countedLocks.reset();

            one.database("app.db").execute("UPDATE counter SET n = n + 1");
            CountingBlobStore.Counts warm = countedStore.reset();
            assertThat(warm.puts()).isEqualTo(1);
            assertThat(warm.requests()).isEqualTo(1);
            assertThat(countedLocks.reset()).isEqualTo(new CountingLockManager.Counts(1, 1, 0, 0));

            two.database("app.db").execute("UPDATE counter SET n = n + 1");
            countedStore.reset();
            one.database("app.db").execute("UPDATE counter SET n = n + 1");
            CountingBlobStore.Counts behind = countedStore.reset();
            assertThat(behind.gets()).isEqualTo(1);
            assertThat(behind.puts()).isEqualTo(1);
            assertThat(behind.requests()).isEqualTo(2);
            assertThat(counter(two)).isEqualTo(3);
        }
    }

    @Test
    void object_in_the_bucket_is_a_sqlite_file_and_a_file_that_is_put_there_is_a_database() throws Exception {
        try (CloudSqlite cloud = cloud("one")) {
            cloud.database("app.db").execute("CREATE TABLE counter AS SELECT 7 AS n");
            cloud.convert(DatabaseName.of("app.db"), DatabaseFormat.FILE, Duration.ofMinutes(1));
        }
        Path file = directory.resolve("downloaded.db");
        emulators.s3().getObject(request -> request.bucket(bucket).key("app.db"), file);
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).startsWith("SQLite format 3\0");

        emulators.s3().putObject(request -> request.bucket(bucket).key("copied.db"), file);

        try (CloudSqlite cloud = cloud("two")) {
            assertThat(cloud.database("copied.db")
                            .execute("SELECT n FROM counter")
                            .rows())
                    .containsExactly(List.of(7L));
        }
    }
}
