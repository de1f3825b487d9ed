package io.cloudsqlite.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.cli.bench.cloud.Cloud;
import io.cloudsqlite.cli.bench.cloud.Traffic;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FirstAlgorithmTest {

    private static final DatabaseName NAME = DatabaseName.of("app.db");

    @TempDir
    private Path directory;

    private final Cloud cloud = Cloud.real(new InMemoryBlobStore(), new InMemoryLockManager());
    private final Deadline deadline = Deadline.after(Duration.ofMinutes(1), TimeSource.system());
    private FirstAlgorithm algorithm;
    private long sizeBytes;

    @BeforeEach
    void put_a_database() throws Exception {
        Path file = directory.resolve("original.db");
        Items.build(file, 50_000);
        sizeBytes = Files.size(file);
        cloud.directStore().put(NAME.value(), FirstAlgorithm.bodyOf(file), Map.of(), PutCondition.IF_ABSENT, deadline);
        algorithm = new FirstAlgorithm(cloud.store(), cloud.locks(), NAME, directory.resolve("copy.db"));
    }

    @Test
    void each_statement_takes_the_lock_and_moves_the_whole_database_both_ways() throws Exception {
        algorithm.execute(Items.READ, 1);

        assertThat(cloud.meter().total()).isEqualTo(new Traffic(1, 1, 0, 0, sizeBytes, sizeBytes, 2));
    }

    @Test
    void what_it_writes_is_in_the_store() throws Exception {
        algorithm.execute(Items.WRITE, 7);
        algorithm.execute(Items.WRITE, 8);

        Path stored = directory.resolve("stored.db");
        FirstAlgorithm.download(cloud.directStore(), NAME, stored, deadline);
        assertThat(Items.countWrites(stored)).isEqualTo(2);
    }

    @Test
    void absent_database_is_not_downloaded_as_an_empty_file() {
        Path file = directory.resolve("absent.db");

        assertThatThrownBy(() ->
                        FirstAlgorithm.download(cloud.directStore(), DatabaseName.of("absent.db"), file, deadline))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("absent.db");
        assertThat(file).doesNotExist();
    }
}
