package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.format.HistoryEntry;
import io.cloudsqlite.format.LogPolicy;
import io.cloudsqlite.format.MaintenanceReport;
import io.cloudsqlite.lock.GrantingLockManager;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.FaultyBlobStore;
import io.cloudsqlite.store.FaultyBlobStore.Call;
import io.cloudsqlite.store.FaultyBlobStore.Fault;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.store.PutOutcome;
import io.cloudsqlite.store.StoredObjects;
import io.cloudsqlite.time.ManualTime;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What maintenance keeps of a database's past, and what it deletes. */
class RetentionTest {

    private static final DatabaseName APP = DatabaseName.of("app.db");
    private static final String FOLDER = "app.db.cloudsqlite/";
    private static final Duration RETENTION = Duration.ofDays(7);
    private static final Duration LONG = Duration.ofMinutes(5);

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final InMemoryBlobStore store = new InMemoryBlobStore(time);
    private final StoredObjects objects = new StoredObjects(store);
    private Cloud cloud;
    private Cloud other;

    @BeforeEach
    void open() {
        cloud = new Cloud(store, new GrantingLockManager(), directory.resolve("work"), time);
        other = new Cloud(store, new GrantingLockManager(), directory.resolve("other"), time);
        cloud.createCounter();
        cloud.app().execute("ALTER TABLE counter ADD COLUMN b BLOB");
    }

    @AfterEach
    void close() {
        cloud.close();
        other.close();
    }

