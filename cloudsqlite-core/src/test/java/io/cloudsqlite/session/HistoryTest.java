package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.DatabaseExistsException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.format.HistoryEntry;
import io.cloudsqlite.lock.GrantingLockManager;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.store.StoredObjects;
import io.cloudsqlite.time.ManualTime;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The past of a database: listed, read, exported and restored, whatever has become of its log since. */
class HistoryTest {

    private static final DatabaseName APP = DatabaseName.of("app.db");
    private static final DatabaseName COPY = DatabaseName.of("copy.db");
    private static final SqlStatement SELECT_N = SqlStatement.of("SELECT n FROM t");
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration BETWEEN = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final InMemoryBlobStore store = new InMemoryBlobStore(time);
    private final StoredObjects objects = new StoredObjects(store);
    private Cloud cloud;
    private Cloud fresh;

    /** When each transaction was made, the first at 0. In the state after transaction {@code k}, {@code n} is {@code k}. */
    private final List<Instant> made = new ArrayList<>();

    @BeforeEach
    void make_a_past_with_checkpoints_imports_and_merges() throws Exception {
        cloud = new Cloud(store, new GrantingLockManager(), directory.resolve("work"), time);
        fresh = new Cloud(store, new GrantingLockManager(), directory.resolve("fresh"), time);
        update("CREATE TABLE t AS SELECT 1 AS n, NULL AS b");
        repeat(3, "UPDATE t SET n = n + 1");
        // Ten segments of their own, eight of which become one.
        repeat(10, "UPDATE t SET n = n + 1, b = randomblob(70000)");
        assertThat(cloud.cloud().maintain(APP, LONG).mergedSegments()).isGreaterThan(1);
        repeat(2, "UPDATE t SET n = n + 1");
        // Too long a log for so small a database: whoever commits makes a checkpoint.
        repeat(2, "UPDATE t SET n = n + 1, b = randomblob(1200000)");
        assertThat(objects.keys("app.db.cloudsqlite/manifests/")).hasSize(2);
        repeat(2, "UPDATE t SET n = n + 1");
        importWith(made.size() + 1);
        repeat(3, "UPDATE t SET n = n + 1");
        update("VACUUM");
        cloud.app().execute("UPDATE t SET n = n + 2");
        made.add(time.instant());
        time.advance(BETWEEN);
    }

    @AfterEach
    void close() {
        cloud.close();
        fresh.close();
    }

    @Test
    void every_transaction_is_listed_once_newest_first_in_pages_of_any_size() {
        for (int limit : new int[] {1, 3, 7, 1_000}) {
            // when
            List<HistoryEntry> listed = new ArrayList<>();
            List<HistoryEntry> page;
            do {
                OptionalLong before = listed.isEmpty()
                        ? OptionalLong.empty()
                        : OptionalLong.of(listed.get(listed.size() - 1).txid());
                page = fresh.cloud().history(APP, before, limit);
                assertThat(page).hasSizeLessThanOrEqualTo(limit);
                listed.addAll(page);
            } while (!page.isEmpty());

            // then
            assertThat(listed)
                    .extracting(HistoryEntry::txid)
                    .containsExactlyElementsOf(LongStream.rangeClosed(1, made.size())
                            .map(txid -> made.size() + 1 - txid)
                            .boxed()
                            .toList());
            assertThat(listed).allSatisfy(entry -> {
                assertThat(entry.fromTxid()).isEqualTo(entry.txid());
                assertThat(entry.timestamp()).isEqualTo(made.get((int) entry.txid() - 1));
                assertThat(entry.changedPages()).isPositive();
                assertThat(entry.storedBytes()).isPositive();
                assertThat(entry.pageCount()).isPositive();
            });
        }
    }

    @Test
    void every_state_is_read_as_it_was_by_its_transaction_and_by_its_time() {
        for (int txid = 1; txid <= made.size(); txid++) {
            if (txid == vacuum()) {
                continue;
            }
            Instant instant = made.get(txid - 1);
            List<PointInTime> names = List.of(
                    PointInTime.afterTransaction(txid),
                    PointInTime.atTime(instant),
                    PointInTime.atTime(instant.plus(BETWEEN).minusMillis(1)));
            for (PointInTime name : names) {
                // when
                var answer = fresh.app().execute(SELECT_N, RequestOptions.DEFAULT.withAsOf(name));
                long read = fresh.app()
                        .read(HistoryTest::readN, RequestOptions.DEFAULT.withAsOf(name))
                        .value();

                // then
                assertThat(answer.value().single()).as("%s", name).isEqualTo((long) txid);
                assertThat(answer.txid()).isEqualTo(txid);
                assertThat(read).isEqualTo(txid);
            }
        }
    }

