package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.FaultyBlobStore;
import io.cloudsqlite.store.FaultyBlobStore.Call;
import io.cloudsqlite.store.FaultyBlobStore.Fault;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.SystemRandom;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Transfers that end early, again and again, are the store's failure and not damage to the database. */
class BrokenTransfersTest {

    private static final DatabaseName APP = DatabaseName.of("app.db");
    private static final int MORE_THAN_ARE_TRIED = 10;

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final InMemoryBlobStore store = new InMemoryBlobStore(time);
    private final FaultyBlobStore failing = new FaultyBlobStore(store);
    private final InMemoryLockManager locks = new InMemoryLockManager(time, SystemRandom.create());
    private CloudSqlite cloud;
    private CloudSqlite reader;

    @BeforeEach
    void open() {
        cloud = open(store, "writer");
        reader = open(failing, "reader");
        cloud.database(APP).execute("CREATE TABLE t (b BLOB)");
        // Larger than any tail.
        cloud.database(APP).execute("INSERT INTO t VALUES (randomblob(700000))");
    }

    @AfterEach
    void close() {
        reader.close();
        cloud.close();
    }

    private CloudSqlite open(BlobStore some, String name) {
        return CloudSqlite.builder(some, locks)
                .workDirectory(directory.resolve(name))
                .time(time)
                .build();
    }

    @Test
    void manifest_that_never_comes_whole_is_not_called_damaged() {
        // given
        truncate();

        // when, then
        requireUnavailable();
    }

    @Test
    void segment_that_never_comes_whole_is_not_called_damaged() {
        // given
        failing.script(Call.GET, Fault.NONE);
        truncate();

        // when, then
        requireUnavailable();
    }

    @Test
    void segment_that_comes_whole_in_the_end_is_read() {
        // given
        failing.script(Call.GET, Fault.NONE);
        failing.script(Call.GET, Fault.TRUNCATED);
        failing.script(Call.GET, Fault.BROKEN);

        // when
        Object count = reader.database(APP)
                .execute("SELECT count(*) FROM t")
                .rows()
                .get(0)
                .get(0);

        // then
        assertThat(count).isEqualTo(1L);
        assertThat(failing.isPlayed()).isTrue();
    }

    private void truncate() {
        for (int transfer = 0; transfer < MORE_THAN_ARE_TRIED; transfer++) {
            failing.script(Call.GET, Fault.TRUNCATED);
        }
    }

    private void requireUnavailable() {
        assertThatThrownBy(() -> reader.database(APP).execute("SELECT count(*) FROM t"))
                .isInstanceOf(StorageUnavailableException.class)
                .hasMessageContaining("broke off");
    }
}
