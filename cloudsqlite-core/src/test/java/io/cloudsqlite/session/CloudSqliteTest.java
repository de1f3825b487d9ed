package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseExistsException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.StatementTimeoutException;
import io.cloudsqlite.format.DatabaseDetails;
import io.cloudsqlite.format.DatabaseInfo;
import io.cloudsqlite.format.DatabasePage;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.SystemRandom;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Looking after databases: listing, describing, importing, exporting, deleting, unlocking. */
@ParameterizedClass
@EnumSource(DatabaseFormat.class)
class CloudSqliteTest {

    private static final DatabaseName APP = DatabaseName.of("app.db");
    private static final Duration SOON = Duration.ofMinutes(1);

    @Parameter
    DatabaseFormat format;

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final InMemoryBlobStore store = new InMemoryBlobStore(time);
    private final InMemoryLockManager locks = new InMemoryLockManager(time, SystemRandom.create());
    private CloudSqlite cloud;

    @BeforeEach
    void open() {
        cloud = CloudSqlite.builder(store, locks)
                .workDirectory(directory.resolve("work"))
                .time(time)
                .format(format)
                .build();
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    @Test
    void databases_are_listed_in_pages_and_other_objects_are_passed_over() {
        // given
        for (String name : List.of("c.db", "a.db", "d.db", "b.db")) {
            cloud.database(name).execute("CREATE TABLE t (x)");
        }
        cloud.database("b.db").execute("INSERT INTO t VALUES (1)");
        store.put("b.db.cloudsqlite/manifest.json", BlobBody.of(new byte[1]), Map.of(), PutCondition.ALWAYS, soon());

        // when
        List<DatabaseInfo> listed = new ArrayList<>();
        Optional<String> after = Optional.empty();
        int pages = 0;
        do {
            DatabasePage page = cloud.list(after, 3);
            listed.addAll(page.databases());
            after = page.nextAfter();
            pages++;
        } while (after.isPresent());

        // then
        assertThat(listed).extracting(info -> info.name().value()).containsExactly("a.db", "b.db", "c.db", "d.db");
        assertThat(listed).extracting(DatabaseInfo::txid).containsExactly(1L, 2L, 1L, 1L);
        assertThat(pages).isEqualTo(2);
    }

    @Test
    void description_tells_size_pages_and_txid() {
        // given
        cloud.database(APP).execute("CREATE TABLE t (x)");

        // when
        DatabaseDetails details = cloud.describe(APP);

        // then
        assertThat(details.info().txid()).isEqualTo(1);
        assertThat(details.pageSizeBytes() * details.pageCount())
                .isEqualTo(details.info().sizeBytes());
        assertThat(details.info().format()).isEqualTo(format);
    }

    @Test
    void what_is_not_there_is_told_as_such() {
        // when, then
        assertThatThrownBy(() -> cloud.describe(APP)).isInstanceOf(DatabaseNotFoundException.class);
        assertThatThrownBy(() -> cloud.export(APP)).isInstanceOf(DatabaseNotFoundException.class);
        assertThatThrownBy(() -> cloud.delete(APP)).isInstanceOf(DatabaseNotFoundException.class);
        assertThat(cloud.list(Optional.empty(), 10).databases()).isEmpty();
    }

    @Test
    void export_is_a_plain_database() throws Exception {
        // given
        cloud.database(APP).execute("CREATE TABLE t AS SELECT 42 AS x");

        // when
        Path file = directory.resolve("exported.db");
        try (Export export = cloud.export(APP)) {
            Files.copy(export.body(), file);
            assertThat(export.sizeBytes()).isEqualTo(Files.size(file));
            assertThat(export.version().txid()).isEqualTo(1);
        }

        // then
        try (Connection plain = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = plain.createStatement()) {
            assertThat(statement.executeQuery("SELECT x FROM t").getLong(1)).isEqualTo(42);
        }
    }

    @Test
    void export_of_a_database_that_is_damaged_in_the_store_does_not_begin() throws IOException {
        // given
        cloud.database(APP).execute("CREATE TABLE t AS SELECT 42 AS x");
        try (GetOutcome.Found found = (GetOutcome.Found) store.get("app.db", Optional.empty(), soon())) {
            byte[] bytes = found.body().readAllBytes();
            bytes[bytes.length / 2] ^= 1;
            store.put("app.db", BlobBody.of(bytes), found.info().metadata(), PutCondition.ALWAYS, soon());
        }

        // when, then
        assertThatThrownBy(() -> cloud.export(APP)).isInstanceOf(CorruptDatabaseException.class);
    }

    @Test
    void export_of_a_working_copy_that_was_damaged_does_not_end_well() throws IOException {
        // given
        cloud.database(APP).execute("CREATE TABLE t AS SELECT 42 AS x");
        try (Export export = cloud.export(APP);
                Stream<Path> files = Files.walk(directory.resolve("work"))) {
            Path copy = files.filter(file -> file.toString().endsWith(".db"))
                    .findFirst()
                    .orElseThrow();
            byte[] bytes = Files.readAllBytes(copy);
            bytes[bytes.length / 2] ^= 1;
            Files.write(copy, bytes);

            // when, then
            assertThatThrownBy(() -> export.body().readAllBytes()).isInstanceOf(IOException.class);
        }
    }

    @Test
    void import_creates_a_database_and_replacing_one_is_a_transaction_of_its_own() throws Exception {
        // given
        byte[] first = plainDatabase("CREATE TABLE t AS SELECT 1 AS x");
        byte[] second = plainDatabase("PRAGMA journal_mode = WAL", "CREATE TABLE t AS SELECT 2 AS x");

        // when
        long created = importBytes(first, false);
        Object before = valueOfX();
        long replaced = importBytes(second, true);

        // then
        assertThat(List.of(created, replaced)).containsExactly(1L, 2L);
        assertThat(before).isEqualTo(1L);
        assertThat(valueOfX()).isEqualTo(2L);
        cloud.database(APP).execute("UPDATE t SET x = 3");
        assertThat(cloud.describe(APP).info().txid()).isEqualTo(3);
    }

    @Test
    void import_does_not_replace_unasked() throws Exception {
        // given
        cloud.database(APP).execute("CREATE TABLE t AS SELECT 1 AS x");
        byte[] other = plainDatabase("CREATE TABLE t AS SELECT 2 AS x");

        // when, then
        assertThatThrownBy(() -> importBytes(other, false)).isInstanceOf(DatabaseExistsException.class);
        assertThat(valueOfX()).isEqualTo(1L);
    }

    @Test
    void what_is_not_a_sound_database_is_not_imported() throws Exception {
        // given
        byte[] sound = plainDatabase("CREATE TABLE t AS SELECT 1 AS x", "CREATE INDEX i ON t (x)");
        byte[] cutOff = Arrays.copyOf(sound, sound.length - 100);
        byte[] pagesMissing = Arrays.copyOf(sound, 4096);
        byte[] damaged = sound.clone();
        Arrays.fill(damaged, 4096, 8192, (byte) 0x5a);
        byte[] text =
                "this is not a database, however long it may be; it goes on for more than a hundred bytes, as you see"
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8);

        for (byte[] bytes : List.of(cutOff, pagesMissing, damaged, text, new byte[0], new byte[512])) {
            // when, then
            assertThatThrownBy(() -> importBytes(bytes, true)).isInstanceOf(InvalidRequestException.class);
        }
        assertThatThrownBy(() -> cloud.describe(APP)).isInstanceOf(DatabaseNotFoundException.class);
        assertThat(directory.resolve("work/0/scratch")).isEmptyDirectory();
    }