    @Test
    void every_state_within_retention_can_be_restored_and_what_is_much_older_is_deleted() {
        // given
        List<Instant> made = new ArrayList<>();
        int deleted = 0;
        for (int day = 1; day <= 16; day++) {
            // One checkpoint on each day, and a transaction on either side of it.
            cloud.increment();
            made.add(time.instant());
            time.advance(Duration.ofHours(8));
            cloud.app().execute("UPDATE counter SET n = n + 1, b = randomblob(1200000)");
            made.add(time.instant());
            time.advance(Duration.ofHours(16));

            // when
            deleted += cloud.cloud().maintain(APP, LONG).deletedObjects();

            // then
            if (day % 8 == 0) {
                assertRestorable(made);
            }
        }
        assertThat(deleted).isGreaterThan(15);
        assertThat(objects.keys(FOLDER + "base/"))
                .as("seven days and one before")
                .hasSizeBetween(7, 9);
        assertThat(objects.keys(FOLDER + "manifests/")).hasSizeBetween(7, 9);
        assertThat(objects.keys(FOLDER + "log/")).hasSizeBetween(7, 9);
        assertThatThrownBy(() -> counterAt(PointInTime.atTime(made.get(10))))
                .isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> counterAt(PointInTime.afterTransaction(5)))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("history");
    }

    @Test
    void archived_manifest_that_arrives_after_it_was_deleted_leads_nowhere() {
        FaultyBlobStore faults = new FaultyBlobStore(store);
        try (CloudSqlite keepsNothing = CloudSqlite.builder(faults, new GrantingLockManager())
                .workDirectory(directory.resolve("faulty"))
                .time(time)
                .retention(Duration.ZERO)
                .logPolicy(new LogPolicy(64 << 10, 512 << 10, 1 << 20, 2, 4 << 20, 64, 8, Duration.ZERO))
                .build()) {
            // given
            cloud.app().execute("UPDATE counter SET b = randomblob(1200000)");
            // The segment, the manifest, the base, and then the manifest that is archived.
            faults.script(Call.PUT, Fault.NONE);
            faults.script(Call.PUT, Fault.NONE);
            faults.script(Call.PUT, Fault.NONE);
            faults.script(Call.PUT, Fault.LATE);
            keepsNothing.database(APP).execute("UPDATE counter SET b = randomblob(1200000)");
            assertThat(faults.isPlayed()).isTrue();
            time.advance(Duration.ofSeconds(1));
            keepsNothing.maintain(APP, LONG);
            assertThat(objects.keys(FOLDER + "manifests/")).isEmpty();

            // when
            assertThat(faults.deliverLatePuts()).hasOnlyElementsOfType(PutOutcome.Stored.class);

            // then
            assertThat(objects.keys(FOLDER + "manifests/")).hasSize(1);
            other.cloud().verify(APP, LONG);
        }
    }

    private void assertRestorable(List<Instant> made) {
        Instant oldest = time.instant().minus(RETENTION);
        for (int i = 0; i < made.size(); i++) {
            if (made.get(i).isAfter(oldest)) {
                assertThat(counterAt(PointInTime.afterTransaction(i + 3))).isEqualTo(i + 1);
                assertThat(counterAt(PointInTime.atTime(made.get(i)))).isEqualTo(i + 1);
            }
        }
        if (made.get(0).isBefore(oldest)) {
            assertThat(counterAt(PointInTime.atTime(oldest))).isPositive();
        }
        long listed = cloud.cloud().history(APP, OptionalLong.empty(), 1_000).stream()
                .filter(entry -> entry.txid() >= 3)
                .map(HistoryEntry::timestamp)
                .filter(oldest::isBefore)
                .count();
        assertThat(listed).isEqualTo(made.stream().filter(oldest::isBefore).count());
        other.cloud().verify(APP, LONG);
    }

    @Test
    void garbage_is_deleted_once_it_is_older_than_an_hour_and_not_before() {
        // given
        StoredObjects.Content something = objects.get("app.db");
        List<String> garbage = List.of(FOLDER + "base/left", FOLDER + "log/left", FOLDER + "manifests/left");
        garbage.forEach(key -> objects.put(key, something));

        // when
        time.advance(Duration.ofMinutes(59));
        MaintenanceReport young = cloud.cloud().maintain(APP, LONG);
        time.advance(Duration.ofMinutes(2));
        MaintenanceReport old = cloud.cloud().maintain(APP, LONG);

        // then
        assertThat(young).isEqualTo(MaintenanceReport.NOTHING);
        assertThat(old.deletedObjects()).isEqualTo(3);
        assertThat(old.deletedBytes()).isEqualTo(3L * something.bytes().length);
        assertThat(objects.keys(FOLDER)).doesNotContainAnyElementsOf(garbage);
        assertThat(cloud.cloud().maintain(APP, LONG)).isEqualTo(MaintenanceReport.NOTHING);
        assertThat(other.counter()).isZero();
    }

    @Test
    void objects_of_other_databases_are_nobody_elses_garbage() {
        // given
        cloud.cloud().database("app.db2").execute("CREATE TABLE t AS SELECT randomblob(200000) AS b");
        List<String> before = objects.keys("app.db2");
        time.advance(Duration.ofDays(30));

        // when
        cloud.cloud().maintain(APP, LONG);

        // then
        assertThat(objects.keys("app.db2")).isEqualTo(before);
    }

    @Test
    void process_that_is_behind_finds_its_way_after_an_old_log_was_checkpointed_and_collected_at_once() {
        // given
        cloud.app().execute("CREATE TABLE ballast AS SELECT zeroblob(2000000) AS a, randomblob(2500000) AS b");
        cloud.app().execute("UPDATE counter SET b = randomblob(70000)");
        other.counter();
        cloud.app().execute("UPDATE counter SET n = n + 1, b = randomblob(70000)");
        time.advance(RETENTION.plusDays(1));

        // when
        MaintenanceReport report = cloud.cloud().maintain(APP, LONG);

        // then
        assertThat(report.checkpointed()).isTrue();
        assertThat(other.counter()).isEqualTo(1);
        assertThat(other.cloud().history(APP, OptionalLong.empty(), 100)).isNotEmpty();
        other.cloud().verify(APP, LONG);
        time.advance(Duration.ofHours(2));
        cloud.cloud().maintain(APP, LONG);
        assertThat(objects.keys(FOLDER)).as("the base is left").hasSize(1);
        other.increment();
        assertThat(cloud.counter()).isEqualTo(2);
        other.cloud().verify(APP, LONG);
    }

    @Test
    void process_that_is_behind_what_was_collected_downloads_the_base() {
        // given
        other.counter();
        for (int i = 0; i < 3; i++) {
            cloud.app().execute("UPDATE counter SET n = n + 1, b = randomblob(1200000)");
            time.advance(RETENTION.plusDays(1));
            cloud.cloud().maintain(APP, LONG);
        }

        // when, then
        assertThat(other.counter()).isEqualTo(3);
        other.increment();
        assertThat(cloud.counter()).isEqualTo(4);
    }

    private long counterAt(PointInTime when) {
        return (Long) other.app()
                .execute(SqlStatement.of("SELECT n FROM counter"), RequestOptions.DEFAULT.withAsOf(when))
                .value()
                .rows()
                .get(0)
                .get(0);
    }
}
