package io.cloudsqlite.format;

import static io.cloudsqlite.format.GroupWriter.APP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.ltx.LtxReader;
import io.cloudsqlite.store.HookedBlobStore;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.store.StoredObjects;
import io.cloudsqlite.time.ManualTime;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several transactions that are published at once: one commit, of which only the state after the last can be had. */
class PublishedGroupTest {

    /** So small a tail that there are segments soon. */
    private static final LogPolicy SMALL_TAIL = new LogPolicy(2_000, 2_000, 1 << 20, 2, 4 << 20, 64, 8, Duration.ZERO);

    private static final Duration BETWEEN = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final InMemoryBlobStore inner = new InMemoryBlobStore(time);
    private final HookedBlobStore blobs = new HookedBlobStore(inner);
    private final StoredObjects objects = new StoredObjects(inner);
    private final List<GroupWriter> processes = new ArrayList<>();

    @AfterEach
    void close() {
        processes.forEach(GroupWriter::close);
    }

    private GroupWriter newProcess(DatabaseFormat format, LogPolicy policy) {
        GroupWriter process =
                new GroupWriter(blobs, format, policy, directory.resolve("process-" + processes.size()), time);
        processes.add(process);
        return process;
    }

    private GroupWriter newProcess() {
        return newProcess(DatabaseFormat.LOG, SMALL_TAIL);
    }

    private Manifest manifest() throws IOException {
        return ManifestJson.decode(objects.get(APP.value()).bytes());
    }

    private static List<String> list(GroupWriter process, OptionalLong before, int limit) {
        return process.store().history().list(APP, before, limit, process.begin()).stream()
                .map(entry -> entry.fromTxid() + "-" + entry.txid())
                .toList();
    }

    private static List<String> list(GroupWriter process) {
        return list(process, OptionalLong.empty(), Integer.MAX_VALUE);
    }

    @Test
    void transactions_that_are_published_at_once_are_one_commit() throws Exception {
        // given
        GroupWriter writer = newProcess();
        DatabaseVersion base = writer.commit(1, 0);
        blobs.forget();

        // when
        DatabaseVersion version = writer.commit(5, 0);

        // then
        assertThat(version.txid()).isEqualTo(6);
        assertThat(version.recentCommits())
                .hasSize(2)
                .endsWith(base.recentCommits().get(0));
        assertThat(blobs.count("PUT ")).isEqualTo(1);
        Manifest.Entry entry = manifest().tail().get(1);
        assertThat(entry.fromTxid()).isEqualTo(2);
        assertThat(entry.txid()).isEqualTo(6);
        LtxReader ltx = new LtxReader(new ByteArrayInputStream(entry.ltx()));
        assertThat(ltx.header().minTxid()).isEqualTo(2);
        assertThat(ltx.header().maxTxid()).isEqualTo(6);
        assertThat(writer.n()).isEqualTo(6);
    }

    @ParameterizedTest
    @EnumSource(DatabaseFormat.class)
    void database_of_either_format_has_the_txid_of_the_last(DatabaseFormat format) throws Exception {
        // given
        GroupWriter writer = newProcess(format, SMALL_TAIL);
        GroupWriter reader = newProcess(format, SMALL_TAIL);

        // when: small commits and large ones, from the creation on
        assertThat(writer.commit(3, 0).txid()).isEqualTo(3);
        assertThat(writer.commit(4, 30_000).txid()).isEqualTo(7);
        assertThat(writer.commit(1, 10).txid()).isEqualTo(8);
        assertThat(writer.commit(200, 10).txid()).isEqualTo(208);

        // then
        reader.checkout();
        assertThat(reader.copy().version()).isEqualTo(writer.copy().version());
        assertThat(reader.n()).isEqualTo(208);
        assertThat(reader.store()
                        .describe(APP, reader.begin())
                        .orElseThrow()
                        .info()
                        .txid())
                .isEqualTo(208);
    }

    @Test
    void database_that_several_large_transactions_create_begins_with_a_base() throws Exception {
        // given
        GroupWriter writer = newProcess();

        // when
        writer.commit(7, 60_000);
        writer.commit(2, 0);

        // then
        assertThat(manifest().baseTxid()).isEqualTo(7);
        assertThat(list(newProcess())).containsExactly("8-9", "7-7");
        assertThat(newProcess().nAfter(7)).isEqualTo(7);
        assertThat(newProcess().nOfRebuilds()).containsExactly(7L);
    }

