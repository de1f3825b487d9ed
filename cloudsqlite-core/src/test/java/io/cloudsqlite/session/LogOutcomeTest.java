package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.lock.GrantingLockManager;
import io.cloudsqlite.store.FaultyBlobStore;
import io.cloudsqlite.store.FaultyBlobStore.Call;
import io.cloudsqlite.store.FaultyBlobStore.Fault;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.store.PutOutcome;
import io.cloudsqlite.store.StoredObjects;
import io.cloudsqlite.time.ManualTime;
import java.nio.file.Path;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of a write in format {@code log} when one of the puts that it takes goes wrong. All writes here are code, which
 * is never run again: so whatever is not simply committed or refused for good would show.
 */
class LogOutcomeTest {

    private static final DatabaseName APP = DatabaseName.of("app.db");
    private static final Duration LONG = Duration.ofHours(2);

    /** More than the tail takes. */
    private static final String LARGE = "UPDATE counter SET n = n + 1, b = randomblob(700000)";

    private static final int MAX_PUTS = 8;

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final InMemoryBlobStore memory = new InMemoryBlobStore(time);
    private final StoredObjects objects = new StoredObjects(memory);
    private final FaultyBlobStore faults = new FaultyBlobStore(memory);
    private final AtomicInteger runs = new AtomicInteger();
    private Cloud cloud;
    private Cloud rival;

    @BeforeEach
    void open() {
        cloud = new Cloud(faults, new GrantingLockManager(), directory.resolve("work"), time, DatabaseFormat.LOG);
        rival = new Cloud(memory, new GrantingLockManager(), directory.resolve("rival"), time, DatabaseFormat.LOG);
        rival.createCounter();
        rival.app().execute("ALTER TABLE counter ADD COLUMN b BLOB");
        cloud.counter();
    }

