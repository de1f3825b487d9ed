package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.SystemRandom;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Verifying databases with logs of all shapes. */
class VerificationTest {

    private static final DatabaseName APP = DatabaseName.of("app.db");
    private static final Duration SOON = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final InMemoryBlobStore store = new InMemoryBlobStore(time);
    private CloudSqlite cloud;
    private LogKeeper keeper;

    @BeforeEach
    void open() {
        cloud = CloudSqlite.builder(store, new InMemoryLockManager(time, SystemRandom.create()))
                .workDirectory(directory.resolve("work"))
                .time(time)
                .build();
        keeper = new LogKeeper(store, APP, directory.resolve("keeper"), time);
    }

    @AfterEach
    void close() {
        keeper.close();
        cloud.close();
    }

    @Test
    void database_whose_first_transaction_is_its_base_is_verified() {
        // given
        cloud.database(APP).execute("CREATE TABLE t (x)");
        assertThat(keeper.checkpoint()).isTrue();
        cloud.database(APP).execute("INSERT INTO t VALUES (1)");

        // when
        VerificationReport report = cloud.verify(APP, SOON);

        // then
        assertThat(report.oldestTxid()).isEqualTo(1);
        assertThat(report.txid()).isEqualTo(2);
    }

    @Test
    void database_of_one_transaction_has_one_state() {
        // given
        cloud.database(APP).execute("CREATE TABLE t (x)");

        // when
        VerificationReport report = cloud.verify(APP, SOON);

        // then
        assertThat(report.verifiedStates()).isEqualTo(1);
        assertThat(report.oldestTxid()).isEqualTo(1);
        assertThat(report.txid()).isEqualTo(1);
    }

    @Test
    void every_base_is_verified_with_the_log_that_leads_to_the_next() {
        // given
        cloud.database(APP).execute("CREATE TABLE t (x)");
        for (int base = 1; base <= 3; base++) {
            cloud.database(APP).execute("INSERT INTO t VALUES (1)");
            cloud.database(APP).execute("INSERT INTO t VALUES (2)");
            assertThat(keeper.checkpoint()).isTrue();
        }

        // when
        VerificationReport report = cloud.verify(APP, SOON);

        // then
        // The oldest, and those that became bases, the newest of which is rebuilt from the base before it too.
        assertThat(report.verifiedStates()).isEqualTo(4);
        assertThat(report.oldestTxid()).isEqualTo(1);
        assertThat(report.txid()).isEqualTo(7);
    }
}
