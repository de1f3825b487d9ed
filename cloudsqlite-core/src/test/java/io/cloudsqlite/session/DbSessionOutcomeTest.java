package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StatementNotAllowedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.lock.GrantingLockManager;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.CountingBlobStore;
import io.cloudsqlite.store.FaultyBlobStore;
import io.cloudsqlite.store.FaultyBlobStore.Call;
import io.cloudsqlite.store.FaultyBlobStore.Fault;
import io.cloudsqlite.store.HookedBlobStore;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.store.PutOutcome;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.TimeSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
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
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What becomes of a write when the store misbehaves or a rival gets in between. The lock is given to everybody all along:
 * nothing here may rest on it.
 */
@ParameterizedClass
@EnumSource(DatabaseFormat.class)
class DbSessionOutcomeTest {

    @Parameter
    DatabaseFormat format;

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final InMemoryBlobStore memory = new InMemoryBlobStore(time);
    private final FaultyBlobStore faults = new FaultyBlobStore(memory);
    private final CountingBlobStore store = new CountingBlobStore(faults);
    private Cloud cloud;
    private Cloud rival;

    @BeforeEach
    void open() {
        cloud = new Cloud(store, new GrantingLockManager(), directory.resolve("work"), time, format);
        rival = new Cloud(memory, new GrantingLockManager(), directory.resolve("rival-work"), time, format);
        rival.createCounter();
    }

    @AfterEach
    void close() {
        cloud.close();
        rival.close();
        assertThat(faults.isPlayed()).as("every scripted fault was met").isTrue();
    }

    @Test
    void exception_that_a_store_should_not_throw_says_nothing_of_what_was_put() {
        // given
        HookedBlobStore careless = new HookedBlobStore(memory);
        try (Cloud third =
                new Cloud(careless, new GrantingLockManager(), directory.resolve("third-work"), time, format)) {
            careless.after(call -> {
                careless.after(later -> {});
                throw new IllegalStateException("the answer was no XML: " + call);
            });

            // when
            third.increment();

            // then
            assertThat(careless.count("PUT app.db")).isEqualTo(1);
            assertThat(rival.counter()).isEqualTo(1);
        }
    }

    @Test
    void outcome_that_cannot_be_looked_up_for_whatever_reason_is_unknown() {
        // given
        cloud.counter();
        faults.script(Call.PUT, Fault.LOST_AFTER);
        faults.before(
                Call.PUT,
                () -> faults.before(Call.GET, () -> {
                    throw new IllegalStateException("Connection pool shut down");
                }));

        // when, then
        assertThatThrownBy(cloud::increment).isInstanceOf(CommitUnknownException.class);
        assertThat(rival.counter()).isEqualTo(1);
    }

    @Test
    void statements_are_run_again_when_a_rival_was_first() {
        // given
        faults.before(Call.PUT, rival::increment);

        // when
        cloud.increment();

        // then
        assertThat(rival.counter()).isEqualTo(2);
        assertThat(rival.txid()).isEqualTo(3);
    }

    @Test
    void work_given_as_code_is_not_run_again_when_a_rival_was_first() {
        // given
        faults.before(Call.PUT, rival::increment);
        List<String> runs = new ArrayList<>();

        // when, then
        assertThatThrownBy(() -> cloud.app().write(connection -> {
                    runs.add("run");
                    return run(connection, "UPDATE counter SET n = 100");
                }))
                .isInstanceOf(WriteConflictException.class);
        assertThat(runs).hasSize(1);
        assertThat(cloud.counter()).isEqualTo(1);
    }

    @Test
    void writers_that_always_lose_give_up_after_a_bounded_number_of_attempts() {
        // given
        for (int i = 0; i < 10; i++) {
            faults.before(Call.PUT, rival::increment);
        }

        // when, then
        assertThatThrownBy(cloud::increment).isInstanceOf(WriteConflictException.class);
        assertThat(rival.counter()).isEqualTo(10);
        assertThat(cloud.counter()).isEqualTo(10);
    }

    @Test
    void lost_answer_to_a_put_that_happened_does_not_run_the_sql_twice() {
        // given
        faults.script(Call.PUT, Fault.LOST_AFTER);

        // when
        cloud.increment();

        // then
        assertThat(rival.counter()).isEqualTo(1);
        assertThat(rival.txid()).isEqualTo(2);
        assertThat(cloud.counterWithin(Duration.ofHours(1))).isEqualTo(1);
    }

