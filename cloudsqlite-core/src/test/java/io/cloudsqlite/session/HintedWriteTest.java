package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.ConstraintViolatedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StatementTimeoutException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.lock.CountingLockManager;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.CountingBlobStore;
import io.cloudsqlite.store.FaultyBlobStore;
import io.cloudsqlite.store.FaultyBlobStore.Call;
import io.cloudsqlite.store.FaultyBlobStore.Fault;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.SystemRandom;
import io.cloudsqlite.time.TimeSource;
import java.nio.file.Path;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writers who are told by the lock that their working copy is current. The peer uses the same locks; the rival has locks of its
 * own, so that after each of its commits the hint is wrong.
 */
class HintedWriteTest {

    private static final CountingLockManager.Counts TAKEN_AND_GIVEN_BACK = new CountingLockManager.Counts(1, 1, 0, 0);

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final InMemoryBlobStore memory = new InMemoryBlobStore(time);
    private final FaultyBlobStore faults = new FaultyBlobStore(memory);
    private final CountingBlobStore store = new CountingBlobStore(faults);
    private final CountingLockManager locks =
            new CountingLockManager(new InMemoryLockManager(time, SystemRandom.create()));
    private Cloud cloud;
    private Cloud peer;
    private Cloud rival;

    @BeforeEach
    void open() {
        cloud = new Cloud(store, locks, directory.resolve("work"), time);
        peer = new Cloud(memory, locks, directory.resolve("peer-work"), time);
        rival = new Cloud(memory, new InMemoryLockManager(), directory.resolve("rival-work"), time);
        cloud.createCounter();
        cloud.increment();
        reset();
    }

    @AfterEach
    void close() {
        cloud.close();
        peer.close();
        rival.close();
        assertThat(faults.isPlayed()).as("every scripted fault was met").isTrue();
    }

    private void reset() {
        store.reset();
        locks.reset();
    }

    /** What went to the store since the last reset, which were gets and puts only. */
    private void assertGetsAndPuts(int gets, int puts) {
        CountingBlobStore.Counts counts = store.reset();
        assertThat(counts.gets()).as("gets").isEqualTo(gets);
        assertThat(counts.puts()).as("puts").isEqualTo(puts);
        assertThat(counts.requests()).as("requests").isEqualTo(gets + puts);
    }

    // --- right hints ---

    @Test
    void writer_whose_copy_is_current_takes_the_lock_puts_and_gives_the_lock_back() {
        // when
        Answer<SqlResult> answer =
                cloud.app().execute(SqlStatement.of("UPDATE counter SET n = n + 1"), RequestOptions.DEFAULT);

        // then
        assertGetsAndPuts(0, 1);
        assertThat(locks.counts()).isEqualTo(TAKEN_AND_GIVEN_BACK);
        assertThat(answer.cost().storeRequests()).isEqualTo(1);
        assertThat(answer.txid()).isEqualTo(3);
        assertThat(rival.counter()).isEqualTo(2);
    }

    @Test
    void copy_that_a_peer_left_behind_is_checked_out() {
        // given
        peer.increment();

        // when
        cloud.increment();

        // then
        assertGetsAndPuts(1, 1);
        assertThat(rival.counter()).isEqualTo(3);
    }

    @Test
    void write_that_changes_nothing_asks_the_store_once_and_leaves_the_hint() {
        // when
        Answer<SqlResult> answer =
                cloud.app().execute(SqlStatement.of("UPDATE counter SET n = 5 WHERE n = 99"), RequestOptions.DEFAULT);

        // then
        assertThat(answer.value().rowsAffected()).isZero();
        assertGetsAndPuts(1, 0);
        cloud.increment();
        assertGetsAndPuts(0, 1);
    }

    @Test
    void error_of_sql_asks_the_store_once() {
        // when, then
        assertThatThrownBy(() -> cloud.app().execute("INSERT INTO absent VALUES (1)"))
                .isInstanceOf(SqlFailedException.class);
        assertGetsAndPuts(1, 0);
        assertThat(locks.counts()).isEqualTo(TAKEN_AND_GIVEN_BACK);
    }