    @Test
    void virtual_tables_are_imported_if_their_module_is_known() throws Exception {
        // given
        byte[] known = plainDatabase("CREATE VIRTUAL TABLE t USING fts5(x)", "INSERT INTO t VALUES (7)");
        byte[] unknown = plainDatabase("CREATE VIRTUAL TABLE \"USING fts5\" USING fts4(x)");

        // when, then
        importBytes(known, false);
        assertThat(valueOfX()).isEqualTo(7L);
        assertThatThrownBy(() -> importBytes(unknown, true))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("module");
    }

    @Test
    void import_that_is_too_large_is_refused() {
        // when, then
        assertThatThrownBy(() -> importBytes(new byte[(1 << 20) + 1], true))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("1048576");
        assertThat(directory.resolve("work/0/scratch")).isEmptyDirectory();
    }

    @Test
    void import_ends_at_its_timeout_and_leaves_nothing() {
        // given
        InputStream endless = new CallersStream(() -> time.advance(Duration.ofSeconds(1)));
        InputStream failing = new CallersStream(() -> {
            throw new IllegalStateException("the caller's own");
        });

        // when, then
        assertThatThrownBy(() -> cloud.importDatabase(APP, endless, true, 1 << 20, SOON))
                .isInstanceOf(StatementTimeoutException.class);
        assertThatThrownBy(() -> cloud.importDatabase(APP, failing, true, 1 << 20, SOON))
                .isInstanceOf(IllegalStateException.class);
        assertThat(directory.resolve("work/0/scratch")).isEmptyDirectory();
    }

