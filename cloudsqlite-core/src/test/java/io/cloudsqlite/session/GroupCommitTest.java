package io.cloudsqlite.session;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.ConstraintViolatedException;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StatementNotAllowedException;
import io.cloudsqlite.StatementTimeoutException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.format.LogPolicy;
import io.cloudsqlite.lock.CountingLockManager;
import io.cloudsqlite.lock.ForwardingLease;
import io.cloudsqlite.lock.GrantingLockManager;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.lock.LockInfo;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.CountingBlobStore;
import io.cloudsqlite.store.FaultyBlobStore;
import io.cloudsqlite.store.FaultyBlobStore.Call;
import io.cloudsqlite.store.FaultyBlobStore.Fault;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The writers of one process on one database: what they share, and what each has of its own. */
@Timeout(60)
final class GroupCommitTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private final InMemoryBlobStore memory = new InMemoryBlobStore();
    private final CountingBlobStore counting = new CountingBlobStore(memory);
    private final FaultyBlobStore faults = new FaultyBlobStore(counting);
    private final CountingLockManager locks = new CountingLockManager(new InMemoryLockManager());
    private final CountDownLatch mayPut = new CountDownLatch(1);
    private Cloud cloud;
    private Cloud rival;

    @BeforeEach
    void create_a_table() {
        cloud = new Cloud(faults, locks, directory.resolve("work"), TimeSource.system());
        rival = new Cloud(memory, new GrantingLockManager(), directory.resolve("rival"), TimeSource.system());
        cloud.app().execute("CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT)");
    }

    @AfterEach
    void close() {
        mayPut.countDown();
        cloud.close();
        rival.close();
    }

    /** A call on a thread of its own. */
    private static final class Caller<T> {

        private final FutureTask<T> call;
        private final Thread thread;

        Caller(Callable<T> work) {
            call = new FutureTask<>(work);
            thread = new Thread(call, "caller");
            thread.setDaemon(true);
            thread.start();
        }

        /** Returns once the caller waits for others. */
        Caller<T> untilItWaits() {
            while (thread.getState() != Thread.State.TIMED_WAITING && thread.getState() != Thread.State.WAITING) {
                assertThat(thread.isAlive()).isTrue();
                Thread.onSpinWait();
            }
            return this;
        }

        T get() throws Exception {
            try {
                return call.get(30, SECONDS);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Exception cause) {
                    throw cause;
                }
                throw e;
            }
        }
    }

    private static <T> Caller<T> call(Callable<T> work) {
        return new Caller<>(work).untilItWaits();
    }

    /** A first write, whose put does not come to an end before {@link #mayPut}: whoever writes meanwhile is in the next group. */
    private Caller<Answer<SqlResult>> holdUp() throws InterruptedException {
        CountDownLatch isPutting = new CountDownLatch(1);
        faults.before(Call.PUT, () -> {
            isPutting.countDown();
            await(mayPut, LONG);
        });
        Caller<Answer<SqlResult>> first = call(() -> insert(1_000));
        assertThat(isPutting.await(30, SECONDS)).isTrue();
        return first;
    }

    private static void await(CountDownLatch latch, Duration atMost) {
        try {
            boolean unused = latch.await(atMost.toMillis(), MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Answer<SqlResult> insert(long key) {
        return write("INSERT INTO t VALUES (?, 'x')", key);
    }

    private Answer<SqlResult> write(String sql, Object... parameters) {
        return cloud.app().execute(SqlStatement.of(sql, parameters), RequestOptions.DEFAULT);
    }

    private List<Object> keys() {
        return rival.app().execute("SELECT k FROM t ORDER BY k").rows().stream()
                .map(row -> row.get(0))
                .toList();
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @ParameterizedTest
    @EnumSource(DatabaseFormat.class)
    void those_who_come_while_a_commit_is_on_its_way_share_the_next(DatabaseFormat format) throws Exception {
        // given
        cloud.cloud().convert(cloud.app().database(), format, LONG);
        long before = cloud.txid();
        Caller<Answer<SqlResult>> first = holdUp();
        List<Caller<Answer<SqlResult>>> others = new ArrayList<>();
        for (long key = 1; key <= 10; key++) {
            long own = key;
            others.add(call(() -> insert(own)));
        }
        counting.reset();
        locks.reset();

        // when
        mayPut.countDown();

        // then
        assertThat(first.get().txid()).isEqualTo(before + 1);
        List<Long> txids = new ArrayList<>();
        for (Caller<Answer<SqlResult>> other : others) {
            Answer<SqlResult> answer = other.get();
            assertThat(answer.value().rowsAffected()).isEqualTo(1);
            txids.add(answer.txid());
        }
        // In the order in which they came.
        assertThat(txids)
                .isEqualTo(
                        LongStream.rangeClosed(before + 2, before + 11).boxed().toList());
        assertThat(counting.counts().puts()).isEqualTo(2);
        assertThat(locks.counts().acquires()).isEqualTo(1);
        assertThat(keys()).hasSize(11);
        assertThat(rival.txid()).isEqualTo(before + 11);
    }

    @Test
    void one_that_fails_is_rolled_back_alone_and_told_its_own_error() throws Exception {
        // given
        Caller<Answer<SqlResult>> first = holdUp();
        Caller<Answer<SqlResult>> one = call(() -> insert(1));
        Caller<List<SqlResult>> same = call(() -> cloud.app()
                .transaction(List.of(
                        SqlStatement.of("INSERT INTO t VALUES (7, 'y')"),
                        SqlStatement.of("INSERT INTO t VALUES (1, 'y')"))));
        Caller<Answer<SqlResult>> two = call(() -> insert(2));

        // when
        mayPut.countDown();

        // then
        assertThatThrownBy(same::get).isInstanceOf(ConstraintViolatedException.class);
        assertThat(two.get().txid()).isEqualTo(one.get().txid() + 1);
        assertThat(first.get().txid()).isEqualTo(one.get().txid() - 1);
        assertThat(keys()).containsExactly(1L, 2L, 1_000L);
    }

    @Test
    void error_that_came_of_what_was_refused_is_not_told() throws Exception {
        // given: 'one' inserts only where nobody else has been, and so the second fails only as long as nobody has
        GrantingLockManager granting = new GrantingLockManager();
        cloud.close();
        cloud = new Cloud(faults, granting, directory.resolve("work"), TimeSource.system());
        Caller<Answer<SqlResult>> first = holdUp();
        Caller<Answer<SqlResult>> one =
                call(() -> write("INSERT INTO t SELECT 1, 'x' WHERE NOT EXISTS (SELECT 1 FROM t WHERE k = 2)"));
        Caller<Answer<SqlResult>> same = call(() -> insert(1));
        faults.before(Call.PUT, () -> rival.app().execute("INSERT INTO t VALUES (2, 'rival')"));

        // when
        mayPut.countDown();

        // then
        long base = first.get().txid();
        assertThat(one.get().value().rowsAffected()).isZero();
        assertThat(one.get().txid()).isEqualTo(base + 1);
        assertThat(same.get().txid()).isEqualTo(base + 2);
        assertThat(keys()).containsExactly(1L, 2L, 1_000L);
    }

    @Test
    void code_is_run_on_the_thread_of_its_caller_and_shares_the_commit() throws Exception {
        // given
        Caller<Answer<SqlResult>> first = holdUp();
        List<Caller<Boolean>> others = new ArrayList<>();
        for (long key = 1; key <= 5; key++) {
            String insert = "INSERT INTO t VALUES (" + key + ", 'code')";
            others.add(call(() -> {
                Thread caller = Thread.currentThread();
                return cloud.app().write(connection -> {
                    run(connection, insert);
                    return Thread.currentThread().equals(caller);
                });
            }));
        }
        counting.reset();

        // when
        mayPut.countDown();

        // then
        first.get();
        for (Caller<Boolean> other : others) {
            assertThat(other.get()).isTrue();
        }
        assertThat(counting.counts().puts()).isEqualTo(2);
        assertThat(keys()).hasSize(6);
    }

    @Test
    void who_ends_its_transaction_itself_harms_nobody_else() throws Exception {
        // given
        Caller<Answer<SqlResult>> first = holdUp();
        Caller<Answer<SqlResult>> before = call(() -> insert(1));
        Caller<Integer> misuse = call(() -> cloud.app().write(connection -> {
            run(connection, "INSERT INTO t VALUES (66, 'misuse')");
            run(connection, "COMMIT");
            return 0;
        }));
        Caller<Answer<SqlResult>> after = call(() -> insert(2));

        // when
        mayPut.countDown();

        // then
        assertThatThrownBy(misuse::get).isInstanceOf(StatementNotAllowedException.class);
        assertThat(before.get().txid()).isEqualTo(first.get().txid() + 1);
        assertThat(after.get().txid()).isEqualTo(first.get().txid() + 2);
        assertThat(keys()).containsExactly(1L, 2L, 1_000L);
        assertThat(write("SELECT count(*) FROM t").value().rows()).containsExactly(List.of(3L));
    }

    @Test
    void settings_and_temporary_tables_of_code_are_not_the_next_ones() throws Exception {
        // given
        Caller<Answer<SqlResult>> first = holdUp();
        Caller<Integer> code = call(() -> cloud.app().write(connection -> {
            run(connection, "CREATE TEMP TABLE t (k INTEGER PRIMARY KEY, v TEXT)");
            run(connection, "INSERT INTO main.t VALUES (1, 'code')");
            return 0;
        }));
        Caller<Answer<SqlResult>> next = call(() -> insert(2));

        // when
        mayPut.countDown();

        // then
        first.get();
        code.get();
        next.get();
        assertThat(keys()).containsExactly(1L, 2L, 1_000L);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void connection_that_code_keeps_writes_nothing_after_its_transaction(boolean fails) throws Exception {
        // given
        AtomicReference<Connection> kept = new AtomicReference<>();
        CountDownLatch isPutting = new CountDownLatch(1);
        Caller<Answer<SqlResult>> first = holdUp();
        Caller<Answer<SqlResult>> before = call(() -> insert(1));
        Caller<Integer> code = call(() -> cloud.app().write(connection -> {
            kept.set(connection);
            run(connection, "INSERT INTO t VALUES (2, 'code')");
            if (fails) {
                throw new IllegalArgumentException("for a test");
            }
            return 0;
        }));
        CountDownLatch mayPutNext = new CountDownLatch(1);
        faults.before(Call.PUT, () -> {
            isPutting.countDown();
            await(mayPutNext, LONG);
        });
        mayPut.countDown();
        assertThat(isPutting.await(30, SECONDS)).isTrue();

        // when
        assertThatThrownBy(() -> run(kept.get(), "INSERT INTO t VALUES (66, 'kept')"))
                .isInstanceOf(SQLException.class);
        mayPutNext.countDown();

        // then
        first.get();
        before.get();
        if (fails) {
            assertThatThrownBy(code::get).isInstanceOf(IllegalArgumentException.class);
        } else {
            code.get();
        }
        insert(3);
        assertThat(keys()).contains(1L, 3L).doesNotContain(66L);
        assertThat(write("SELECT k FROM t").value().rows()).hasSameSizeAs(keys());
        assertThat(rival.cloud().verify(rival.app().database(), LONG).txid()).isEqualTo(rival.txid());
    }

    @Test
    void damage_that_is_the_databases_own_keeps_nobody_from_committing() throws Exception {
        // given
        cloud.app().execute("CREATE VIRTUAL TABLE r USING rtree(id, a, b)");
        cloud.app().execute("INSERT INTO r VALUES (1, 1, 2)");
        cloud.app().execute("UPDATE r_node SET data = x'00'");
        Caller<Answer<SqlResult>> first = holdUp();
        Caller<Answer<SqlResult>> one = call(() -> insert(1));
        Caller<Answer<SqlResult>> damaged = call(() -> write("INSERT INTO t SELECT id + 65, 'x' FROM r WHERE a > 0"));
        Caller<Answer<SqlResult>> two = call(() -> insert(2));

        // when
        mayPut.countDown();

        // then
        assertThatThrownBy(damaged::get).isInstanceOf(CorruptDatabaseException.class);
        first.get();
        one.get();
        two.get();
        assertThat(keys()).containsExactly(1L, 2L, 1_000L);
    }

    @ParameterizedTest
    @ValueSource(classes = {OutOfMemoryError.class, ArithmeticException.class})
    void who_cannot_go_on_waiting_is_not_waited_for(Class<? extends Throwable> failure) throws Exception {
        // given
        AtomicReference<Thread> poor = new AtomicReference<>();
        cloud.close();
        cloud = new Cloud(faults, locks, directory.resolve("work"), new ClockThatFails(poor, failure));
        Caller<Answer<SqlResult>> first = holdUp();
        Caller<Answer<SqlResult>> one = call(() -> insert(1));

        // when: it looks at the clock when it is woken
        poor.set(one.thread);
        mayPut.countDown();

        // then
        assertThatThrownBy(one::get)
                .satisfiesAnyOf(
                        thrown -> assertThat(thrown).isInstanceOf(failure),
                        thrown -> assertThat(thrown).hasCauseInstanceOf(failure));
        first.get();
        insert(2);
        assertThat(keys()).containsExactly(2L, 1_000L);
    }

    @Test
    void who_gives_up_where_requests_may_take_for_ever_is_told_so() throws Exception {
        // given
        cloud.close();
        CloudSqlite patient = CloudSqlite.builder(faults, locks)
                .workDirectory(directory.resolve("work"))
                .lockWait(Duration.ofMillis(300))
                .requestTimeout(Duration.ofSeconds(Long.MAX_VALUE))
                .build();
        CountDownLatch mayEnd = new CountDownLatch(1);
        try (patient) {
            Caller<Object> first = call(() -> patient.database("app.db").write(connection -> {
                await(mayEnd, LONG);
                return 1;
            }));

            // when
            Caller<SqlResult> one = call(() -> patient.database("app.db").execute("INSERT INTO t VALUES (1, 'x')"));

            // then
            assertThatThrownBy(one::get).isInstanceOf(DatabaseLockedException.class);
            mayEnd.countDown();
            first.get();
            patient.database("app.db").execute("INSERT INTO t VALUES (2, 'x')");
            assertThat(keys()).containsExactly(2L);
        }
    }

    /** The clock of this machine, but for a thread that cannot look at it. */
    private record ClockThatFails(AtomicReference<Thread> poor, Class<? extends Throwable> failure)
            implements TimeSource {

        @Override
        public Instant instant() {
            return TimeSource.system().instant();
        }

        @Override
        public long nanoTime() {
            if (Thread.currentThread().equals(poor.get())) {
                if (failure.equals(OutOfMemoryError.class)) {
                    throw new OutOfMemoryError("for a test");
                }
                throw new ArithmeticException("for a test");
            }
            return TimeSource.system().nanoTime();
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
            TimeSource.system().sleep(duration);
        }
    }

    @Test
    void work_given_as_code_is_not_run_twice_where_others_were_faster() throws Exception {
        // given
        cloud.close();
        cloud = new Cloud(faults, new GrantingLockManager(), directory.resolve("work"), TimeSource.system());
        Caller<Answer<SqlResult>> first = holdUp();
        int[] runs = {0};
        Caller<Integer> code = call(() -> cloud.app().write(connection -> {
            run(connection, "INSERT INTO t VALUES (1, 'code')");
            return ++runs[0];
        }));
        Caller<Answer<SqlResult>> statement = call(() -> insert(2));
        faults.before(Call.PUT, () -> rival.app().execute("INSERT INTO t VALUES (3, 'rival')"));

        // when
        mayPut.countDown();

        // then
        first.get();
        assertThatThrownBy(code::get).isInstanceOf(WriteConflictException.class);
        assertThat(runs[0]).isEqualTo(1);
        statement.get();
        assertThat(keys()).containsExactly(2L, 3L, 1_000L);
    }

    @Test
    void unknown_outcome_is_that_of_all_who_changed_something() throws Exception {
        // given
        Caller<Answer<SqlResult>> first = holdUp();
        Caller<Answer<SqlResult>> one = call(() -> insert(1));
        Caller<Answer<SqlResult>> none = call(() -> write("UPDATE t SET v = 'z' WHERE k = 999"));
        Caller<Answer<SqlResult>> two = call(() -> insert(2));
        faults.script(Call.PUT, Fault.LOST_AFTER);
        for (int get = 0; get < 30; get++) {
            faults.script(Call.PUT, Fault.UNAVAILABLE);
        }

        // when
        mayPut.countDown();

        // then
        first.get();
        // It is in the store, which a single look shows.
        assertThat(two.get().txid()).isEqualTo(one.get().txid() + 1);
        assertThat(none.get().value().rowsAffected()).isZero();
        assertThat(keys()).containsExactly(1L, 2L, 1_000L);
    }

    @Test
    void each_waits_for_its_turn_as_long_as_it_likes() throws Exception {
        // given
        Caller<Answer<SqlResult>> first = holdUp();
        Caller<Answer<SqlResult>> patient = call(() -> insert(1));
        RequestOptions soon = RequestOptions.DEFAULT.withTimeout(Duration.ofMillis(50));

        // when, then
        assertThatThrownBy(() -> cloud.app().execute(SqlStatement.of("INSERT INTO t VALUES (2, 'x')"), soon))
                .isInstanceOf(DatabaseLockedException.class)
                .hasMessageContaining("other writers in this process");
        mayPut.countDown();
        assertThat(patient.get().txid()).isEqualTo(first.get().txid() + 1);
        assertThat(keys()).containsExactly(1L, 1_000L);
    }

    @Test
    void who_is_interrupted_while_it_waits_has_changed_nothing_and_nobody_else_notices() throws Exception {
        // given
        Caller<Answer<SqlResult>> first = holdUp();
        Caller<Answer<SqlResult>> one = call(() -> insert(1));
        Caller<Answer<SqlResult>> two = call(() -> insert(2));

        // when
        one.thread.interrupt();

        // then
        assertThatThrownBy(one::get).isInstanceOf(OperationInterruptedException.class);
        mayPut.countDown();
        assertThat(two.get().txid()).isEqualTo(first.get().txid() + 1);
        assertThat(keys()).containsExactly(2L, 1_000L);
    }

    @Test
    void who_cannot_wait_for_a_commit_on_its_way_does_not_know_its_outcome() throws Exception {
        // given
        RequestOptions soon = RequestOptions.DEFAULT.withTimeout(Duration.ofMillis(300));
        CountDownLatch isPutting = new CountDownLatch(1);
        faults.before(Call.PUT, () -> {
            isPutting.countDown();
            await(mayPut, LONG);
        });

        // when, then
        assertThatThrownBy(() -> cloud.app().execute(SqlStatement.of("INSERT INTO t VALUES (1, 'x')"), soon))
                .isInstanceOf(CommitUnknownException.class)
                .hasCauseInstanceOf(StorageUnavailableException.class);
        mayPut.countDown();
        insert(2);
        assertThat(keys()).contains(2L);
    }

    /** It is interrupted after its last statement, and before its transaction is committed to the local files. */
    private Answer<Long> insertAndBeInterrupted(long key) {
        return cloud.app()
                .transaction(
                        List.of(SqlStatement.of("INSERT INTO t VALUES (?, 'interrupted')", key)),
                        RequestOptions.DEFAULT,
                        results -> {
                            Thread.currentThread().interrupt();
                            return results.get(0).rowsAffected();
                        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void who_is_interrupted_while_its_transaction_runs_has_changed_nothing_and_nobody_else_notices(boolean isLast)
            throws Exception {
        // given
        Caller<Answer<SqlResult>> first = holdUp();
        Caller<Answer<SqlResult>> before = call(() -> insert(1));
        Caller<Answer<Long>> interrupted = call(() -> insertAndBeInterrupted(66));
        List<Caller<Answer<SqlResult>>> after = isLast ? List.of() : List.of(call(() -> insert(2)));

        // when
        mayPut.countDown();

        // then
        first.get();
        before.get();
        assertThatThrownBy(interrupted::get).isInstanceOf(OperationInterruptedException.class);
        for (Caller<Answer<SqlResult>> next : after) {
            next.get();
        }
        insert(3);
        assertThat(keys()).contains(1L, 3L).doesNotContain(66L);
        assertThat(write("SELECT k FROM t ORDER BY k").value().rows()).hasSameSizeAs(keys());
        assertThat(rival.cloud().verify(rival.app().database(), LONG).txid()).isEqualTo(rival.txid());
    }

    @Test
    void checkout_that_takes_long_is_not_a_lock_that_others_hold() {
        // given
        cloud.close();
        cloud = new Cloud(faults, locks, directory.resolve("work"), TimeSource.system());
        CloudSqlite impatient = CloudSqlite.builder(faults, locks)
                .workDirectory(directory.resolve("impatient"))
                .lockWait(Duration.ofMillis(300))
                .build();
        CountDownLatch mayGet = new CountDownLatch(1);
        faults.before(Call.GET, () -> {
            await(mayGet, Duration.ofSeconds(1));
        });

        // when, then
        try (impatient) {
            impatient.database("app.db").execute("INSERT INTO t VALUES (1, 'x')");
        }
        assertThat(keys()).containsExactly(1L);
    }

    @Test
    void holder_of_the_lock_is_named() {
        Deadline now = Deadline.after(LONG, TimeSource.system());
        try (Lease lease = locks.acquire(cloud.app().database(), Duration.ofMinutes(1), now);
                CloudSqlite impatient = CloudSqlite.builder(faults, locks)
                        .workDirectory(directory.resolve("impatient"))
                        .lockWait(Duration.ofMillis(300))
                        .build()) {
            assertThatThrownBy(() -> impatient.database("app.db").execute("INSERT INTO t VALUES (1, 'x')"))
                    .isInstanceOfSatisfying(
                            DatabaseLockedException.class,
                            e -> assertThat(e.holder()).isEqualTo(lease.holder()));
        }
    }

    @Test
    void who_may_take_long_is_not_waited_for_by_who_has_little_time() throws Exception {
        // given
        RequestOptions soon = RequestOptions.DEFAULT.withTimeout(Duration.ofSeconds(5));
        Caller<Answer<SqlResult>> first = holdUp();
        Caller<Answer<SqlResult>> quick =
                call(() -> cloud.app().execute(SqlStatement.of("INSERT INTO t VALUES (1, 'x')"), soon));
        CountDownLatch mayEnd = new CountDownLatch(1);
        Caller<Boolean> slow = call(() -> cloud.app().write(connection -> {
            run(connection, "INSERT INTO t VALUES (2, 'slow')");
            try {
                return mayEnd.await(30, SECONDS);
            } catch (InterruptedException e) {
                return false;
            }
        }));

        // when
        mayPut.countDown();

        // then
        first.get();
        quick.get();
        assertThat(keys()).containsExactly(1L, 1_000L);
        mayEnd.countDown();
        assertThat(slow.get()).isTrue();
    }

    @Test
    void code_that_took_longer_than_it_had_is_told_that_nothing_was_changed() {
        // given
        RequestOptions soon = RequestOptions.DEFAULT.withTimeout(Duration.ofMillis(100));

        // when, then
        assertThatThrownBy(() -> cloud.app()
                        .write(
                                connection -> {
                                    run(connection, "INSERT INTO t VALUES (1, 'late')");
                                    await(new CountDownLatch(1), Duration.ofSeconds(3));
                                    return 0;
                                },
                                soon))
                .isInstanceOf(StatementTimeoutException.class)
                .hasMessageContainingAll("'app.db'", "nothing was changed", "a longer timeout");
        assertThat(keys()).isEmpty();
    }

    @Test
    void two_requests_with_one_key_in_a_group_are_applied_once() throws Exception {
        // given
        RequestOptions keyed = RequestOptions.DEFAULT.withIdempotencyKey("once");
        SqlStatement insert = SqlStatement.of("INSERT INTO t (v) VALUES ('keyed')");
        Caller<Answer<SqlResult>> first = holdUp();
        Caller<Answer<SqlResult>> one = call(() -> cloud.app().execute(insert, keyed));
        Caller<Answer<SqlResult>> again = call(() -> cloud.app().execute(insert, keyed));

        // when
        mayPut.countDown();

        // then
        assertThat(one.get().txid()).isEqualTo(first.get().txid() + 1);
        assertThat(one.get().replayed()).isFalse();
        assertThat(again.get().replayed()).isTrue();
        assertThat(again.get().txid()).isEqualTo(one.get().txid());
        assertThat(again.get().value()).isEqualTo(one.get().value());
        assertThat(keys()).hasSize(2);
    }

    @Test
    void maintenance_for_which_there_is_no_thread_is_done_after_a_later_commit() {
        // given
        Thread caller = Thread.currentThread();
        AtomicBoolean isShort = new AtomicBoolean(true);
        Executor threads = task -> {
            if (isShort.get() && !Thread.currentThread().equals(caller)) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            new Thread(task).start();
        };
        RequestOptions soon = RequestOptions.DEFAULT.withTimeout(Duration.ofSeconds(5));
        SqlStatement large = SqlStatement.of("INSERT INTO t (v) VALUES (hex(randomblob(20000)))");
        try (CloudSqlite poor = CloudSqlite.builder(memory, locks)
                .workDirectory(directory.resolve("poor"))
                .logPolicy(new LogPolicy(2_000, 2_000, 8_000, 2, 1 << 20, 100, 100, Duration.ZERO))
                .writers(threads)
                .build()) {
            poor.database("app.db").execute(large, soon);
            assertThat(baseObjects()).isZero();

            // when
            isShort.set(false);
            poor.database("app.db").execute(large, soon);

            // then
            assertThat(baseObjects()).isEqualTo(1);
        }
    }

    private long baseObjects() {
        Deadline deadline = Deadline.after(LONG, TimeSource.system());
        return memory.list("app.db.cloudsqlite/base/", Optional.empty(), 100, deadline)
                .blobs()
                .size();
    }

    @Test
    void write_within_a_write_to_the_same_database_is_refused_at_once() {
        // when, then
        assertThatThrownBy(() -> cloud.app().write(connection -> {
                    run(connection, "INSERT INTO t VALUES (1, 'outer')");
                    return insert(2);
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("within");
        assertThat(keys()).isEmpty();
        insert(3);
        assertThat(keys()).containsExactly(3L);
    }

    @Test
    void vacuum_has_a_commit_of_its_own() throws Exception {
        // given
        Caller<Answer<SqlResult>> first = holdUp();
        Caller<Answer<SqlResult>> one = call(() -> insert(1));
        Caller<Answer<SqlResult>> vacuum = call(() -> write("VACUUM"));
        Caller<Answer<SqlResult>> two = call(() -> insert(2));

        // when
        mayPut.countDown();

        // then
        first.get();
        one.get();
        vacuum.get();
        two.get();
        assertThat(keys()).containsExactly(1L, 2L, 1_000L);
    }

    @Test
    void too_many_are_turned_away() throws Exception {
        // given
        Caller<Answer<SqlResult>> first = holdUp();
        List<Caller<Answer<SqlResult>>> others = new ArrayList<>();
        for (long key = 1; key <= 1_000; key++) {
            long own = 2_000 + key;
            others.add(new Caller<>(() -> insert(own)));
        }
        others.forEach(Caller::untilItWaits);

        // when, then
        assertThatThrownBy(() -> insert(1))
                .isInstanceOf(DatabaseLockedException.class)
                .hasMessageContaining("1000 other writers");
        mayPut.countDown();
        first.get();
        for (Caller<Answer<SqlResult>> other : others) {
            other.get();
        }
        assertThat(keys()).hasSize(1_001);
    }

    @Test
    void early_answer_comes_before_the_lock_is_given_back_and_closing_waits_for_that() throws Exception {
        // given
        CountDownLatch mayRelease = new CountDownLatch(1);
        SlowToRelease slow = new SlowToRelease(new InMemoryLockManager(), mayRelease);
        CloudSqlite early = CloudSqlite.builder(memory, slow)
                .workDirectory(directory.resolve("early"))
                .answersEarly(true)
                .build();

        // when
        early.database("app.db").execute("INSERT INTO t VALUES (1, 'early')");

        // then
        assertThat(keys()).containsExactly(1L);
        assertThat(early.findLock(cloud.app().database())).isPresent();
        Caller<Integer> closing = call(() -> {
            early.close();
            return 0;
        });
        mayRelease.countDown();
        closing.get();
        assertThat(slow.find(cloud.app().database(), Deadline.after(LONG, TimeSource.system())))
                .isEmpty();
    }

    @Test
    void who_cannot_wait_until_the_lock_is_given_back_is_told_that_it_is_durable() {
        // given
        CountDownLatch mayRelease = new CountDownLatch(1);
        try (CloudSqlite late = CloudSqlite.builder(memory, new SlowToRelease(new InMemoryLockManager(), mayRelease))
                .workDirectory(directory.resolve("late"))
                .build()) {
            RequestOptions soon = RequestOptions.DEFAULT.withTimeout(Duration.ofMillis(500));

            // when
            Answer<SqlResult> answer =
                    late.database("app.db").execute(SqlStatement.of("INSERT INTO t VALUES (1, 'late')"), soon);

            // then
            assertThat(answer.value().rowsAffected()).isEqualTo(1);
            assertThat(keys()).containsExactly(1L);
            mayRelease.countDown();
        }
    }

    /** Gives no lock back before it may. */
    private record SlowToRelease(LockManager locks, CountDownLatch mayRelease) implements LockManager {

        @Override
        public Lease acquire(DatabaseName database, Duration ttl, Deadline deadline) {
            return new ForwardingLease(locks.acquire(database, ttl, deadline)) {
                @Override
                public void close() {
                    try {
                        boolean unused = mayRelease.await(30, SECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    super.close();
                }
            };
        }

        @Override
        public Optional<LockInfo> find(DatabaseName database, Deadline deadline) {
            return locks.find(database, deadline);
        }

        @Override
        public boolean breakLock(DatabaseName database, Deadline deadline) {
            return locks.breakLock(database, deadline);
        }
    }
}
