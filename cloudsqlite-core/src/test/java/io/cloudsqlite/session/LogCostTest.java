package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.format.Checkout;
import io.cloudsqlite.lock.CountingLockManager;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.CountingBlobStore;
import io.cloudsqlite.store.CountingBlobStore.Counts;
import io.cloudsqlite.store.FileBlobStore;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.SystemRandom;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What reads and writes cost at the store in format {@code log}: what was changed, not what the database weighs. */
class LogCostTest {

    private static final DatabaseName APP = DatabaseName.of("app.db");
    private static final long MEGABYTE = 1_000_000;
    private static final long MAX_TAIL_BYTES = 64 << 10;

    /** More than what a commit of a small change adds to the tail, and what is around it. */
    private static final long ENTRY_BYTES = 8 << 10;

    private static final Duration LONG = Duration.ofMinutes(10);

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private CountingBlobStore store;
    private final CountingLockManager locks =
            new CountingLockManager(new InMemoryLockManager(time, SystemRandom.create()));
    private Cloud cloud;
    private Cloud other;

    @BeforeEach
    void open() {
        store = new CountingBlobStore(new FileBlobStore(directory.resolve("store")));
        cloud = newProcess("work");
        other = newProcess("other");
    }

    @AfterEach
    void close() {
        cloud.close();
        other.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 100})
    void one_row_update_costs_one_put_that_is_no_larger_for_a_larger_database(long megabytes) {
        // given
        create(megabytes);
        cloud.increment();
        store.reset();
        locks.reset();

        // when
        Answer<SqlResult> answer =
                cloud.app().execute(SqlStatement.of("UPDATE counter SET n = n + 1"), RequestOptions.DEFAULT);

        // then
        Counts counts = store.counts();
        assertThat(counts.puts()).isEqualTo(1);
        assertThat(counts.gets())
                .as("the checkout, which is answered with 'not modified'")
                .isLessThanOrEqualTo(1);
        assertThat(counts.notModified()).isEqualTo(counts.gets());
        assertThat(counts.requests()).isEqualTo(counts.puts() + counts.gets());
        assertThat(counts.readBytes()).isZero();
        assertThat(counts.writtenBytes())
                .as("two entries and what is around them")
                .isLessThan(8 << 10);
        assertThat(locks.counts()).isEqualTo(new CountingLockManager.Counts(1, 1, 0, 0));
        assertThat(answer.cost().storeRequests()).isEqualTo(counts.requests());
        assertThat(answer.cost().bytesUploaded()).isEqualTo(counts.writtenBytes());
        assertThat(answer.cost().bytesDownloaded()).isZero();
        assertThat(answer.cost().cache()).isEqualTo(Checkout.HIT);
    }

    @Test
    void updates_upload_no_more_than_the_tail_and_seldom_a_segment_beside_it() {
        // given
        create(2);
        int updates = 150;
        int secondPuts = 0;

        for (int i = 0; i < updates; i++) {
            // when
            store.reset();
            cloud.app().execute("UPDATE note SET text = hex(randomblob(300)) WHERE id = ?", i % 50);

            // then
            Counts counts = store.counts();
            long fullTail = MAX_TAIL_BYTES + ENTRY_BYTES;
            assertThat(counts.puts()).isBetween(1, 2);
            assertThat(counts.writtenBytes()).isLessThan(fullTail * 4 / 3 + (counts.puts() - 1) * fullTail);
            assertThat(counts.readBytes()).isZero();
            secondPuts += counts.puts() - 1;
        }
        assertThat(secondPuts).as("the tail was full").isBetween(1, updates / 15);
    }

    @Test
    void read_of_an_unchanged_database_costs_one_conditional_get() {
        // given
        create(1);
        store.reset();
        locks.reset();

        // when
        cloud.counter();

        // then
        assertThat(store.counts()).isEqualTo(new Counts(1, 1, 0, 0, 0, 0, 0, 0, 0));
        assertThat(locks.counts()).isEqualTo(CountingLockManager.Counts.NONE);
    }

    @Test
    void process_that_is_behind_catches_up_with_one_get_and_downloads_no_base() {
        // given
        create(10);
        other.counter();
        for (int i = 0; i < 5; i++) {
            cloud.increment();
        }
        store.reset();

        // when
        Answer<SqlResult> answer =
                other.app().execute(SqlStatement.of("SELECT n FROM counter"), RequestOptions.DEFAULT);

        // then
        assertThat(answer.value().single()).isEqualTo(5L);
        assertThat(answer.cost().cache()).isEqualTo(Checkout.DELTA);
        assertThat(store.counts().requests()).isEqualTo(1);
        assertThat(store.counts().gets()).isEqualTo(1);
        assertThat(store.counts().readBytes()).isLessThan(MAX_TAIL_BYTES);
    }

    @Test
    void process_that_is_behind_catches_up_across_a_checkpoint_without_the_base() {
        // given
        create(6);
        other.counter();
        cloud.increment();
        cloud.app().execute("UPDATE large SET b = randomblob(1000000) WHERE id <= 4");
        assertThat(cloud.cloud().maintain(APP, LONG).checkpointed()).isTrue();
        cloud.increment();
        store.reset();

        // when
        Answer<SqlResult> answer =
                other.app().execute(SqlStatement.of("SELECT n FROM counter"), RequestOptions.DEFAULT);

        // then
        assertThat(answer.value().single()).isEqualTo(2L);
        assertThat(answer.cost().cache()).isEqualTo(Checkout.DELTA);
        Counts counts = store.counts();
        assertThat(counts.gets())
                .as("the newest manifest, the archived one, a segment")
                .isEqualTo(3);
        assertThat(counts.requests()).isEqualTo(counts.gets());
    }

    @Test
    void process_that_is_further_behind_than_the_database_weighs_downloads_the_base() {
        // given
        create(6);
        other.counter();
        for (int i = 0; i < 3; i++) {
            cloud.app().execute("UPDATE large SET b = randomblob(1000000)");
            assertThat(cloud.cloud().maintain(APP, LONG).checkpointed()).isTrue();
        }
        store.reset();

        // when
        Answer<SqlResult> answer =
                other.app().execute(SqlStatement.of("SELECT n FROM counter"), RequestOptions.DEFAULT);

        // then
        assertThat(answer.cost().cache()).isEqualTo(Checkout.MISS);
        assertThat(store.counts().readBytes()).isBetween(6 * MEGABYTE, 10 * MEGABYTE);
        assertThat(answer.value().single()).isEqualTo(0L);
    }

    /** A database with a counter, some notes and that many megabytes of ballast. */
    private void create(long megabytes) {
        RequestOptions patient = RequestOptions.DEFAULT.withTimeout(LONG);
        cloud.createCounter();
        cloud.app().execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)");
        cloud.app().execute("CREATE TABLE large (id INTEGER PRIMARY KEY, b BLOB)");
        cloud.app()
                .execute(
                        SqlStatement.of("WITH RECURSIVE i(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM i LIMIT 50)"
                                + " INSERT INTO note SELECT x, hex(randomblob(300)) FROM i"),
                        patient);
        cloud.app()
                .execute(
                        SqlStatement.of("WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i LIMIT "
                                + megabytes + ") INSERT INTO large SELECT x, randomblob(" + MEGABYTE + ") FROM i"),
                        patient);
        cloud.cloud().maintain(APP, LONG);
        cloud.counter();
    }

    private Cloud newProcess(String work) {
        return new Cloud(store, locks, directory.resolve(work), time, DatabaseFormat.LOG);
    }
}