    @Test
    void work_given_as_code_asks_the_store_always_since_it_cannot_be_run_again() {
        // when
        cloud.app().write(connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.executeUpdate("UPDATE counter SET n = 10");
            }
        });

        // then
        assertGetsAndPuts(1, 1);
        cloud.increment();
        assertGetsAndPuts(0, 1);
    }

    @Test
    void commit_whose_outcome_is_unknown_leaves_no_hint() {
        // given
        for (int i = 0; i < 8; i++) {
            faults.script(Call.PUT, Fault.LATE);
        }
        assertThatThrownBy(cloud::increment).isInstanceOf(CommitUnknownException.class);
        faults.deliverLatePuts();
        reset();

        // when
        cloud.increment();

        // then
        assertGetsAndPuts(1, 1);
        assertThat(rival.counter()).isEqualTo(3);
    }

    @Test
    void deleted_database_leaves_no_hint() {
        // given
        peer.cloud().delete(DatabaseName.of("app.db"));

        // when
        cloud.app().execute("CREATE TABLE other (x)");

        // then
        assertGetsAndPuts(1, 1);
        assertThat(cloud.txid()).isEqualTo(1);
    }

    // --- wrong hints ---

    @Test
    void commit_on_an_old_copy_is_refused_and_run_again_on_the_new_one() {
        // given
        rival.increment();

        // when
        cloud.increment();

        // then: one get tells that others have committed, and not merely replaced the manifest; one brings what they
        // did
        assertGetsAndPuts(2, 2);
        assertThat(rival.counter()).isEqualTo(3);
        cloud.increment();
        assertGetsAndPuts(0, 1);
    }

    @Test
    void write_that_would_change_nothing_on_an_old_copy_is_run_on_the_new_one() {
        // given
        rival.app().execute("UPDATE counter SET n = 99");

        // when
        List<SqlResult> results = cloud.app()
                .transaction(List.of(
                        SqlStatement.of("SELECT n FROM counter"),
                        SqlStatement.of("UPDATE counter SET n = 100 WHERE n = 99")));

        // then
        assertThat(results.get(0).single()).isEqualTo(99L);
        assertThat(results.get(1).rowsAffected()).isEqualTo(1);
        assertThat(rival.counter()).isEqualTo(100);
    }

    @Test
    void write_that_changes_nothing_on_the_new_copy_either_tells_what_is_new() {
        // given
        rival.increment();

        // when
        Answer<List<SqlResult>> answer = cloud.app()
                .transaction(
                        List.of(
                                SqlStatement.of("SELECT n FROM counter"),
                                SqlStatement.of("UPDATE counter SET n = 0 WHERE n = 99")),
                        RequestOptions.DEFAULT);

        // then
        assertThat(answer.value().get(0).single()).isEqualTo(2L);
        assertThat(answer.txid()).isEqualTo(3);
        assertGetsAndPuts(2, 0);
    }

    @Test
    void constraint_that_only_an_old_copy_violates_is_no_error() {
        // given
        cloud.app().execute("CREATE TABLE name (n TEXT PRIMARY KEY)");
        cloud.app().execute("INSERT INTO name VALUES ('a')");
        rival.app().execute("DELETE FROM name");

        // when
        cloud.app().execute("INSERT INTO name VALUES ('a')");

        // then
        assertThat(rival.app().execute("SELECT count(*) FROM name").single()).isEqualTo(1L);
    }

    @Test
    void constraint_that_only_the_new_copy_violates_is_an_error() {
        // given
        cloud.app().execute("CREATE TABLE name (n TEXT PRIMARY KEY)");
        rival.app().execute("INSERT INTO name VALUES ('a')");

        // when, then
        assertThatThrownBy(() -> cloud.app().execute("INSERT INTO name VALUES ('a')"))
                .isInstanceOf(ConstraintViolatedException.class);
    }

    @Test
    void table_that_only_the_new_copy_has_is_found() {
        // given
        rival.app().execute("CREATE TABLE theirs (x)");

        // when
        cloud.app().execute("INSERT INTO theirs VALUES (1)");

        // then
        assertThat(rival.app().execute("SELECT x FROM theirs").single()).isEqualTo(1L);
    }

    @Test
    void what_a_caller_concludes_from_an_old_copy_is_concluded_again() {
        // given
        rival.app().execute("UPDATE counter SET n = 7");
        List<Object> concluded = new ArrayList<>();

        // when, then
        assertThatThrownBy(() -> cloud.app()
                        .transaction(
                                List.of(SqlStatement.of("UPDATE counter SET n = n + 1 RETURNING n")),
                                RequestOptions.DEFAULT,
                                results -> {
                                    concluded.add(results.get(0).single());
                                    throw new IllegalStateException("the caller does not want this");
                                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(concluded).containsExactly(2L, 8L);
        assertThat(rival.counter()).isEqualTo(7);
    }

    @Test
    void bookmark_that_an_old_copy_does_not_reach_is_looked_for_in_the_new_one() {
        // given
        rival.increment();
        SqlStatement increment = SqlStatement.of("UPDATE counter SET n = n + 1");

        // when
        long txid = cloud.app()
                .execute(increment, RequestOptions.DEFAULT.withMinTxid(3))
                .txid();

        // then
        assertThat(txid).isEqualTo(4);
        assertThatThrownBy(() -> cloud.app().execute(increment, RequestOptions.DEFAULT.withMinTxid(99)))
                .isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void database_that_was_deleted_meanwhile_is_created_anew() {
        // given
        rival.cloud().delete(DatabaseName.of("app.db"));

        // when
        cloud.app().execute("CREATE TABLE IF NOT EXISTS counter (other)");

        // then
        assertThat(cloud.app().execute("SELECT count(other) FROM counter").single())
                .isEqualTo(0L);
        assertThat(cloud.txid()).isEqualTo(1);
    }

    @Test
    void answer_that_the_store_cannot_confirm_is_not_given() {
        // given
        rival.increment();
        faults.script(Call.GET, Fault.UNAVAILABLE);

        // when, then
        assertThatThrownBy(() -> cloud.app().execute("UPDATE counter SET n = 5 WHERE n = 99"))
                .isInstanceOf(StorageUnavailableException.class);
        assertThat(cloud.counter()).isEqualTo(2);
    }

    @Test
    void statement_that_was_stopped_is_told_as_such_without_asking_the_store() {
        // when, then
        assertThatThrownBy(() -> cloud.app()
                        .transaction(
                                List.of(SqlStatement.of("UPDATE counter SET n = n + 1")),
                                RequestOptions.DEFAULT,
                                results -> {
                                    throw new StatementTimeoutException("The statement took too long");
                                }))
                .isInstanceOf(StatementTimeoutException.class);
        assertGetsAndPuts(0, 0);
    }

    @Test
    void work_given_as_code_never_meets_a_conflict_for_the_sake_of_a_wrong_hint() {
        // given
        rival.increment();

        // when
        long seen = cloud.app().write(connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.executeQuery("SELECT n FROM counter").getLong(1);
            }
        });

        // then
        assertThat(seen).isEqualTo(2);
    }

    @Test
    void no_increment_is_lost_or_doubled_among_processes_of_which_each_has_its_own_locks() throws Exception {
        // given
        int processes = 3;
        int increments = 20;
        List<Cloud> clouds = IntStream.range(0, processes)
                .mapToObj(i -> new Cloud(
                        memory, new InMemoryLockManager(), directory.resolve("racer-" + i), TimeSource.system()))
                .toList();
        ExecutorService executor = Executors.newFixedThreadPool(processes);
        try {
            // when
            List<Callable<Long>> racers = new ArrayList<>();
            for (Cloud racer : clouds) {
                racers.add(() -> IntStream.range(0, increments)
                        .mapToLong(i -> incrementAndTell(racer))
                        .sum());
            }
            long told = 0;
            for (Future<Long> future : executor.invokeAll(racers)) {
                told += future.get();
            }

            // then
            long last = 1 + (long) processes * increments;
            assertThat(rival.counter()).isEqualTo(last);
            assertThat(told).as("the sum of 2 to %s, each told once", last).isEqualTo(last * (last + 1) / 2 - 1);
        } finally {
            executor.shutdownNow();
            clouds.forEach(Cloud::close);
        }
    }

    private static long incrementAndTell(Cloud cloud) {
        while (true) {
            try {
                return (Long) cloud.app()
                        .execute("UPDATE counter SET n = n + 1 RETURNING n")
                        .single();
            } catch (WriteConflictException e) {
                // Nothing was changed, so it may be tried again.
            }
        }
    }
}