    @Test
    void copy_that_is_behind_catches_up_over_groups_in_segments_and_in_the_tail() throws Exception {
        // given
        LogPolicy someFitIntoTheTail = new LogPolicy(9_000, 9_000, 1 << 20, 2, 4 << 20, 64, 8, Duration.ZERO);
        GroupWriter writer = newProcess(DatabaseFormat.LOG, someFitIntoTheTail);
        GroupWriter reader = newProcess();
        writer.commit(3, 60_000);
        reader.checkout();
        int commits = 0;
        do {
            writer.commit(1 + ++commits % 4, 200);
        } while (manifest().segments().isEmpty() || manifest().tail().size() < 2);
        assertThat(manifest().baseTxid()).isEqualTo(3);

        // when
        Checkout checkout = reader.checkout();

        // then
        assertThat(checkout).isEqualTo(Checkout.DELTA);
        assertThat(reader.n()).isEqualTo(manifest().txid()).isGreaterThan(commits + 3);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3_000})
    void copy_whose_state_is_none_of_the_log_downloads_the_database(int blobBytes) throws Exception {
        // given: an older object was put back by hand, and others have committed several transactions on top of it
        GroupWriter writer = newProcess();
        writer.commit(1, 60_000);
        StoredObjects.Content old = objects.get(APP.value());
        GroupWriter reader = newProcess();
        reader.commit(2, 0);
        objects.put(APP.value(), old);
        writer.commit(8, blobBytes);

        // when
        Checkout checkout = reader.checkout();

        // then
        assertThat(checkout).isEqualTo(Checkout.MISS);
        assertThat(reader.n()).isEqualTo(9);
    }

    @Test
    void state_inside_a_commit_cannot_be_restored_and_who_asks_is_told_what_can() throws Exception {
        // given: one commit that creates, in a segment by now, one in a segment too, and one in the tail
        GroupWriter writer = newProcess();
        writer.commit(3, 0);
        writer.commit(4, 3_000);
        writer.commit(5, 0);
        GroupWriter reader = newProcess();

        for (long txid : new long[] {1, 2}) {
            assertThatThrownBy(() -> reader.nAfter(txid))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessage("There is no state of the database 'app.db' after transaction " + txid
                            + ", because the transactions 1 to 3 were committed together: the state after 3 can be"
                            + " restored");
        }
        for (long txid : new long[] {4, 5, 6}) {
            assertThatThrownBy(() -> reader.nAfter(txid))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("the transactions 4 to 7 were committed together")
                    .hasMessageEndingWith("the state after 7 can be restored, and so can that after 3");
        }
        for (long txid : new long[] {8, 11}) {
            assertThatThrownBy(() -> reader.nAfter(txid))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageEndingWith("the state after 12 can be restored, and so can that after 7");
        }
        for (long txid : new long[] {3, 7, 12}) {
            assertThat(reader.nAfter(txid)).isEqualTo(txid);
        }
        assertThatThrownBy(() -> reader.nAfter(13))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("whose newest is 12");
    }

    @Test
    void state_at_a_time_is_that_after_the_last_commit_that_was_made_by_then() throws Exception {
        // given
        GroupWriter writer = newProcess();
        List<Instant> made = new ArrayList<>();
        for (int transactions : new int[] {3, 1, 5}) {
            made.add(time.instant());
            writer.commit(transactions, 1_000);
            time.advance(BETWEEN);
        }
        LogHistory history = newProcess().store().history();

        // when, then
        long[] last = {3, 4, 9};
        for (int commit = 0; commit < last.length; commit++) {
            Instant then = made.get(commit);
            assertThat(history.txidAt(APP, then, writer.begin())).isEqualTo(last[commit]);
            assertThat(history.txidAt(APP, then.plus(BETWEEN).minusMillis(1), writer.begin()))
                    .isEqualTo(last[commit]);
        }
    }

    @Test
    void base_that_is_made_while_others_commit_may_lie_before_groups_in_the_middle_of_a_segment() throws Exception {
        // given
        GroupWriter writer = newProcess();
        GroupWriter maintainer = newProcess();
        writer.commit(2, 0);
        writer.commit(3, 0);
        maintainer.checkout();
        writer.commit(4, 0);
        writer.commit(2, 3_000);
        assertThat(manifest().segments()).hasSize(1);

        // when
        boolean checkpointed = maintainer.store().maintenance().checkpoint(maintainer.copy(), maintainer.begin());

        // then
        assertThat(checkpointed).isTrue();
        assertThat(manifest().baseTxid()).isEqualTo(5);
        assertThat(manifest().segments().get(0).fromTxid()).isEqualTo(1);
        GroupWriter reader = newProcess();
        reader.checkout();
        assertThat(reader.n()).isEqualTo(11);
        assertThat(list(reader)).containsExactly("10-11", "6-9", "3-5", "1-2");
        for (int limit = 1; limit <= 5; limit++) {
            assertThat(list(reader, OptionalLong.of(9), limit))
                    .isEqualTo(List.of("3-5", "1-2").subList(0, Math.min(2, limit)));
        }
        for (long txid : new long[] {2, 5, 9, 11}) {
            assertThat(reader.nAfter(txid)).isEqualTo(txid);
        }
        for (long txid : new long[] {1, 4, 7, 10}) {
            assertThatThrownBy(() -> reader.nAfter(txid)).isInstanceOf(InvalidRequestException.class);
        }
        assertThat(reader.nOfRebuilds()).containsExactly(5L, 2L);
    }

    @Test
    void base_inside_a_commit_is_damage() throws Exception {
        // given: a manifest that others made, whose base lies in the middle of a group of the segment
        GroupWriter writer = newProcess();
        writer.commit(2, 60_000);
        writer.commit(4, 3_000);
        Manifest sound = manifest();
        Manifest.Base base = sound.base().orElseThrow();
        Manifest.Base inside = new Manifest.Base(base.key(), 4, base.timestamp(), base.sizeBytes(), base.checksum());
        Manifest damaged = sound.rebased(inside, "manifests/0-0.json");
        objects.replace(APP.value(), ManifestJson.encode(damaged));
        GroupWriter reader = newProcess();

        // when, then
        for (ThrowingCallable reading : List.<ThrowingCallable>of(
                reader::checkout, () -> reader.nAfter(5), () -> reader.nAfter(6), () -> list(reader))) {
            assertThatThrownBy(reading)
                    .isInstanceOf(CorruptDatabaseException.class)
                    .hasMessageContaining("the transactions 3 to 6 were committed together");
        }
    }

    @Test
    void base_that_the_log_before_it_does_not_lead_to_is_noticed_by_who_verifies() throws Exception {
        // given: two bases, and a manifest that takes the first for the second, and is sound but for that
        GroupWriter writer = newProcess();
        writer.commit(2, 60_000);
        Manifest first = manifest();
        writer.commit(3, 0);
        assertThat(writer.store().maintenance().checkpoint(writer.copy(), writer.begin()))
                .isTrue();
        Manifest second = manifest();
        assertThat(writer.nOfRebuilds()).containsExactly(5L, 2L);
        Manifest.Base base = first.base().orElseThrow();
        Manifest forged = new Manifest(
                second.databaseId(),
                second.txid(),
                second.timestamp(),
                second.pageSizeBytes(),
                first.pageCount(),
                first.checksum(),
                second.recentCommits(),
                Optional.of(new Manifest.Base(
                        base.key(), second.txid(), base.timestamp(), base.sizeBytes(), base.checksum())),
                List.of(),
                List.of(),
                second.collections(),
                second.previous(),
                second.forgotten());
        objects.replace(APP.value(), ManifestJson.encode(forged));

        // when, then
        assertThat(newProcess().checkout()).isEqualTo(Checkout.MISS);
        assertThatThrownBy(() -> newProcess().nOfRebuilds()).isInstanceOf(CorruptDatabaseException.class);
    }

    @Test
    void checkpoint_of_a_busy_database_gets_in_however_many_groups_are_committed_meanwhile() throws Exception {
        // given
        GroupWriter writer = newProcess();
        GroupWriter maintainer = newProcess();
        writer.commit(3, 60_000);
        writer.commit(3, 0);
        maintainer.checkout();
        commitOnceBaseIsPut(writer, 40);

        // when
        boolean checkpointed = maintainer.store().maintenance().checkpoint(maintainer.copy(), maintainer.begin());

        // then
        assertThat(checkpointed).isTrue();
        assertThat(manifest().baseTxid()).isEqualTo(6);
        GroupWriter reader = newProcess();
        reader.checkout();
        assertThat(reader.n()).isEqualTo(126);
        assertThat(reader.nOfRebuilds()).containsExactly(6L, 3L);
    }

    @Test
    void checkpoint_is_given_up_if_an_older_state_was_put_back_and_all_that_was_known_is_forgotten() throws Exception {
        // given
        GroupWriter writer = newProcess(DatabaseFormat.LOG, LogPolicy.DEFAULT);
        GroupWriter maintainer = newProcess();
        writer.commit(2, 0);
        StoredObjects.Content old = objects.get(APP.value());
        writer.commit(2, 100);
        maintainer.checkout();
        for (int transactions = 1; transactions <= 3; transactions++) {
            int each = transactions;
            blobs.after(call -> {
                if (call.startsWith("PUT app.db.cloudsqlite/base/")) {
                    objects.put(APP.value(), old);
                    commit(writer, 40, each);
                }
            });

            // when
            boolean checkpointed = maintainer.store().maintenance().checkpoint(maintainer.copy(), maintainer.begin());

            // then
            assertThat(checkpointed).as("commits of %d", each).isFalse();
            blobs.after(call -> {});
            GroupWriter reader = newProcess();
            reader.checkout();
            assertThat(reader.n()).isEqualTo(2 + 40L * each);
            objects.put(APP.value(), old);
            writer.commit(2, 100);
            maintainer.checkout();
        }
    }

    @Test
    void checkpoint_is_given_up_if_the_newest_is_older_than_what_was_known() throws Exception {
        // given: an older state was put back, and what came of it ends before the newest transaction that was known
        GroupWriter writer = newProcess();
        GroupWriter maintainer = newProcess();
        writer.commit(2, 0);
        StoredObjects.Content old = objects.get(APP.value());
        writer.commit(2, 100);
        maintainer.checkout();
        writer.commit(1_000, 100);
        // Its copy is behind what it knows.
        maintainer.store().find(APP, maintainer.begin());
        blobs.after(call -> {
            if (call.startsWith("PUT app.db.cloudsqlite/base/")) {
                objects.put(APP.value(), old);
                commit(writer, 40, 1);
            }
        });

        // when
        boolean checkpointed = maintainer.store().maintenance().checkpoint(maintainer.copy(), maintainer.begin());

        // then
        assertThat(checkpointed).isFalse();
        GroupWriter reader = newProcess();
        reader.checkout();
        assertThat(reader.n()).isEqualTo(42);
    }

    @Test
    void checkpoint_of_what_is_forgotten_from_the_start_is_left_to_who_has_checked_out() throws Exception {
        // given
        GroupWriter writer = newProcess();
        GroupWriter maintainer = newProcess();
        writer.commit(1, 0);
        maintainer.checkout();
        commit(writer, 40, 1);
        // It knows of a newer manifest, and has a copy that is far behind.
        maintainer.store().find(APP, maintainer.begin());
        blobs.forget();

        // when
        boolean checkpointed = maintainer.store().maintenance().checkpoint(maintainer.copy(), maintainer.begin());

        // then
        assertThat(checkpointed).isFalse();
        assertThat(blobs.count("PUT ")).isZero();
    }

    private void commitOnceBaseIsPut(GroupWriter writer, int commits) {
        blobs.after(call -> {
            if (call.startsWith("PUT app.db.cloudsqlite/base/")) {
                blobs.after(other -> {});
                commit(writer, commits, 3);
            }
        });
    }

    private static void commit(GroupWriter writer, int commits, int transactionsEach) {
        try {
            for (int commit = 0; commit < commits; commit++) {
                writer.commit(transactionsEach, 100);
            }
        } catch (SQLException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
