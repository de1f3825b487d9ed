package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.format.HistoryEntry;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.FaultyBlobStore;
import io.cloudsqlite.store.FaultyBlobStore.Call;
import io.cloudsqlite.store.FaultyBlobStore.Fault;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.store.StoredObjects;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.SystemRandom;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a collection takes of the past, and what is left to those who are just reading it. */
class ForgottenHistoryTest {

    private static final DatabaseName APP = DatabaseName.of("app.db");
    private static final Duration SOON = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final InMemoryBlobStore store = new InMemoryBlobStore(time);
    private final FaultyBlobStore stalled = new FaultyBlobStore(store);
    private final InMemoryLockManager locks = new InMemoryLockManager(time, SystemRandom.create());
    private CloudSqlite cloud;
    private LogKeeper collector;
    private int collected;

    /** A process that has seen the second transaction and nothing since. */
    private CloudSqlite sleeper;

    @BeforeEach
    void archive_a_manifest_that_is_younger_than_what_it_names() {
        cloud = open(store, "awake");
        sleeper = open(stalled, "sleeper");
        collector = new LogKeeper(store, APP, directory.resolve("collector"), time);
        DbSession db = cloud.database(APP);
        db.execute("CREATE TABLE t (b BLOB)");
        db.execute("INSERT INTO t VALUES (randomblob(100000))");
        assertThat(count(sleeper)).isEqualTo(1);
        db.execute("INSERT INTO t VALUES (randomblob(700000))");
        time.advance(Duration.ofHours(2));
        db.execute("INSERT INTO t VALUES (randomblob(700000))");
        assertThat(cloud.describe(APP).logLength()).isZero();
    }

    @AfterEach
    void close() {
        collector.close();
        sleeper.close();
        cloud.close();
    }

    private CloudSqlite open(BlobStore some, String name) {
        return CloudSqlite.builder(some, locks)
                .workDirectory(directory.resolve(name))
                .time(time)
                .build();
    }

    private static long count(CloudSqlite cloud) {
        return (Long) cloud.database(APP)
                .execute("SELECT count(*) FROM t")
                .rows()
                .get(0)
                .get(0);
    }

    @Test
    void past_is_spared_or_deleted_as_a_whole() {
        // when
        collector.collect(Duration.ZERO);

        // then
        assertThat(count(sleeper)).isEqualTo(3);
        assertThat(cloud.history(APP, OptionalLong.empty(), 10)).hasSize(4);
        assertThat(cloud.verify(APP, SOON).oldestTxid()).isEqualTo(1);

        // when
        time.advance(Duration.ofHours(2));
        assertThat(collector.collect(Duration.ZERO)).isPositive();

        // then
        assertThat(cloud.history(APP, OptionalLong.empty(), 10))
                .extracting(HistoryEntry::txid)
                .containsExactly(4L);
        assertThat(cloud.verify(APP, SOON).oldestTxid()).isEqualTo(4);
    }

    /** As the simulator found: once in some ten thousand histories. */
    @Test
    void archived_manifest_that_a_delayed_put_brings_back_is_not_believed() {
        // given
        StoredObjects objects = new StoredObjects(store);
        Map<String, StoredObjects.Content> archived = new HashMap<>();
        objects.keys(APP + ".cloudsqlite/manifests/").forEach(key -> archived.put(key, objects.get(key)));
        time.advance(Duration.ofHours(2));
        assertThat(collector.collect(Duration.ZERO)).isPositive();

        // when
        archived.forEach(objects::put);

        // then
        assertThat(archived).isNotEmpty();
        assertThat(cloud.verify(APP, SOON).oldestTxid()).isEqualTo(4);
        assertThat(cloud.history(APP, OptionalLong.empty(), 10))
                .extracting(HistoryEntry::txid)
                .containsExactly(4L);
        assertThatThrownBy(() -> cloud.export(APP, PointInTime.afterTransaction(2)))
                .isInstanceOf(InvalidRequestException.class);
        assertThat(count(sleeper)).isEqualTo(3);
        cloud.database(APP).execute("INSERT INTO t VALUES (randomblob(700000))");
        assertThat(cloud.verify(APP, SOON).oldestTxid()).isEqualTo(4);
        time.advance(Duration.ofHours(2));
        assertThat(collector.collect(Duration.ofDays(1))).isEqualTo(archived.size());
        assertThat(cloud.verify(APP, SOON).oldestTxid()).isEqualTo(4);
    }

    @Test
    void who_slept_catches_up_while_the_log_that_leads_there_is_deleted() {
        // given
        stalled.script(Call.GET, Fault.NONE); // The newest manifest.
        stalled.script(Call.GET, Fault.NONE); // The one before it.
        collectBeforeNextGet();

        // when, then
        assertThat(count(sleeper)).isEqualTo(3);
        assertThat(collected).isPositive();
    }

    @Test
    void state_that_is_deleted_while_it_is_read_is_not_called_damage() {
        // given
        PointInTime then = PointInTime.afterTransaction(2);
        stalled.script(Call.GET, Fault.NONE);
        stalled.script(Call.GET, Fault.NONE);
        collectBeforeNextGet();

        // when, then
        assertThatThrownBy(() -> sleeper.export(APP, then))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("history");
        assertThat(collected).isPositive();
    }

    /** Deletes the past just before the first get of the stalled store that has no script yet. */
    private void collectBeforeNextGet() {
        time.advance(Duration.ofHours(2));
        stalled.before(Call.GET, () -> collected = collector.collect(Duration.ZERO));
    }
}
