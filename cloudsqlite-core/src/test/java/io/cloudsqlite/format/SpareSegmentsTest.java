package io.cloudsqlite.format;

import static io.cloudsqlite.format.GroupWriter.APP;
import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.store.HookedBlobStore;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.store.StoredObjects;
import io.cloudsqlite.time.HurriedTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is put beside a commit is named by the next, where that is still the same, and otherwise never. */
class SpareSegmentsTest {

    private static final String SEGMENTS = "PUT app.db.cloudsqlite/log/";
    private static final String MANIFEST = "PUT app.db";

    /** Fills the tail, which may hold more; a commit that makes it less changes two pages. */
    private static final int LARGE = 15_000;

    /** The same, and even with what comes after it the tail is not full for a second time. */
    private static final int BARELY_LARGE = 10_500;

    /** More than the tail may hold. */
    private static final int TOO_LARGE = 80_000;

    private static final LogPolicy POLICY =
            new LogPolicy(10_000, 60_000, 1 << 20, 2, 4 << 20, 1, 2, Duration.ofSeconds(-1));

    @TempDir
    Path directory;

    private final HurriedTime time = new HurriedTime(Duration.ZERO);
    private final InMemoryBlobStore inner = new InMemoryBlobStore(time);
    private final HookedBlobStore blobs = new HookedBlobStore(inner);
    private final StoredObjects objects = new StoredObjects(inner);
    private final List<GroupWriter> processes = new ArrayList<>();

    @AfterEach
    void close() {
        processes.forEach(GroupWriter::close);
    }

    private GroupWriter newProcess() {
        return newProcess(Runnable::run);
    }

    private GroupWriter newProcess(Executor executor) {
        GroupWriter process = new GroupWriter(
                blobs, DatabaseFormat.LOG, POLICY, directory.resolve("process-" + processes.size()), time, executor);
        processes.add(process);
        return process;
    }

    private Manifest manifest() throws IOException {
        return ManifestJson.decode(objects.get(APP.value()).bytes());
    }

    private void requireSound(long transactions) throws Exception {
        GroupWriter reader = newProcess();
        reader.checkout();
        assertThat(reader.n()).isEqualTo(transactions);
        assertThat(newProcess().nAfter(transactions)).isEqualTo(transactions);
    }

    @Test
    void full_tail_is_put_beside_the_commit_that_fills_it_and_named_by_the_next() throws Exception {
        // given
        GroupWriter writer = newProcess();
        writer.commit(1, 0);

        // when
        writer.commit(2, LARGE);

        // then
        assertThat(manifest().segments()).isEmpty();
        assertThat(manifest().tail()).hasSize(2);
        assertThat(blobs.count(SEGMENTS)).isEqualTo(1);
        requireSound(3);

        // when
        writer.commit(1, 0);

        // then
        assertThat(manifest().segments()).extracting(Manifest.Segment::toTxid).containsExactly(3L);
        assertThat(manifest().tail()).extracting(Manifest.Entry::fromTxid).containsExactly(4L);
        assertThat(blobs.count(SEGMENTS)).isEqualTo(1);
        requireSound(4);
    }

    @Test
    void what_is_too_large_for_the_tail_becomes_a_segment_before() throws Exception {
        // given
        GroupWriter writer = newProcess();
        writer.commit(1, 0);

        // when
        writer.commit(1, TOO_LARGE);

        // then
        assertThat(manifest().segments()).hasSize(1);
        assertThat(manifest().tail()).isEmpty();
        requireSound(2);
    }

    @Test
    void segment_that_could_not_be_put_is_not_named_and_another_is_put_later() throws Exception {
        // given
        GroupWriter writer = newProcess();
        writer.commit(1, 0);
        blobs.before(call -> {
            if (call.startsWith(SEGMENTS)) {
                throw new StorageUnavailableException("The store is down");
            }
        });

        // when
        writer.commit(1, BARELY_LARGE);
        assertThat(blobs.count(SEGMENTS)).isPositive();
        blobs.forget();
        writer.commit(1, 0);

        // then: it is not full for a second time
        assertThat(blobs.count(SEGMENTS)).isZero();
        assertThat(manifest().segments()).isEmpty();
        assertThat(manifest().tail()).hasSize(3);

        // when
        blobs.before(call -> {});
        writer.commit(1, LARGE);
        writer.commit(1, 0);

        // then
        assertThat(manifest().segments()).hasSize(1);
        assertThat(manifest().tail()).hasSize(1);
        requireSound(5);
    }