    @Test
    void lost_answer_is_resolved_although_others_have_committed_on_top() {
        // given
        faults.script(Call.PUT, Fault.LOST_AFTER);
        faults.before(Call.PUT, () -> repeat(DatabaseVersion.MAX_RECENT_COMMITS - 1, rival::increment));

        // when
        Answer<?> answer = cloud.app().execute(SqlStatement.of("UPDATE counter SET n = n + 1"), RequestOptions.DEFAULT);

        // then
        assertThat(answer.txid()).isEqualTo(2);
        assertThat(cloud.counter()).isEqualTo(DatabaseVersion.MAX_RECENT_COMMITS);
    }

    @Test
    void outcome_that_too_many_later_commits_hide_is_unknown_and_not_guessed() {
        // given
        faults.script(Call.PUT, Fault.LOST_AFTER);
        faults.before(Call.PUT, () -> repeat(DatabaseVersion.MAX_RECENT_COMMITS, rival::increment));

        // when, then
        assertThatThrownBy(cloud::increment).isInstanceOf(CommitUnknownException.class);
        assertThat(cloud.counter()).isEqualTo(DatabaseVersion.MAX_RECENT_COMMITS + 1);
    }

    @Test
    void put_that_got_lost_is_sent_again() {
        // given
        faults.script(Call.PUT, Fault.LOST_BEFORE);

        // when
        cloud.increment();

        // then
        assertThat(rival.counter()).isEqualTo(1);
        assertThat(rival.txid()).isEqualTo(2);
    }

    @Test
    void put_that_got_lost_and_was_overtaken_is_run_again_since_it_never_can_happen() {
        // given
        faults.script(Call.PUT, Fault.LOST_BEFORE);
        faults.before(Call.PUT, rival::increment);

        // when
        cloud.increment();

        // then
        assertThat(rival.counter()).isEqualTo(2);
        assertThat(rival.txid()).isEqualTo(3);
    }

    @Test
    void put_that_arrives_late_happens_once() {
        // given
        faults.script(Call.PUT, Fault.LATE);

        // when
        cloud.increment();
        List<PutOutcome> late = faults.deliverLatePuts();

        // then
        assertThat(late).containsExactly(new PutOutcome.Refused());
        assertThat(rival.counter()).isEqualTo(1);
        assertThat(rival.txid()).isEqualTo(2);
    }

    @Test
    void put_that_arrives_between_the_attempts_is_recognised() {
        // given
        faults.script(Call.PUT, Fault.LATE);
        faults.before(Call.PUT, faults::deliverLatePuts);

        // when
        cloud.increment();

        // then
        assertThat(rival.counter()).isEqualTo(1);
        assertThat(rival.txid()).isEqualTo(2);
    }

    @Test
    void put_whose_outcome_stays_open_is_reported_as_unknown_and_leaves_no_trace_locally() {
        // given
        for (int i = 0; i < 8; i++) {
            faults.script(Call.PUT, Fault.LATE);
        }

        // when, then
        assertThatThrownBy(cloud::increment).isInstanceOf(CommitUnknownException.class);
        assertThat(cloud.counter()).isZero();
        faults.deliverLatePuts();
        assertThat(cloud.counter()).isEqualTo(1);
        assertThat(cloud.txid()).isEqualTo(2);
    }

    @Test
    void creation_with_a_lost_answer_happens_once() {
        // given
        faults.script(Call.PUT, Fault.LOST_AFTER);

        // when
        cloud.cloud().database("new.db").execute("CREATE TABLE t (x)");

        // then
        assertThat(rival.cloud()
                        .database("new.db")
                        .execute("SELECT count(*) FROM t")
                        .rows())
                .containsExactly(List.of(0L));
    }

    @Test
    void two_creators_make_one_database_with_both_writes() {
        // given
        faults.before(Call.PUT, () -> rival.cloud().database("new.db").execute("CREATE TABLE theirs (x)"));

        // when
        cloud.cloud().database("new.db").execute("CREATE TABLE mine (x)");

        // then
        assertThat(rival.cloud()
                        .database("new.db")
                        .execute("SELECT name FROM sqlite_schema ORDER BY name")
                        .rows())
                .containsExactly(List.of("mine"), List.of("theirs"));
    }

