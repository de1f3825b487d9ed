package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.lock.GrantingLockManager;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.FaultyBlobStore;
import io.cloudsqlite.store.FaultyBlobStore.Call;
import io.cloudsqlite.store.FaultyBlobStore.Fault;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.store.PutOutcome;
import io.cloudsqlite.store.Race;
import io.cloudsqlite.store.StoredObjects;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.TimeSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How databases come into being and go, whoever else does the same at the moment. */
class CreationTest {

    private static final int ROUNDS = 25;
    private static final int MAX_PUTS = 8;
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final DatabaseName APP = DatabaseName.of("app.db");

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final InMemoryBlobStore memory = new InMemoryBlobStore(time);
    private final StoredObjects objects = new StoredObjects(memory);
    private final FaultyBlobStore faults = new FaultyBlobStore(memory);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void creators_that_prefer_different_formats_make_one_database_with_all_of_their_transactions(boolean locked)
            throws Exception {
        LockManager locks = locked ? new InMemoryLockManager() : new GrantingLockManager();
        List<Cloud> processes = new ArrayList<>();
        for (DatabaseFormat format : List.of(DatabaseFormat.LOG, DatabaseFormat.FILE, DatabaseFormat.LOG)) {
            Path work = directory.resolve("racer-" + processes.size());
            processes.add(new Cloud(memory, locks, work, TimeSource.system(), format));
        }
        for (int round = 0; round < ROUNDS; round++) {
            // given
            String name = "race-" + round + ".db";
            boolean large = round % 2 == 0;

            // when
            List<Long> txids = Race.run(
                    processes.size(),
                    number -> processes
                            .get(number)
                            .cloud()
                            .database(name)
                            .transaction(
                                    List.of(
                                            SqlStatement.of("CREATE TABLE IF NOT EXISTS t (creator INTEGER, b BLOB)"),
                                            SqlStatement.of(
                                                    "INSERT INTO t VALUES (?, randomblob(?))",
                                                    number,
                                                    large ? 100_000 : 10)),
                                    RequestOptions.DEFAULT)
                            .txid());

            // then
            assertThat(txids).containsExactlyInAnyOrder(1L, 2L, 3L);
            for (Cloud process : processes) {
                assertThat(process.cloud()
                                .database(name)
                                .execute("SELECT creator FROM t ORDER BY creator")
                                .rows())
                        .containsExactly(List.of(0L), List.of(1L), List.of(2L));
            }
        }
        processes.get(0).cloud().verify(DatabaseName.of("race-0.db"), LONG);
        processes.forEach(Cloud::close);
    }

    @ParameterizedTest
    @EnumSource(DatabaseFormat.class)
    void large_creation_that_crashed_is_invisible_and_the_next_creator_succeeds(DatabaseFormat format) {
        for (boolean large : new boolean[] {true, false}) {
            // given
            crashWhileCreating();
            try (Cloud next = new Cloud(memory, new GrantingLockManager(), directory.resolve("next"), time, format)) {
                assertInvisible(next);

                // when
                long txid = next.app()
                        .execute(
                                SqlStatement.of("CREATE TABLE t AS SELECT randomblob(?) AS b", large ? 200_000 : 10),
                                RequestOptions.DEFAULT)
                        .txid();

                // then
                assertThat(txid).isEqualTo(1);
                assertThat(next.cloud().describe(APP).info().format()).isEqualTo(format);
                assertThat(next.app().execute("SELECT count(*) FROM t").single())
                        .isEqualTo(1L);
                next.cloud().verify(APP, LONG);
                next.cloud().delete(APP);
            }
        }
    }

    @Test
    void what_is_left_of_a_creation_that_crashed_can_be_deleted() {
        // given
        crashWhileCreating();

        // when
        try (Cloud next = new Cloud(memory, new GrantingLockManager(), directory.resolve("next"), time)) {
            next.cloud().delete(APP);
        }

        // then
        assertThat(objects.keys("app.db")).isEmpty();
    }