    @Test
    void object_with_metadata_that_make_no_sense_hides_no_other_and_can_be_deleted() {
        // given
        cloud.database("good.db").execute("CREATE TABLE t (x)");
        store.put("app.db", BlobBody.of(new byte[512]), Map.of("cloudsqlite-txid", "5"), PutCondition.ALWAYS, soon());

        // when, then
        assertThatThrownBy(this::valueOfX).isInstanceOf(CorruptDatabaseException.class);
        assertThat(cloud.list(Optional.empty(), 10).databases())
                .extracting(info -> info.name().value())
                .containsExactly("app.db", "good.db");
        cloud.delete(APP);
        assertThatThrownBy(this::valueOfX).isInstanceOf(DatabaseNotFoundException.class);
    }

    @Test
    void vacuum_does_not_create_a_database() {
        // when, then
        assertThatThrownBy(() -> cloud.database(APP).execute("VACUUM")).isInstanceOf(DatabaseNotFoundException.class);
        assertThat(cloud.list(Optional.empty(), 10).databases()).isEmpty();
    }

    @Test
    void deletion_removes_the_database_and_the_next_write_begins_anew() {
        // given
        cloud.database(APP).execute("CREATE TABLE t AS SELECT 1 AS x");
        cloud.database(APP).execute("UPDATE t SET x = 2");

        // when
        cloud.delete(APP);

        // then
        assertThatThrownBy(this::valueOfX).isInstanceOf(DatabaseNotFoundException.class);
        cloud.database(APP).execute("CREATE TABLE t AS SELECT 7 AS x");
        assertThat(valueOfX()).isEqualTo(7L);
        assertThat(cloud.describe(APP).info().txid()).isEqualTo(1);
    }

    @Test
    void lock_that_a_dead_process_left_can_be_taken_away() {
        // given
        cloud.database(APP).execute("CREATE TABLE t AS SELECT 1 AS x");
        Lease left = locks.acquire(APP, Duration.ofHours(1), soon());

        // when, then
        assertThat(cloud.findLock(APP))
                .hasValueSatisfying(lock -> assertThat(lock.holder()).isEqualTo(left.holder()));
        assertThatThrownBy(() -> cloud.database(APP).execute("UPDATE t SET x = 2"))
                .isInstanceOf(DatabaseLockedException.class)
                .hasMessageContaining(left.holder());
        assertThat(cloud.unlock(APP)).isTrue();
        assertThat(cloud.unlock(APP)).isFalse();
        cloud.database(APP).execute("UPDATE t SET x = 2");
        assertThat(valueOfX()).isEqualTo(2L);
    }

    @Test
    void directory_and_memory_are_opened_in_one_line() {
        // given
        Path data = directory.resolve("data");

        // when
        try (CloudSqlite first = CloudSqlite.inDirectory(data)
                        .workDirectory(directory.resolve("w1"))
                        .build();
                CloudSqlite second = CloudSqlite.inDirectory(data)
                        .workDirectory(directory.resolve("w2"))
                        .build();
                CloudSqlite apart = CloudSqlite.inMemory()
                        .workDirectory(directory.resolve("w3"))
                        .build()) {
            first.database(APP).execute("CREATE TABLE t AS SELECT 5 AS x");

            // then
            assertThat(second.database(APP).execute("SELECT x FROM t").single()).isEqualTo(5L);
            assertThat(data.resolve("app.db")).isRegularFile();
            assertThat(apart.list(Optional.empty(), 10).databases()).isEmpty();
        }
    }

    /** Zeros without end, with something that happens at each read. */
    private static final class CallersStream extends InputStream {

        private final Runnable atEachRead;

        CallersStream(Runnable atEachRead) {
            this.atEachRead = atEachRead;
        }

        @Override
        public int read() {
            atEachRead.run();
            return 0;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            bytes[offset] = (byte) read();
            return 1;
        }
    }

    private @Nullable Object valueOfX() {
        return cloud.database(APP).execute("SELECT x FROM t").single();
    }

    private long importBytes(byte[] bytes, boolean replace) {
        return cloud.importDatabase(APP, new ByteArrayInputStream(bytes), replace, 1 << 20, SOON);
    }

    private byte[] plainDatabase(String... statements) throws SQLException, IOException {
        Path file = Files.createTempFile(directory, "plain", ".db");
        try (Connection plain = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = plain.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
        return Files.readAllBytes(file);
    }

    private Deadline soon() {
        return Deadline.after(SOON, time);
    }
}