    @Test
    void deletion_during_a_doubtful_commit_leaves_the_outcome_unknown() {
        // given
        faults.script(Call.PUT, Fault.LOST_AFTER);
        faults.before(Call.PUT, () -> rival.cloud().delete(DatabaseName.of("app.db")));

        // when, then
        assertThatThrownBy(cloud::increment).isInstanceOf(CommitUnknownException.class);
    }

    @Test
    void store_that_does_not_answer_changes_nothing() {
        // given
        faults.script(Call.GET, Fault.UNAVAILABLE);

        // when, then
        assertThatThrownBy(cloud::increment).isInstanceOf(StorageUnavailableException.class);
        assertThat(cloud.counter()).isZero();
    }

    @Test
    void store_that_does_not_take_the_commit_for_a_while_is_tried_again() {
        // given
        faults.script(Call.PUT, Fault.UNAVAILABLE);
        faults.script(Call.PUT, Fault.UNAVAILABLE);

        // when
        cloud.increment();

        // then
        assertThat(rival.counter()).isEqualTo(1);
    }

    @Test
    void store_that_does_not_take_the_commit_at_all_changes_nothing() {
        // given
        for (int i = 0; i < 8; i++) {
            faults.script(Call.PUT, Fault.UNAVAILABLE);
        }

        // when, then
        assertThatThrownBy(cloud::increment).isInstanceOf(StorageUnavailableException.class);
        assertThat(cloud.counter()).isZero();
    }

    @Test
    void download_that_breaks_off_is_tried_again() {
        // given
        // In format file, a range of the same version makes up for the stream that broke off.
        Call second = format == DatabaseFormat.FILE ? Call.RANGE : Call.GET;
        faults.script(Call.GET, Fault.TRUNCATED);
        faults.script(second, Fault.BROKEN);

        // when
        long counter = cloud.counter();

        // then
        assertThat(counter).isZero();
        assertThat(store.counts().gets() + store.counts().ranges()).isEqualTo(3);
    }

    @Test
    void database_that_is_damaged_on_its_way_is_never_served() {
        // given
        cloud.counter();
        rival.increment();
        faults.script(Call.GET, Fault.FLIPPED);

        // when, then
        switch (format) {
            case FILE ->
                assertThatThrownBy(cloud::counter)
                        .isInstanceOf(CorruptDatabaseException.class)
                        .hasMessageContaining("checksum");
            case LOG ->
                assertThat(cloud.counter())
                        .as("a manifest is small and is asked for again")
                        .isEqualTo(1);
        }
        assertThat(cloud.counter()).isEqualTo(1);
    }

    @Test
    void reader_neither_sees_nor_awaits_a_commit_that_is_on_its_way() {
        // given
        cloud.increment();
        List<Long> seen = new ArrayList<>();
        faults.before(Call.PUT, () -> {
            seen.add(cloud.counter());
            seen.add(cloud.counterWithin(Duration.ofHours(1)));
        });

        // when
        cloud.increment();

        // then
        assertThat(seen).containsExactly(1L, 1L);
        assertThat(cloud.counterWithin(Duration.ofHours(1))).isEqualTo(2);
    }

    @Test
    void reader_keeps_its_version_while_commits_go_on() {
        // given
        cloud.increment();

        // when
        List<Long> seen = cloud.app().read(connection -> {
            List<Long> values = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                values.add(queryLong(connection, "SELECT n FROM counter"));
                cloud.increment();
                rival.increment();
                cloud.counter();
            }
            return values;
        });

