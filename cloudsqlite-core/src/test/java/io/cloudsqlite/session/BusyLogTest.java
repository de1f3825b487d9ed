package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.format.LogPolicy;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.store.BlobInfo;
import io.cloudsqlite.store.HookedBlobStore;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What maintenance, latecomers and operators do to a database in format {@code log} that others are busy with. */
final class BusyLogTest {

    private static final DatabaseName APP = DatabaseName.of("app.db");
    private static final Duration SOON = Duration.ofMinutes(1);

    /** How many segments and transactions there may be is of no interest where it is not. */
    private static final int ANY = 1_000;

    @TempDir
    Path directory;

    private final InMemoryBlobStore inner = new InMemoryBlobStore();
    private final HookedBlobStore store = new HookedBlobStore(inner);
    private final InMemoryLockManager locks = new InMemoryLockManager();

    private CloudSqlite open(String process, LogPolicy policy) {
        return CloudSqlite.builder(store, locks)
                .workDirectory(directory.resolve(process))
                .logPolicy(policy)
                .build();
    }

    @Test
    void who_commits_to_a_large_database_does_not_upload_its_base() {
        // given
        LogPolicy nothingIsSmall = new LogPolicy(2_000, 2_000, 20_000, 2, 0, 4, 2, Duration.ZERO);
        try (CloudSqlite cloud = open("writer", nothingIsSmall)) {
            DbSession db = cloud.database(APP);
            db.execute("CREATE TABLE t (x)");

            // when
            for (int i = 0; i < 30; i++) {
                db.execute("INSERT INTO t VALUES (randomblob(4000))");
            }

            // then
            assertThat(store.count("PUT app.db.cloudsqlite/base/")).isZero();
            assertThat(store.count("PUT app.db.cloudsqlite/log/"))
                    .as("its segments are merged all the same")
                    .isGreaterThan(30);
        }
    }

    @Test
    void segments_of_processes_that_commit_once_are_merged_too() {
        // given
        LogPolicy nothingIsSmall = new LogPolicy(2_000, 2_000, 20_000, 2, 0, 4, 2, Duration.ZERO);
        try (CloudSqlite cloud = open("first", nothingIsSmall)) {
            cloud.database(APP).execute("CREATE TABLE t (x)");
        }

        // when
        for (int i = 0; i < 30; i++) {
            try (CloudSqlite cloud = open("process", nothingIsSmall)) {
                cloud.database(APP).execute("INSERT INTO t VALUES (randomblob(4000))");
            }
        }

        // then
        assertThat(store.count("PUT app.db.cloudsqlite/log/")).isLessThan(45);
        store.forget();
        try (CloudSqlite reader = open("reader", nothingIsSmall)) {
            assertThat(reader.database(APP).execute("SELECT count(*) FROM t").single())
                    .isEqualTo(30L);
        }
        assertThat(store.count("GET app.db.cloudsqlite/log/")).isLessThan(10);
    }

    @Test
    void checkpoint_gets_in_although_others_commit_more_often_than_a_manifest_remembers() {
        // given
        LogPolicy policy = new LogPolicy(2_000, 2_000, 20_000, 2, 0, ANY, ANY, Duration.ZERO);
        try (CloudSqlite writer = open("writer", policy);
                CloudSqlite maintainer = open("maintainer", policy)) {
            DbSession db = writer.database(APP);
            db.execute("CREATE TABLE t (x)");
            for (int i = 0; i < 10; i++) {
                db.execute("INSERT INTO t VALUES (randomblob(4000))");
            }
            store.after(call -> {
                if (call.startsWith("PUT app.db.cloudsqlite/base/")) {
                    for (int i = 0; i < 40; i++) {
                        db.execute("INSERT INTO t VALUES (1)");
                    }
                }
            });

            // when
            boolean checkpointed = maintainer.maintain(APP, SOON).checkpointed();

            // then
            assertThat(checkpointed).isTrue();
            assertThat(maintainer.verify(APP, SOON).txid()).isEqualTo(51);
            assertThat(db.execute("SELECT count(*) FROM t").single()).isEqualTo(50L);
        }
    }

