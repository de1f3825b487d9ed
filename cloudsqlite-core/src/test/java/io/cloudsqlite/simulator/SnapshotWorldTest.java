package io.cloudsqlite.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.Snapshot;
import io.cloudsqlite.copy.WorkDirectory;
import io.cloudsqlite.copy.WorkingCopy;
import io.cloudsqlite.copy.WriteGroup;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.time.Deadline;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Threads that want a whole database while a transaction is folded into it. */
final class SnapshotWorldTest {

    private final World world = new World(1, Fiber::of);
    private final SimulatedTime time = new SimulatedTime(world, Duration.ZERO, 1);
    private final List<String> taken = new ArrayList<>();

    private WorkDirectory work;

    @BeforeEach
    void claim(@TempDir Path directory) {
        work = WorkDirectory.claim(directory, OptionalLong.empty());
    }

    @AfterEach
    void end() {
        world.end();
        work.close();
    }

    @Test
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void those_who_wait_until_a_transaction_is_folded_do_not_keep_each_other_awake() {
        // given
        world.start("process", Duration.ZERO, () -> {
            WorkingCopy copy = WorkingCopy.open(work, DatabaseName.of("app.db"), connection -> {}, time);
            copy.markAbsent(copy.epoch());
            write(copy, 1, Duration.ZERO);
            world.threadsOfThisProcess().execute(() -> takeSnapshot(copy));
            world.threadsOfThisProcess().execute(() -> takeSnapshot(copy));
            write(copy, 2, Duration.ofSeconds(5));
        });

        // when
        world.run();

        // then
        assertThat(taken).containsExactly("TXID 2 after 5 s", "TXID 2 after 5 s");
    }

    /** Commits, and folds what was committed {@code pause} later. */
    private void write(WorkingCopy copy, long txid, Duration pause) {
        try (WriteGroup group = copy.write().orElseThrow();
                Statement statement = group.connection().createStatement()) {
            group.begin();
            statement.execute("CREATE TABLE t" + txid + " (n INTEGER)");
            group.commit();
            group.change();
            group.accept(version(txid));
            world.sleep(pause);
        } catch (SQLException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void takeSnapshot(WorkingCopy copy) {
        world.sleep(Duration.ofSeconds(1));
        try (Snapshot snapshot =
                copy.snapshot(Deadline.after(Duration.ofMinutes(1), time)).orElseThrow()) {
            taken.add("TXID " + snapshot.version().txid() + " after "
                    + Duration.ofNanos(world.nowNanos()).toSeconds() + " s");
        }
    }

    private static DatabaseVersion version(long txid) {
        return new DatabaseVersion(
                DatabaseFormat.LOG, Optional.empty(), txid, List.of(), new BlobVersion("version" + txid));
    }
}