    @Test
    void state_of_the_past_is_exported_and_restored_to_a_new_database() throws Exception {
        for (long txid : new long[] {1, 4, 9, 17, importedAt() - 1, importedAt(), made.size()}) {
            // when
            Path file = directory.resolve("export.db");
            try (Export export = fresh.cloud().export(APP, PointInTime.afterTransaction(txid))) {
                Files.write(file, export.body().readAllBytes());
                assertThat(export.version().txid()).isEqualTo(txid);
                assertThat(export.sizeBytes()).isEqualTo(Files.size(file));
            }
            long restored = fresh.cloud().restore(APP, PointInTime.afterTransaction(txid), COPY, LONG);

            // then
            try (Connection plain = DriverManager.getConnection("jdbc:sqlite:" + file)) {
                assertThat(readN(plain)).isEqualTo(txid);
            }
            assertThat(restored).isEqualTo(1);
            DbSession copy = cloud.cloud().database(COPY);
            assertThat(copy.execute(SELECT_N, RequestOptions.DEFAULT).value().single())
                    .isEqualTo(txid);
            copy.execute("UPDATE t SET n = -1");
            assertThat(valueOfN(fresh)).as("the original").isEqualTo((long) made.size());
            assertThatThrownBy(() -> fresh.cloud().restore(APP, PointInTime.afterTransaction(txid), COPY, LONG))
                    .isInstanceOf(DatabaseExistsException.class);
            cloud.cloud().delete(COPY);
        }
    }

    @Test
    void what_is_no_part_of_the_past_is_told_as_such() {
        // when, then
        assertThatThrownBy(() -> PointInTime.afterTransaction(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> readAt(PointInTime.afterTransaction(made.size() + 1)))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining(String.valueOf(made.size() + 1));
        assertThatThrownBy(() -> readAt(PointInTime.atTime(made.get(0).minusMillis(1))))
                .isInstanceOf(InvalidRequestException.class);
        assertThat(readAt(PointInTime.atTime(Instant.MAX))).as("the newest").isEqualTo((long) made.size());
        assertThatThrownBy(() -> fresh.cloud().history(DatabaseName.of("none.db"), OptionalLong.empty(), 10))
                .isInstanceOf(DatabaseNotFoundException.class);
        assertThatThrownBy(() -> fresh.cloud().export(DatabaseName.of("none.db"), PointInTime.afterTransaction(1)))
                .isInstanceOf(DatabaseNotFoundException.class);
    }

    @Test
    void format_file_keeps_no_past_and_says_so() {
        // given
        cloud.cloud().convert(APP, DatabaseFormat.FILE, LONG);

        // when, then
        assertThatThrownBy(() -> readAt(PointInTime.afterTransaction(3)))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("convert");
        assertThatThrownBy(() -> fresh.cloud().history(APP, OptionalLong.empty(), 10))
                .isInstanceOf(InvalidRequestException.class);
        cloud.cloud().convert(APP, DatabaseFormat.LOG, LONG);
        assertThat(fresh.cloud().history(APP, OptionalLong.empty(), 10))
                .extracting(HistoryEntry::txid)
                .as("history begins anew")
                .containsExactly(made.size() + 2L);
        assertThatThrownBy(() -> readAt(PointInTime.afterTransaction(3))).isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void past_cannot_be_written_to() {
        // given
        RequestOptions past = RequestOptions.DEFAULT.withAsOf(PointInTime.afterTransaction(3));

        // when, then
        for (String sql : List.of("UPDATE t SET n = 100", "CREATE TABLE u (x)", "PRAGMA user_version = 5", "VACUUM")) {
            assertThatThrownBy(() -> cloud.app().execute(SqlStatement.of(sql), past))
                    .as(sql)
                    .isInstanceOf(InvalidRequestException.class);
        }
        assertThatThrownBy(() -> cloud.app().write(connection -> 1, past)).isInstanceOf(InvalidRequestException.class);
        assertThat(valueOfN(fresh)).isEqualTo((long) made.size());
        assertThat(fresh.txid()).isEqualTo(made.size());
    }

    private long vacuum() {
        return made.size() - 1L;
    }

    private long importedAt() {
        return made.size() - 5L;
    }

    private @Nullable Object readAt(PointInTime when) {
        return fresh.app()
                .execute(SELECT_N, RequestOptions.DEFAULT.withAsOf(when))
                .value()
                .single();
    }

    private static @Nullable Object valueOfN(Cloud reader) {
        return reader.app().execute(SELECT_N, RequestOptions.DEFAULT).value().single();
    }

    private static long readN(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT n FROM t")) {
            return row.getLong(1);
        }
    }

    private void repeat(int times, String sql) {
        for (int i = 0; i < times; i++) {
            update(sql);
        }
    }

    private void update(String sql) {
        cloud.app().execute(sql);
        made.add(time.instant());
        time.advance(BETWEEN);
    }

    private void importWith(int n) throws SQLException, IOException {
        Path file = directory.resolve("import.db");
        try (Connection plain = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = plain.createStatement()) {
            statement.execute("CREATE TABLE t AS SELECT " + n + " AS n, NULL AS b");
        }
        cloud.cloud().importDatabase(APP, new ByteArrayInputStream(Files.readAllBytes(file)), true, 1 << 20, LONG);
        made.add(time.instant());
        time.advance(BETWEEN);
    }
}