        // then
        assertThat(seen).containsExactly(1L, 1L, 1L);
        assertThat(cloud.counter()).isEqualTo(7);
    }

    @Test
    void interrupted_writer_changes_nothing_and_keeps_its_interrupt_flag() {
        // given
        faults.before(Call.PUT, rival::increment);
        faults.before(Call.GET, () -> {});
        faults.before(Call.GET, () -> {});

        // when
        Thread.currentThread().interrupt();
        Throwable thrown = null;
        try {
            cloud.increment();
        } catch (OperationInterruptedException e) {
            thrown = e;
        }
        boolean flag = Thread.interrupted();

        // then
        assertThat(thrown).isNotNull();
        assertThat(flag).isTrue();
        cloud.increment();
        assertThat(cloud.counter()).isEqualTo(2);
    }

    @Test
    void interrupt_while_the_commit_is_on_its_way_does_not_keep_its_outcome_from_being_learned() {
        // given
        Thread caller = Thread.currentThread();
        faults.script(Call.PUT, Fault.LOST_AFTER);
        faults.before(Call.PUT, caller::interrupt);

        // when
        cloud.increment();

        // then
        assertThat(Thread.interrupted()).isTrue();
        assertThat(rival.counter()).isEqualTo(1);
    }

    @Test
    void interrupt_while_the_work_runs_changes_nothing() {
        // when, then
        assertThatThrownBy(() -> cloud.app().write(connection -> {
                    Thread.currentThread().interrupt();
                    return run(connection, "UPDATE counter SET n = 7");
                }))
                .isInstanceOf(OperationInterruptedException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(rival.counter()).isZero();
    }

    @Test
    void result_set_that_a_reader_left_open_does_not_make_later_reads_stale() {
        // given
        cloud.app().read(DbSessionOutcomeTest::leaveResultSetOpen);

        // when
        repeat(3, cloud::increment);
        Answer<SqlResult> answer =
                cloud.app().execute(SqlStatement.of("SELECT n FROM counter"), RequestOptions.DEFAULT);

        // then
        assertThat(answer.value().single()).isEqualTo(3L);
        assertThat(answer.txid()).isEqualTo(4);
    }

    @Test
    void result_set_that_a_writer_left_open_costs_no_download() {
        // given
        cloud.counter();
        store.reset();

        // when
        cloud.app().write(connection -> {
            run(connection, "UPDATE counter SET n = 7");
            return leaveResultSetOpen(connection);
        });

        // then
        assertThat(cloud.counter()).isEqualTo(7);
        cloud.increment();
        assertThat(rival.counter()).isEqualTo(8);
        assertThat(store.counts().readBytes()).isZero();
    }

    @Test
    void reader_that_begins_anew_during_a_commit_gets_nothing_and_spoils_nothing() {
        // given
        cloud.counter();
        List<Object> seen = new ArrayList<>();
        faults.before(Call.PUT, () -> {
            assertThatThrownBy(() -> cloud.app().read(connection -> {
                        run(connection, "ROLLBACK");
                        run(connection, "BEGIN");
                        return seen.add(queryLong(connection, "SELECT n FROM counter"));
                    }))
                    .isInstanceOf(StatementNotAllowedException.class);
            seen.add(cloud.counter());
        });

        // when
        cloud.increment();

        // then
        assertThat(seen)
                .as("what the misuse saw and could not return, and what the next reader saw")
                .containsExactly(1L, 0L);
    }

    private static long leaveResultSetOpen(Connection connection) throws SQLException {
        ResultSet left = connection.createStatement().executeQuery("SELECT n FROM counter UNION ALL SELECT 5");
        return left.getLong(1);
    }

    @Test
    void no_increment_is_lost_or_doubled_among_racing_processes_and_threads() throws Exception {
        // given
        int processes = 3;
        int threads = 2;
        int increments = 15;
        List<Cloud> clouds = IntStream.range(0, processes)
                .mapToObj(i -> new Cloud(
                        memory,
                        new GrantingLockManager(),
                        directory.resolve("racer-" + i),
                        TimeSource.system(),
                        format))
                .toList();
        ExecutorService executor = Executors.newFixedThreadPool(processes * threads);
        try {
            // when
            List<Callable<Integer>> racers = new ArrayList<>();
            for (Cloud racer : clouds) {
                for (int thread = 0; thread < threads; thread++) {
                    racers.add(() -> incrementUntilAcknowledged(racer, increments));
                }
            }
            int acknowledged = 0;
            for (Future<Integer> future : executor.invokeAll(racers)) {
                acknowledged += future.get();
            }

            // then
            assertThat(acknowledged).isEqualTo(processes * threads * increments);
            assertThat(rival.counter()).isEqualTo(acknowledged);
            assertThat(rival.txid()).isEqualTo(1 + acknowledged);
        } finally {
            executor.shutdownNow();
            clouds.forEach(Cloud::close);
        }
    }

    private static int incrementUntilAcknowledged(Cloud cloud, int increments) {
        int acknowledged = 0;
        while (acknowledged < increments) {
            try {
                cloud.increment();
                acknowledged++;
            } catch (WriteConflictException e) {
                // Nothing was changed, so it may be tried again.
            }
        }
        return acknowledged;
    }

    private static void repeat(int times, Runnable action) {
        for (int i = 0; i < times; i++) {
            action.run();
        }
    }

    private static long queryLong(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.executeQuery(sql).getLong(1);
        }
    }

    private static Void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
            return null;
        }
    }
}