    private static List<Executor> executors_without_threads() {
        return List.of(
                task -> {
                    throw new RejectedExecutionException("closed");
                },
                task -> {
                    throw new OutOfMemoryError("unable to create native thread");
                },
                task -> {});
    }

    @ParameterizedTest
    @MethodSource("executors_without_threads")
    void commit_does_without_a_segment_for_which_there_is_no_thread(Executor executor) throws Exception {
        // given
        GroupWriter writer = newProcess(executor);
        writer.commit(1, 0);

        // when
        writer.commit(1, LARGE);
        writer.commit(1, 0);

        // then
        assertThat(blobs.count(SEGMENTS)).isZero();
        assertThat(manifest().tail()).hasSize(3);
        requireSound(3);
    }

    @Test
    void others_may_commit_in_between() throws Exception {
        // given
        GroupWriter writer = newProcess();
        writer.commit(1, 0);
        writer.commit(1, LARGE);
        newProcess().commit(5, 10);

        // when
        writer.commit(1, 0);

        // then
        assertThat(manifest().segments()).extracting(Manifest.Segment::toTxid).containsExactly(2L);
        assertThat(manifest().tail()).extracting(Manifest.Entry::fromTxid).containsExactly(3L, 8L);
        requireSound(8);
    }

    @Test
    void segment_of_what_was_refused_is_never_named() throws Exception {
        // given
        GroupWriter slow = newProcess();
        GroupWriter fast = newProcess();
        slow.commit(1, 0);
        fast.commit(1, 0);

        // when: the slow one knows nothing of the second commit
        assertThat(slow.tryCommit(1, LARGE)).isInstanceOf(CommitOutcome.Conflict.class);
        slow.commit(1, 0);

        // then
        assertThat(blobs.count(SEGMENTS)).isEqualTo(1);
        assertThat(manifest().segments()).isEmpty();
        requireSound(3);
    }

    @Test
    void segment_that_a_collector_may_have_taken_is_not_named() throws Exception {
        // given
        GroupWriter writer = newProcess();
        writer.commit(1, 0);
        writer.commit(1, LARGE);
        MaintenanceReport collected = writer.store().maintenance().collect(APP, Duration.ZERO, writer.begin());
        assertThat(collected.deletedObjects()).isEqualTo(1);

        // when
        writer.commit(1, 0);

        // then
        assertThat(manifest().segments()).isEmpty();
        requireSound(3);
    }

    @Test
    void merged_segments_are_named_by_the_next_commit_and_by_nobody_before() throws Exception {
        // given
        GroupWriter writer = newProcess();
        writer.commit(1, 0);
        writer.commit(1, TOO_LARGE);
        writer.commit(1, TOO_LARGE);
        assertThat(isDueInline(writer)).isTrue();
        blobs.forget();

        // when
        writer.store().maintenance().maintainInline(writer.copy(), true, writer.begin());

        // then
        assertThat(blobs.count(MANIFEST)).isEqualTo(1).isEqualTo(blobs.count(SEGMENTS));
        assertThat(manifest().segments()).hasSize(2);
        assertThat(isDueInline(writer)).isFalse();

        // when
        writer.commit(1, 0);

        // then
        assertThat(manifest().segments()).hasSize(1);
        requireSound(4);
    }

    @Test
    void merged_segments_that_a_collector_may_have_taken_are_not_named() throws Exception {
        // given
        GroupWriter writer = newProcess();
        writer.commit(1, 0);
        writer.commit(1, TOO_LARGE);
        writer.commit(1, TOO_LARGE);
        writer.store().maintenance().maintainInline(writer.copy(), true, writer.begin());
        MaintenanceReport collected = writer.store().maintenance().collect(APP, Duration.ZERO, writer.begin());
        assertThat(collected.deletedObjects()).isEqualTo(1);

        // when
        writer.commit(1, 0);

        // then
        assertThat(manifest().segments()).hasSize(2);
        requireSound(4);
    }

    private static boolean isDueInline(GroupWriter writer) {
        return writer.store()
                .maintenance()
                .isDueInline(APP, writer.copy().version().orElseThrow());
    }
}
