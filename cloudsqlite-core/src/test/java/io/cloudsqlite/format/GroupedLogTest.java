package io.cloudsqlite.format;

import static io.cloudsqlite.format.GroupWriter.APP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.lock.GrantingLockManager;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.VerificationReport;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.HurriedTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Commits of random numbers of transactions by several processes, with checkpoints, merges, collections and latecomers between
 * them: every state that there was can be restored, every other is refused, and the history lists them all, however it is asked.
 *
 * <p>{@code -Dcloudsqlite.groups.seed=7} runs one seed again, {@code -Dcloudsqlite.groups.seeds=100} runs more of them.
 */
class GroupedLogTest {

    private static final int SEEDS = Integer.getInteger("cloudsqlite.groups.seeds", 4);
    private static final int COMMITS = 60;
    private static final int PROCESSES = 3;
    private static final Duration RETENTION = Duration.ofDays(7);
    private static final LogPolicy POLICY = new LogPolicy(3_000, 9_000, 30_000, 2, 4 << 20, 64, 3, Duration.ZERO);

    @TempDir
    Path directory;

    private final HurriedTime time = new HurriedTime(Duration.ZERO);
    private final InMemoryBlobStore blobs = new InMemoryBlobStore();
    private final List<GroupWriter> processes = new ArrayList<>();

    /** The first transaction of each commit, by its last. */
    private final NavigableMap<Long, Long> commits = new TreeMap<>();

    private int checkpoints;
    private int merged;
    private int collected;

    static LongStream seeds() {
        Long chosen = Long.getLong("cloudsqlite.groups.seed");
        long first = new Random().nextInt(1_000_000);
        return chosen == null ? LongStream.range(first, first + SEEDS) : LongStream.of(chosen);
    }

    @ParameterizedTest(name = "-Dcloudsqlite.groups.seed={0}")
    @MethodSource("seeds")
    void every_state_that_there_was_can_be_restored_and_no_other(long seed) throws Exception {
        System.out.println("GroupedLogTest: -Dcloudsqlite.groups.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        try {
            for (int process = 0; process < PROCESSES; process++) {
                processes.add(newProcess(process));
            }

            // when
            for (int commit = 0; commit < COMMITS; commit++) {
                commit(random);
                interfere(random);
            }

            // then
            System.out.println("GroupedLogTest: txid=" + commits.lastKey() + " checkpoints=" + checkpoints + " merged="
                    + merged + " collected=" + collected);
            try (GroupWriter fresh = newProcess(PROCESSES)) {
                requireListed(fresh, random);
                requireRestorable(fresh, random);
                assertThat(fresh.nOfRebuilds()).isSubsetOf(commits.keySet()).endsWith(commits.firstKey());
            }
            requireVerified();
        } finally {
            processes.forEach(GroupWriter::close);
        }
    }

    private GroupWriter newProcess(int number) {
        return new GroupWriter(blobs, DatabaseFormat.LOG, POLICY, directory.resolve("process-" + number), time);
    }

    private GroupWriter any(SplittableRandom random) {
        return processes.get(random.nextInt(PROCESSES));
    }

    private void commit(SplittableRandom random) throws Exception {
        int transactions = random.nextInt(3) == 0 ? 1 : 1 + random.nextInt(random.nextInt(10) == 0 ? 100 : 8);
        // The first is small: where a large one creates the database, its base is all that there is of it.
        int blobBytes = commits.isEmpty() ? 0 : random.nextInt(random.nextInt(6) == 0 ? 20_000 : 300);
        long before = commits.isEmpty() ? 0 : commits.lastKey();
        commits.put(any(random).commit(transactions, blobBytes).txid(), before + 1);
        assertThat(commits.lastKey()).isEqualTo(before + transactions);
    }