    @Test
    void creator_who_was_overtaken_after_the_reservation_is_not_lost() {
        // given
        try (Cloud cloud = new Cloud(faults, new GrantingLockManager(), directory.resolve("work"), time);
                Cloud rival = new Cloud(memory, new GrantingLockManager(), directory.resolve("rival"), time)) {
            faults.script(Call.PUT, Fault.NONE);
            faults.before(Call.PUT, () -> rival.app().execute("CREATE TABLE theirs (x)"));

            // when
            cloud.app().execute("CREATE TABLE mine AS SELECT randomblob(200000) AS b");

            // then
            assertThat(rival.app()
                            .execute("SELECT name FROM sqlite_schema ORDER BY name")
                            .rows())
                    .containsExactly(List.of("mine"), List.of("theirs"));
            assertThat(rival.txid()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource(DatabaseFormat.class)
    void creation_whose_answer_was_lost_does_not_bring_back_what_others_have_deleted(DatabaseFormat format) {
        try (Cloud creator = new Cloud(faults, new GrantingLockManager(), directory.resolve("work"), time, format);
                Cloud rival = new Cloud(memory, new GrantingLockManager(), directory.resolve("rival"), time, format)) {
            // given
            AtomicBoolean isDeleted = new AtomicBoolean();
            Runnable deletion = () -> {
                if (isDeleted.compareAndSet(false, true)) {
                    rival.cloud().delete(APP);
                }
            };
            faults.script(Call.PUT, Fault.LOST_AFTER);
            faults.before(Call.PUT, deletion);
            faults.script(Call.GET, Fault.NONE);
            faults.before(Call.GET, deletion);

            // when
            assertThatThrownBy(creator::createCounter)

                    // then
                    .isInstanceOf(CommitUnknownException.class);
            assertThat(isDeleted).isTrue();
            assertThat(objects.keys("app.db")).isEmpty();
            assertThatThrownBy(creator::counter).isInstanceOf(DatabaseNotFoundException.class);
        }
    }

    @Test
    void reservation_that_arrives_late_is_not_taken_for_the_one_that_was_deleted() {
        try (Cloud creator = new Cloud(faults, new GrantingLockManager(), directory.resolve("work"), time);
                Cloud rival = new Cloud(memory, new GrantingLockManager(), directory.resolve("rival"), time)) {
            // given
            faults.script(Call.PUT, Fault.LATE);
            faults.script(Call.PUT, Fault.NONE);
            faults.script(Call.PUT, Fault.NONE);
            faults.before(Call.PUT, () -> {
                assertThat(objects.keys("app.db"))
                        .as("the second reservation and the base")
                        .hasSize(2);
                rival.cloud().delete(APP);
                assertThat(faults.deliverLatePuts()).hasOnlyElementsOfType(PutOutcome.Stored.class);
            });

            // when
            creator.app().execute("CREATE TABLE t AS SELECT randomblob(200000) AS b");

            // then
            assertThat(faults.isPlayed()).isTrue();
            rival.cloud().verify(APP, LONG);
            assertThat(rival.app().execute("SELECT length(b) FROM t").single()).isEqualTo(200_000L);
            assertThat(rival.txid()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(DatabaseFormat.class)
    void warm_copy_of_a_deleted_database_is_never_taken_for_the_new_one(DatabaseFormat format) {
        try (Cloud warm = new Cloud(memory, new GrantingLockManager(), directory.resolve("warm"), time, format);
                Cloud other = new Cloud(memory, new GrantingLockManager(), directory.resolve("other"), time, format)) {
            for (DatabaseFormat next : DatabaseFormat.values()) {
                // given
                warm.createCounter();
                warm.increment();
                warm.increment();
                assertThat(warm.counter()).isEqualTo(2);

                // when
                other.cloud().delete(APP);
                assertThatThrownBy(() -> other.app().execute("SELECT n FROM counter"))
                        .isInstanceOf(DatabaseNotFoundException.class);
                try (Cloud creator =
                        new Cloud(memory, new GrantingLockManager(), directory.resolve("creator"), time, next)) {
                    creator.createCounter();
                    creator.app().execute("UPDATE counter SET n = 100");
                    creator.app().execute("UPDATE counter SET n = 200");
                }

                // then
                assertThat(warm.txid()).isEqualTo(3);
                assertThat(warm.counter()).isEqualTo(200);
                warm.increment();
                assertThat(other.counter()).isEqualTo(201);
                other.cloud().delete(APP);
            }
        }
    }

    @Test
    void deletion_deletes_all_objects_of_the_database_and_no_others() {
        // given
        try (Cloud cloud = new Cloud(memory, new GrantingLockManager(), directory.resolve("work"), time)) {
            for (String name : List.of("app.db", "app.db2", "zapp.db")) {
                DbSession db = cloud.cloud().database(name);
                db.execute("CREATE TABLE t AS SELECT randomblob(200000) AS b");
                db.execute("UPDATE t SET b = randomblob(1500000)");
                db.execute("UPDATE t SET b = 7");
            }
            assertThat(objects.keys("app.db.cloudsqlite/")).hasSizeGreaterThan(3);

            // when
            cloud.cloud().delete(APP);

            // then
            assertThat(objects.keys("app.db"))
                    .isNotEmpty()
                    .allMatch(key -> key.equals("app.db2") || key.startsWith("app.db2.cloudsqlite/"));
            cloud.cloud().verify(DatabaseName.of("app.db2"), LONG);
            cloud.cloud().verify(DatabaseName.of("zapp.db"), LONG);
        }
    }

    /** Ends a creation after the reservation and the base. */
    private void crashWhileCreating() {
        try (Cloud crashing = new Cloud(faults, new GrantingLockManager(), directory.resolve("crashing"), time)) {
            faults.script(Call.PUT, Fault.NONE);
            faults.script(Call.PUT, Fault.NONE);
            for (int i = 0; i < MAX_PUTS; i++) {
                faults.script(Call.PUT, Fault.UNAVAILABLE);
            }
            assertThatThrownBy(() -> crashing.app().execute("CREATE TABLE mine AS SELECT randomblob(200000) AS b"))
                    .isInstanceOf(StorageUnavailableException.class);
            assertThat(faults.isPlayed()).isTrue();
        }
        assertThat(objects.keys("app.db")).as("the reservation and a base").hasSize(2);
    }

    private static void assertInvisible(Cloud cloud) {
        assertThat(cloud.cloud().list(Optional.empty(), 10).databases()).isEmpty();
        assertThatThrownBy(() -> cloud.cloud().describe(APP)).isInstanceOf(DatabaseNotFoundException.class);
        assertThatThrownBy(() -> cloud.cloud().export(APP)).isInstanceOf(DatabaseNotFoundException.class);
        assertThatThrownBy(() -> cloud.cloud().verify(APP, LONG)).isInstanceOf(DatabaseNotFoundException.class);
        assertThatThrownBy(() -> cloud.cloud().maintain(APP, LONG)).isInstanceOf(DatabaseNotFoundException.class);
        assertThatThrownBy(() -> cloud.cloud().convert(APP, DatabaseFormat.FILE, LONG))
                .isInstanceOf(DatabaseNotFoundException.class);
        assertThatThrownBy(() -> cloud.cloud().history(APP, OptionalLong.empty(), 10))
                .isInstanceOf(DatabaseNotFoundException.class);
        assertThatThrownBy(() -> cloud.app().execute("SELECT * FROM mine"))
                .isInstanceOf(DatabaseNotFoundException.class);
        assertThatThrownBy(() -> cloud.app().read(connection -> 1)).isInstanceOf(DatabaseNotFoundException.class);
    }
}