    @Test
    void latecomer_does_not_read_all_of_the_past_before_it_downloads_the_base() {
        // given
        LogPolicy checkpointsOften = new LogPolicy(2_000, 2_000, 8_000, 2, 1 << 30, ANY, ANY, Duration.ZERO);
        try (CloudSqlite writer = open("writer", checkpointsOften);
                CloudSqlite reader = open("reader", checkpointsOften)) {
            DbSession db = writer.database(APP);
            db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x)");
            reader.database(APP).execute("SELECT * FROM t");
            for (int i = 0; i < 200; i++) {
                db.execute("INSERT OR REPLACE INTO t VALUES (1, randomblob(4000))");
            }
            assertThat(store.count("PUT app.db.cloudsqlite/manifests/")).isGreaterThan(50);
            store.forget();

            // when
            Object count =
                    reader.database(APP).execute("SELECT count(*) FROM t").single();

            // then
            assertThat(count).isEqualTo(1L);
            assertThat(store.count("GET app.db.cloudsqlite/manifests/")).isLessThan(16);
        }
    }

    @Test
    void conversion_that_is_durable_is_not_told_to_have_failed() {
        // given
        try (CloudSqlite cloud = open("writer", LogPolicy.DEFAULT)) {
            cloud.database(APP).execute("CREATE TABLE t AS SELECT randomblob(200000) AS x");
            store.before(call -> {
                if (call.endsWith("objects")) {
                    Thread.currentThread().interrupt();
                }
            });

            // when
            long txid = cloud.convert(APP, DatabaseFormat.FILE, SOON);

            // then
            assertThat(Thread.interrupted()).isTrue();
            assertThat(txid).isEqualTo(2);
            assertThat(cloud.describe(APP).info().format()).isEqualTo(DatabaseFormat.FILE);
        }
    }

    @Test
    void deletion_whose_answer_was_lost_leaves_nothing_behind() {
        // given
        try (CloudSqlite cloud = open("writer", LogPolicy.DEFAULT)) {
            cloud.database(APP).execute("CREATE TABLE t AS SELECT randomblob(200000) AS x");
            store.after(call -> {
                if (call.equals("DELETE app.db")) {
                    throw new StorageUnavailableException("The answer was lost");
                }
            });

            // when
            cloud.delete(APP);

            // then
            assertThat(keys()).isEmpty();
        }
    }

    @Test
    void deletion_that_was_cut_short_is_completed_by_the_next() {
        // given
        try (CloudSqlite cloud = open("writer", LogPolicy.DEFAULT)) {
            cloud.database(APP).execute("CREATE TABLE t AS SELECT randomblob(200000) AS x");
            store.before(call -> {
                if (call.endsWith("objects")) {
                    throw new StorageUnavailableException("The process was killed");
                }
            });
            cloud.delete(APP);
            assertThat(keys()).isNotEmpty();
            store.before(call -> {});

            // when, then
            assertThatThrownBy(() -> cloud.delete(APP)).isInstanceOf(DatabaseNotFoundException.class);
            assertThat(keys()).isEmpty();
        }
    }

    private List<String> keys() {
        Deadline deadline = Deadline.after(SOON, TimeSource.system());
        return inner.list("", Optional.empty(), 100, deadline).blobs().stream()
                .map(BlobInfo::key)
                .toList();
    }

    @Test
    void copy_of_a_directory_by_other_means_is_as_good_as_the_directory() throws IOException {
        // given
        Path data = directory.resolve("data");
        try (CloudSqlite cloud = CloudSqlite.inDirectory(data)
                .workDirectory(directory.resolve("one"))
                .build()) {
            cloud.database(APP).execute("CREATE TABLE t AS SELECT 1 AS x");
        }

        // when: the bytes are copied, and neither times nor whatever the store keeps beside them
        Path copy = Files.createDirectory(directory.resolve("copy"));
        try (Stream<Path> files = Files.list(data)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (Files.isRegularFile(file) && !file.getFileName().toString().startsWith(".")) {
                    Files.copy(file, copy.resolve(file.getFileName()));
                }
            }
        }

        // then
        try (CloudSqlite cloud = CloudSqlite.inDirectory(copy)
                .workDirectory(directory.resolve("two"))
                .build()) {
            assertThat(cloud.database(APP).execute("SELECT x FROM t").single()).isEqualTo(1L);
            assertThat(cloud.list(Optional.empty(), 10).databases())
                    .singleElement()
                    .satisfies(info -> assertThat(info.format()).isEqualTo(DatabaseFormat.LOG))
                    .satisfies(info -> assertThat(info.txid()).isEqualTo(1));
            cloud.database(APP).execute("INSERT INTO t VALUES (2)");
            assertThat(cloud.database(APP).execute("SELECT sum(x) FROM t").single())
                    .isEqualTo(3L);
        }
    }

    @Test
    void exports_give_their_readers_back_when_their_bodies_are_closed() throws IOException {
        // given
        try (CloudSqlite cloud = open("writer", LogPolicy.DEFAULT)) {
            DbSession db = cloud.database(APP);
            db.execute("CREATE TABLE t AS SELECT 1 AS x");

            // when
            for (int i = 0; i < 20; i++) {
                cloud.export(APP).body().close();
                cloud.export(APP, PointInTime.afterTransaction(1)).body().close();
            }

            // then
            assertThat(db.execute("SELECT x FROM t").single()).isEqualTo(1L);
            try (Stream<Path> left = Files.walk(directory)) {
                assertThat(left.filter(file -> file.getParent().endsWith("scratch")))
                        .isEmpty();
            }
        }
    }

    @Test
    void writer_that_cannot_undo_its_change_beside_a_reader_does_not_block_those_after_it() {
        // given: undoing it takes a copy of the database, which an interrupted thread cannot make
        try (CloudSqlite cloud = open("writer", LogPolicy.DEFAULT)) {
            DbSession db = cloud.database(APP);
            db.execute("CREATE TABLE t (x)");
            store.before(call -> {
                if (call.equals("PUT app.db")) {
                    Thread.currentThread().interrupt();
                    throw new StorageUnavailableException("The store is down");
                }
            });

            // when
            String told = db.read(reader -> {
                String[] outcome = {"committed"};
                Thread writer = new Thread(() -> {
                    try {
                        db.execute("INSERT INTO t VALUES ('lost')");
                    } catch (CloudSqliteException e) {
                        outcome[0] = e.getClass().getSimpleName();
                    }
                });
                writer.start();
                try {
                    writer.join();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return outcome[0];
            });
            store.before(call -> {});

            // then
            assertThat(told).isNotEqualTo("committed");
            db.execute("INSERT INTO t VALUES ('next')");
            assertThat(db.execute("SELECT x FROM t").rows()).isEqualTo(List.of(List.of("next")));
        }
    }
}
