package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.lock.GrantingLockManager;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.FileBlobStore;
import io.cloudsqlite.store.ForkedJvm;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What happens when the work directory is taken away under a process, in part or as a whole: by a cleaner of temporary files,
 * or by another process. Nothing that was acknowledged may be lost, and the store must never receive what is not there.
 */
@ParameterizedClass
@EnumSource(DatabaseFormat.class)
class LocalFilesTest {

    @Parameter
    DatabaseFormat format;

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final InMemoryBlobStore store = new InMemoryBlobStore(time);
    private Cloud cloud;
    private Cloud rival;

    @BeforeEach
    void open() {
        cloud = newCloud("work");
        rival = newCloud("rival");
        rival.createCounter();
        cloud.increment();
    }

    @AfterEach
    void close() {
        cloud.close();
        rival.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".db"})
    void vanished_main_file_does_not_come_back_as_an_empty_database(String suffix) throws IOException {
        // given
        for (Path file : copies(suffix)) {
            Files.delete(file);
        }

        // when, then
        assertThatThrownBy(() -> cloud.app().execute("CREATE TABLE IF NOT EXISTS audit (x)"))
                .isInstanceOf(StorageUnavailableException.class)
                .hasMessageNotContaining(directory.toString());
        assertThat(rival.counter()).isEqualTo(1);
        cloud.increment();
        assertThat(rival.counter()).isEqualTo(2);
    }

    @Test
    void vanished_wal_does_not_pass_for_a_transaction_that_changed_nothing() {
        // when, then
        assertThatThrownBy(() -> cloud.app().write(connection -> {
                    run(connection, "UPDATE counter SET n = 7");
                    copies("-wal").forEach(LocalFilesTest::delete);
                    return null;
                }))
                .isInstanceOf(StorageUnavailableException.class);
        assertThat(rival.counter()).isEqualTo(1);
        assertThat(cloud.counter()).isEqualTo(1);
    }

    @Test
    void truncated_main_file_is_neither_published_nor_kept() throws IOException {
        // given
        rival.app().execute("CREATE TABLE big AS SELECT zeroblob(100000) AS b");
        cloud.counter();
        try (FileChannel main = FileChannel.open(copies(".db").get(0), StandardOpenOption.WRITE)) {
            main.truncate(8192);
        }

        // when
        assertThatThrownBy(() -> cloud.app().execute("CREATE TABLE another (x)"))
                .isInstanceOf(CloudSqliteException.class);

        // then
        assertThat(rival.app().execute("PRAGMA integrity_check").single()).isEqualTo("ok");
        assertThat(cloud.app().execute("SELECT length(b) FROM big").single()).isEqualTo(100_000L);
    }

    @Test
    void damage_that_sqlite_finds_is_mended_by_a_new_download() throws IOException {
        // given
        rival.app().execute("CREATE TABLE big AS SELECT zeroblob(100000) AS b");
        cloud.counter();
        try (FileChannel main = FileChannel.open(copies(".db").get(0), StandardOpenOption.WRITE)) {
            main.truncate(8192);
        }

        // when
        assertThatThrownBy(() -> cloud.app().execute("SELECT sum(length(b)) FROM big"))
                .isInstanceOf(CorruptDatabaseException.class);

        // then
        assertThat(cloud.app().execute("SELECT sum(length(b)) FROM big").single())
                .isEqualTo(100_000L);
    }

    @Test
    void database_with_a_broken_schema_is_told_to_be_damaged() throws Exception {
        // given
        Path file = directory.resolve("broken.db");
        try (Connection plain = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            run(plain, "CREATE TABLE t (x)");
            run(plain, "PRAGMA writable_schema = ON");
            run(plain, "UPDATE sqlite_schema SET sql = 'CREATE TABLE oops('");
        }
        Deadline deadline = Deadline.after(Duration.ofMinutes(1), time);
        store.put("bad.db", BlobBody.of(Files.readAllBytes(file)), Map.of(), PutCondition.IF_ABSENT, deadline);
        DbSession bad = cloud.cloud().database("bad.db");

        // when, then
        assertThatThrownBy(() -> bad.execute("SELECT * FROM t")).isInstanceOf(CorruptDatabaseException.class);
        assertThatThrownBy(() -> bad.execute("INSERT INTO t VALUES (1)")).isInstanceOf(CorruptDatabaseException.class);
    }

    @Test
    void closing_while_a_transaction_is_written_does_not_give_its_files_away() {
        // given
        AtomicReference<Cloud> next = new AtomicReference<>();

        // when
        cloud.app().write(connection -> {
            run(connection, "UPDATE counter SET n = 7");
            cloud.close();
            next.set(newCloud("work"));
            assertThat(next.get().counter()).isEqualTo(1);
            return null;
        });

        // then
        assertThat(rival.counter()).isEqualTo(7);
        assertThat(next.get().counter()).isEqualTo(7);
        next.get().close();
        assertThatThrownBy(cloud::counter).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void lost_lock_file_of_the_slot_costs_no_write() throws IOException {
        // given
        Files.delete(directory.resolve("work").resolve("0.lock"));

        // when
        cloud.app().write(connection -> {
            run(connection, "UPDATE counter SET n = 7");
            try (Cloud next = newCloud("work")) {
                assertThat(next.counter()).isEqualTo(1);
            }
            return null;
        });

        // then
        assertThat(rival.counter()).isEqualTo(7);
    }

    @Test
    void slot_is_not_lost_to_another_process_when_this_one_claims_a_second() throws Exception {
        // given
        Path work = directory.resolve("shared-work");
        FileBlobStore files = new FileBlobStore(directory.resolve("store"));
        try (Cloud first = new Cloud(files, new GrantingLockManager(), work, TimeSource.system(), format);
                Cloud second = new Cloud(store, new GrantingLockManager(), work, TimeSource.system(), format);
                Cloud fresh = new Cloud(
                        files, new GrantingLockManager(), directory.resolve("fresh"), TimeSource.system(), format)) {
            first.createCounter();
            assertThat(second.counter()).isEqualTo(1);

            // when
            List<String> seenByOther = first.app().write(connection -> {
                run(connection, "UPDATE counter SET n = 100");
                try (ForkedJvm other = ForkedJvm.start(List.of(), LocalFilesTest.class, directory)) {
                    return other.readAllLines();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });

            // then
            assertThat(seenByOther).containsExactly("0");
            assertThat(fresh.counter()).isEqualTo(100);
        }
    }

    /** The other process of the test above. */
    public static void main(String[] arguments) {
        Path directory = Path.of(arguments[0]);
        FileBlobStore files = new FileBlobStore(directory.resolve("store"));
        try (Cloud cloud =
                new Cloud(files, new GrantingLockManager(), directory.resolve("shared-work"), TimeSource.system())) {
            System.out.println(cloud.counter());
        }
    }

    private Cloud newCloud(String work) {
        return new Cloud(store, new GrantingLockManager(), directory.resolve(work), time, format);
    }

    private List<Path> copies(String suffix) {
        try (Stream<Path> files = Files.walk(directory.resolve("work").resolve("0"))) {
            return files.filter(file -> file.getFileName().toString().startsWith("copy-"))
                    .filter(file -> file.toString().endsWith(suffix))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