    @AfterEach
    void close() {
        cloud.close();
        rival.close();
        assertThat(faults.isPlayed()).as("every scripted fault was met").isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "LOST_BEFORE, 1", "LOST_AFTER, 1", "LATE, 1", "UNAVAILABLE, 1", // the segment
        "LOST_BEFORE, 2", "LOST_AFTER, 2", "LATE, 2", "UNAVAILABLE, 2" // the manifest
    })
    void large_transaction_is_committed_once_although_one_of_its_puts_goes_wrong(Fault fault, int put) {
        // given
        scriptPut(put, fault);

        // when
        long txid = write("app.db", LARGE);
        faults.deliverLatePuts();

        // then
        assertThat(txid).isEqualTo(3);
        assertThat(runs).hasValue(1);
        assertThat(rival.counter()).isEqualTo(1);
        assertThat(rival.txid()).isEqualTo(3);
        assertThat(cloud.counter()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "LOST_BEFORE, 1", "LOST_AFTER, 1", "LATE, 1", "UNAVAILABLE, 1", // the reservation
        "LOST_BEFORE, 2", "LOST_AFTER, 2", "LATE, 2", "UNAVAILABLE, 2", // the base
        "LOST_BEFORE, 3", "LOST_AFTER, 3", "LATE, 3", "UNAVAILABLE, 3" // the manifest
    })
    void large_creation_happens_once_although_one_of_its_puts_goes_wrong(Fault fault, int put) {
        // given
        scriptPut(put, fault);

        // when
        long txid = write("new.db", "CREATE TABLE t AS SELECT randomblob(200000) AS b");
        faults.deliverLatePuts();

        // then
        assertThat(txid).isEqualTo(1);
        assertThat(runs).hasValue(1);
        assertThat(rival.cloud()
                        .database("new.db")
                        .execute("SELECT count(*) FROM t")
                        .single())
                .isEqualTo(1L);
    }

    @Test
    void creation_whose_reservation_never_arrives_did_not_happen_and_leaves_nothing_to_see() {
        // given
        for (int i = 0; i < MAX_PUTS; i++) {
            faults.script(Call.PUT, Fault.LATE);
        }

        // when, then
        assertThatThrownBy(() -> write("new.db", "CREATE TABLE t AS SELECT randomblob(200000) AS b"))
                .isNotInstanceOf(CommitUnknownException.class);
        faults.deliverLatePuts();
        assertInvisible("new.db");
        write("new.db", "CREATE TABLE t AS SELECT 7 AS b");
        assertThat(rival.cloud().database("new.db").execute("SELECT b FROM t").single())
                .isEqualTo(7L);
    }

    @Test
    void segment_that_never_arrives_means_that_nothing_was_changed() {
        // given
        for (int i = 0; i < MAX_PUTS; i++) {
            faults.script(Call.PUT, Fault.LOST_BEFORE);
        }

        // when, then
        assertThatThrownBy(() -> write("app.db", LARGE)).isInstanceOf(StorageUnavailableException.class);
        assertThat(cloud.counter()).isZero();
        assertThat(rival.txid()).isEqualTo(2);
    }

    @Test
    void large_transaction_whose_manifest_stays_open_is_reported_as_unknown() {
        // given
        faults.script(Call.PUT, Fault.NONE);
        for (int i = 0; i < MAX_PUTS; i++) {
            faults.script(Call.PUT, Fault.LATE);
        }

        // when, then
        assertThatThrownBy(() -> write("app.db", LARGE)).isInstanceOf(CommitUnknownException.class);
        assertThat(cloud.counter()).isZero();
        assertThat(faults.deliverLatePuts())
                .filteredOn(PutOutcome.Stored.class::isInstance)
                .hasSize(1);
        assertThat(cloud.counter()).isEqualTo(1);
        assertThat(rival.counter()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"UPDATE counter SET n = n + 1", LARGE})
    void transaction_that_only_a_checkpoint_overtook_is_published_without_being_run_again(String sql) {
        // given
        outgrowInlineCheckpoints();
        rival.app().execute("UPDATE counter SET b = randomblob(2500000)");
        cloud.counter();
        faults.before(
                Call.PUT,
                () -> assertThat(rival.cloud().maintain(APP, LONG).checkpointed())
                        .isTrue());

        // when
        long txid = write("app.db", sql);

        // then
        assertThat(txid).isEqualTo(5);
        assertThat(runs).hasValue(1);
        assertThat(rival.counter()).isEqualTo(1);
        assertThat(cloud.counter()).isEqualTo(1);
        assertVerified();
    }

    @Test
    void readers_do_not_wait_for_a_commit_although_a_checkpoint_renamed_what_they_read() throws Exception {
        // given
        outgrowInlineCheckpoints();
        rival.app().execute("UPDATE counter SET b = randomblob(2500000)");
        List<Long> seen = new ArrayList<>();
        faults.before(Call.PUT, () -> {
            // All readers that there are during a commit are in use when the checkpoint is learned of.
            cloud.app()
                    .read(one -> cloud.app().read(two -> {
                        rival.cloud().maintain(APP, LONG);
                        return cloud.cloud().maintain(APP, LONG);
                    }));
            seen.add(CompletableFuture.supplyAsync(cloud::counter)
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join());
        });

        // when
        write("app.db", "UPDATE counter SET n = n + 1");

        // then
        assertThat(seen).containsExactly(0L);
        assertThat(cloud.counter()).isEqualTo(1);
        assertThat(rival.counter()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void transaction_that_a_collector_overtook_is_published_again_with_objects_of_its_own(int put) {
        // given
        objects.put("app.db.cloudsqlite/base/garbage", objects.get("app.db"));
        time.advance(LONG);
        for (int i = 1; i < put; i++) {
            faults.script(Call.PUT, Fault.NONE);
        }
        faults.before(Call.PUT, () -> {
            // What is on its way is no younger than the garbage: only the swap protects it.
            time.advance(LONG);
            assertThat(rival.cloud().maintain(APP, LONG).deletedObjects()).isEqualTo(put);
        });

        // when
        long txid = cloud.app()
                .write(
                        connection -> {
                            runs.incrementAndGet();
                            try (Statement statement = connection.createStatement()) {
                                return statement.executeUpdate(LARGE);
                            }
                        },
                        RequestOptions.DEFAULT.withTimeout(Duration.ofDays(1)))
                .txid();

        // then
        assertThat(txid).isEqualTo(3);
        assertThat(runs).hasValue(1);
        assertThat(rival.counter()).isEqualTo(1);
        assertVerified();
    }

    @ParameterizedTest
    @CsvSource({
        "LOST_BEFORE, 1",
        "LOST_AFTER, 1", // the base
        "LATE, 2",
        "UNAVAILABLE, 2", // the archived manifest
        "LOST_BEFORE, 3",
        "LOST_AFTER, 3",
        "LATE, 3" // the manifest
    })
    void checkpoint_changes_nothing_that_is_read_although_one_of_its_puts_goes_wrong(Fault fault, int put) {
        // given
        outgrowInlineCheckpoints();
        write("app.db", "UPDATE counter SET n = n + 1, b = randomblob(2500000)");
        scriptPut(put, fault);

        // when
        cloud.cloud().maintain(APP, LONG);
        faults.deliverLatePuts();

        // then
        assertThat(objects.keys("app.db.cloudsqlite/base/")).isNotEmpty();
        rival.increment();
        cloud.increment();
        assertThat(cloud.counter()).isEqualTo(3);
        assertThat(rival.counter()).isEqualTo(3);
        assertVerified();
    }

    @Test
    void commit_that_others_overtook_after_an_older_object_was_put_back_by_hand_is_not_laid_over_theirs() {
        // given
        StoredObjects.Content older = objects.get("app.db");
        write("app.db", "UPDATE counter SET n = 100");
        faults.before(Call.PUT, () -> {
            objects.put("app.db", older);
            rival.app().execute("UPDATE counter SET n = 7");
        });

        // when
        cloud.app().execute("UPDATE counter SET n = n + 1");

        // then
        assertThat(rival.counter()).isEqualTo(8);
        assertVerified();
    }

    @Test
    void warm_copy_of_what_was_replaced_by_hand_is_not_taken_for_what_came_instead() {
        // given
        StoredObjects.Content older = objects.get("app.db");
        write("app.db", "UPDATE counter SET n = 100");

        // when
        objects.put("app.db", older);
        rival.app().execute("UPDATE counter SET n = 7");

        // then
        assertThat(cloud.counter()).isEqualTo(7);
    }

    /** So that nothing but {@code maintain} makes checkpoints. */
    private void outgrowInlineCheckpoints() {
        rival.app().execute("CREATE TABLE ballast AS SELECT zeroblob(2000000) AS b");
    }

    private void assertInvisible(String name) {
        DatabaseName database = DatabaseName.of(name);
        assertThat(objects.keys(name)).as("a reservation is there").isNotEmpty();
        assertThat(rival.cloud().list(Optional.empty(), 10).databases())
                .extracting(info -> info.name().value())
                .doesNotContain(name);
        assertThatThrownBy(() -> rival.cloud().describe(database)).isInstanceOf(DatabaseNotFoundException.class);
        assertThatThrownBy(() -> rival.cloud().database(name).execute("SELECT * FROM t"))
                .isInstanceOf(DatabaseNotFoundException.class);
    }

    private void assertVerified() {
        rival.cloud().verify(APP, LONG);
    }

    private void scriptPut(int put, Fault fault) {
        for (int i = 1; i < put; i++) {
            faults.script(Call.PUT, Fault.NONE);
        }
        faults.script(Call.PUT, fault);
    }

    private long write(String database, String sql) {
        return cloud.cloud()
                .database(database)
                .write(
                        connection -> {
                            runs.incrementAndGet();
                            try (Statement statement = connection.createStatement()) {
                                return statement.execute(sql);
                            }
                        },
                        RequestOptions.DEFAULT)
                .txid();
    }
}
