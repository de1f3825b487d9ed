package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.format.MaintenanceReport;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.CountingBlobStore;
import io.cloudsqlite.store.CountingBlobStore.Counts;
import io.cloudsqlite.store.InMemoryBlobStore;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What maintenance costs a process that has no working copy, such as one that looks after all databases of a store. */
class MaintenanceTest {

    private static final DatabaseName APP = DatabaseName.of("app.db");
    private static final Duration SOON = Duration.ofMinutes(1);

    @TempDir
    private Path directory;

    private final CountingBlobStore store = new CountingBlobStore(new InMemoryBlobStore());
    private final InMemoryLockManager locks = new InMemoryLockManager();

    private CloudSqlite open(String process, DatabaseFormat format) {
        return CloudSqlite.builder(store, locks)
                .workDirectory(directory.resolve(process))
                .format(format)
                .build();
    }

    @Test
    void a_database_that_needs_nothing_is_not_downloaded() {
        // given
        for (DatabaseFormat format : DatabaseFormat.values()) {
            try (CloudSqlite writer = open("writer", format)) {
                writer.database(format + ".db").execute("CREATE TABLE t AS SELECT randomblob(5000000) AS x");
            }
        }
        store.reset();

        // when
        try (CloudSqlite maintainer = open("maintainer", DatabaseFormat.LOG)) {
            for (DatabaseFormat format : DatabaseFormat.values()) {
                assertThat(maintainer.maintain(DatabaseName.of(format + ".db"), SOON))
                        .isEqualTo(MaintenanceReport.NOTHING);
            }
        }

        // then
        Counts counts = store.reset();
        assertThat(counts.readBytes()).isLessThan(100_000);
        assertThat(counts.puts()).isZero();
    }

    @Test
    void a_database_with_a_long_log_gets_a_checkpoint_from_a_process_that_never_saw_it() {
        // given
        try (CloudSqlite writer = open("writer", DatabaseFormat.LOG)) {
            writer.database(APP).execute("CREATE TABLE t AS SELECT randomblob(5000000) AS x");
            writer.database(APP).execute("UPDATE t SET x = randomblob(5000000)");
            assertThat(writer.describe(APP).logLength()).isEqualTo(1);
        }

        // when
        try (CloudSqlite maintainer = open("maintainer", DatabaseFormat.LOG)) {
            MaintenanceReport report = maintainer.maintain(APP, SOON);

            // then
            assertThat(report.checkpointed()).isTrue();
            assertThat(maintainer.describe(APP).logLength()).isZero();
            assertThat(maintainer.verify(APP, SOON).oldestTxid()).isEqualTo(1);
        }
    }

    @Test
    @Timeout(60)
    void in_the_background_it_may_take_longer_than_a_request() {
        try (CloudSqlite cloud = CloudSqlite.builder(store, locks)
                .workDirectory(directory)
                .requestTimeout(Duration.ofNanos(1))
                .maintenanceInterval(Duration.ofMillis(50))
                .build()) {
            // given
            RequestOptions longer = RequestOptions.DEFAULT.withTimeout(SOON);
            DbSession db = cloud.database(APP);
            db.execute(SqlStatement.of("CREATE TABLE t AS SELECT randomblob(5000000) AS x"), longer);
            db.execute(SqlStatement.of("UPDATE t SET x = randomblob(5000000)"), longer);

            // then
            while (cloud.withRequestTimeout(SOON).describe(APP).logLength() > 0) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void a_database_that_does_not_exist_is_told() {
        try (CloudSqlite maintainer = open("maintainer", DatabaseFormat.LOG)) {
            assertThatThrownBy(() -> maintainer.maintain(APP, SOON)).isInstanceOf(DatabaseNotFoundException.class);
        }
    }
}