    private void interfere(SplittableRandom random) throws Exception {
        GroupWriter process = any(random);
        LogMaintenance maintenance = process.store().maintenance();
        switch (random.nextInt(10)) {
            case 0 -> {
                // Of what it has: mostly not the newest, in the middle of a segment even.
                boolean hasAny = process.copy().version().isPresent();
                checkpoints += hasAny && maintenance.checkpoint(process.copy(), process.begin()) ? 1 : 0;
            }
            case 1, 2 -> {
                process.checkout();
                MaintenanceReport done = maintenance.maintain(process.copy(), process.begin());
                checkpoints += done.checkpointed() ? 1 : 0;
                merged += done.mergedSegments();
            }
            case 3 ->
                collected +=
                        maintenance.collect(APP, RETENTION, process.begin()).deletedObjects();
            case 4 -> {
                process.checkout();
                maintenance.maintainInline(process.copy(), commits.size() % 2 == 0, process.begin());
            }
            default -> {
                process.checkout();
                assertThat(process.n()).isEqualTo(commits.lastKey());
            }
        }
    }

    private static List<String> list(GroupWriter process, OptionalLong before, int limit) {
        return process.store().history().list(APP, before, limit, process.begin()).stream()
                .map(entry -> entry.fromTxid() + "-" + entry.txid())
                .toList();
    }

    private List<String> expected(long before, int limit) {
        return commits.headMap(before, false).descendingMap().entrySet().stream()
                .limit(limit)
                .map(commit -> commit.getValue() + "-" + commit.getKey())
                .toList();
    }

    private void requireListed(GroupWriter fresh, SplittableRandom random) {
        assertThat(list(fresh, OptionalLong.empty(), Integer.MAX_VALUE)).isEqualTo(expected(Long.MAX_VALUE, COMMITS));
        for (int limit : new int[] {1, 2, 3, 7, COMMITS - 1, COMMITS, COMMITS + 1}) {
            List<String> listed = new ArrayList<>();
            List<String> page = list(fresh, OptionalLong.empty(), limit);
            while (!page.isEmpty() && listed.size() <= COMMITS) {
                listed.addAll(page);
                String last = page.get(page.size() - 1);
                page = list(fresh, OptionalLong.of(Long.parseLong(last.substring(last.indexOf('-') + 1))), limit);
            }
            assertThat(listed).as("in pages of %d", limit).isEqualTo(expected(Long.MAX_VALUE, COMMITS));
        }
        for (int sample = 0; sample < 60; sample++) {
            long before = 1 + random.nextLong(commits.lastKey() + 2);
            int limit = 1 + random.nextInt(5);
            assertThat(list(fresh, OptionalLong.of(before), limit))
                    .as("%d before %d", limit, before)
                    .isEqualTo(expected(before, limit));
        }
    }

    private void requireRestorable(GroupWriter fresh, SplittableRandom random) throws Exception {
        for (long txid : commits.keySet()) {
            assertThat(fresh.nAfter(txid)).isEqualTo(txid);
        }
        for (int sample = 0; sample < 30; sample++) {
            long txid = 1 + random.nextLong(commits.lastKey());
            long last = commits.ceilingKey(txid);
            if (txid < last) {
                assertThatThrownBy(() -> fresh.nAfter(txid))
                        .isInstanceOf(InvalidRequestException.class)
                        .hasMessageContaining("the transactions " + commits.get(last) + " to " + last + " were");
            }
        }
    }

    private void requireVerified() {
        try (CloudSqlite cloud = CloudSqlite.builder(blobs, new GrantingLockManager())
                .workDirectory(directory.resolve("verifier"))
                .build()) {
            VerificationReport report = cloud.verify(APP, Duration.ofMinutes(5));
            assertThat(report.txid()).isEqualTo(commits.lastKey());
            assertThat(report.oldestTxid()).isEqualTo(commits.firstKey());
            assertThat(report.verifiedStates()).isGreaterThanOrEqualTo(checkpoints + 1);
        }
    }
}
