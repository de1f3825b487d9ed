package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.ConstraintViolatedException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.IdempotencyKeyReusedException;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.ResultTooLargeException;
import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.lock.GrantingLockManager;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.CountingBlobStore;
import io.cloudsqlite.store.FaultyBlobStore;
import io.cloudsqlite.store.FaultyBlobStore.Call;
import io.cloudsqlite.store.FaultyBlobStore.Fault;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.store.PutOutcome;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.SystemRandom;
import io.cloudsqlite.time.TimeSource;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
 * Writes that are repeated with the key they had. The lock is given to everybody, but for the tests that are about its hint, so
 * that nothing rests on it.
 */
@ParameterizedClass
@EnumSource(DatabaseFormat.class)
class IdempotencyKeyTest {

    private static final DatabaseName APP = DatabaseName.of("app.db");
    private static final SqlStatement INCREMENT = SqlStatement.of("UPDATE counter SET n = n + 1");
    private static final Duration LONG = Duration.ofMinutes(5);

    /** More than a commit makes. */
    private static final int MAX_PUTS = 8;

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

    private static RequestOptions keyed(String key) {
        return RequestOptions.DEFAULT.withIdempotencyKey(key);
    }

    private static Answer<SqlResult> increment(Cloud cloud, String key) {
        return cloud.app().execute(INCREMENT, keyed(key));
    }

    private static long remembered(Cloud cloud) {
        return (Long) cloud.app()
                .execute("SELECT count(*) FROM _cloudsqlite_requests")
                .single();
    }

    // --- what a repeated request gets ---

    @Test
    void repeated_write_is_answered_as_it_was_and_not_applied_again() {
        // given
        Answer<SqlResult> first = increment(cloud, "k");
        store.reset();

        // when
        Answer<SqlResult> again = increment(cloud, "k");

        // then
        assertThat(first.replayed()).isFalse();
        assertThat(first.txid()).isEqualTo(2);
        assertThat(again.replayed()).isTrue();
        assertThat(again.value()).isEqualTo(first.value());
        assertThat(again.txid()).isEqualTo(2);
        assertThat(again.version()).isEqualTo(first.version());
        assertThat(store.counts().puts()).isZero();
        assertThat(rival.counter()).isEqualTo(1);
        assertThat(rival.txid()).isEqualTo(2);
    }

    @Test
    void answer_is_the_same_in_every_value_and_also_later_and_in_another_process() {
        // given
        List<SqlStatement> statements = List.of(
                SqlStatement.of("CREATE TABLE t (id INTEGER PRIMARY KEY, v)"),
                SqlStatement.of("INSERT INTO t (id, v) VALUES (7, ?), (8, ?)", "x", 3),
                SqlStatement.of("INSERT INTO t (v) SELECT n FROM counter RETURNING id, v, v"),
                SqlStatement.of(
                        "SELECT ?1, ?2, ?3, ?4, ?5, 1.0, 9e999, -9e999, -0.0, 4.9e-324, x'', '', char(0, 127881)",
                        Long.MIN_VALUE,
                        Long.MAX_VALUE,
                        new byte[] {0, -1, 16},
                        "Grüße \u65e5\u672c \ud83c\udf89 \"quoted\"\n",
                        null),
                SqlStatement.of("SELECT v FROM t WHERE id = 99"));
        Answer<List<SqlResult>> first = cloud.app().transaction(statements, keyed("k"));
        rival.increment();

        // when
        Answer<List<SqlResult>> again = rival.app().transaction(statements, keyed("k"));

        // then
        assertThat(again.replayed()).isTrue();
        assertThat(again.txid()).isEqualTo(first.txid()).isEqualTo(2);
        assertThat(again.version()).as("others have committed on top").isEmpty();
        assertThat(again.value()).usingRecursiveComparison().isEqualTo(first.value());
        assertThat(again.value().get(1).lastInsertId()).hasValue(8);
        assertThat(again.value().get(4).returnsRows()).isTrue();
    }

    @Test
    void write_that_creates_the_database_can_be_repeated() {
        // given
        DbSession fresh = cloud.cloud().database("new.db");
        SqlStatement create = SqlStatement.of("CREATE TABLE t (x)");

        // when
        Answer<SqlResult> first = fresh.execute(create, keyed("k"));
        Answer<SqlResult> again = fresh.execute(create, keyed("k"));

        // then
        assertThat(first.txid()).isEqualTo(1);
        assertThat(again.txid()).isEqualTo(1);
        assertThat(again.replayed()).isTrue();
    }

    @Test
    void write_that_changes_nothing_is_remembered_all_the_same() {
        // given
        SqlStatement later = SqlStatement.of("UPDATE counter SET n = 100 WHERE n = 1");
        Answer<SqlResult> first = cloud.app().execute(later, keyed("k"));
        rival.increment();

        // when
        Answer<SqlResult> again = cloud.app().execute(later, keyed("k"));

        // then
        assertThat(first.txid()).isEqualTo(2);
        assertThat(again.replayed()).isTrue();
        assertThat(again.value().rowsAffected()).isZero();
        assertThat(rival.counter()).isEqualTo(1);
    }

    @Test
    void conclusion_is_drawn_from_the_stored_results_again() {
        // given
        List<SqlStatement> statements = List.of(INCREMENT);

        // when
        Answer<Long> first = cloud.app()
                .transaction(statements, keyed("k"), results -> results.get(0).rowsAffected());
        Answer<String> again = cloud.app()
                .transaction(
                        statements,
                        keyed("k"),
                        results -> "affected " + results.get(0).rowsAffected());

        // then
        assertThat(first.value()).isEqualTo(1);
        assertThat(again.value()).isEqualTo("affected 1");
    }

    @Test
    void key_of_a_request_whose_conclusion_failed_is_free() {
        // when
        assertThatThrownBy(() -> cloud.app().transaction(List.of(INCREMENT), keyed("k"), results -> {
                    throw new ResultTooLargeException("as planned");
                }))
                .isInstanceOf(ResultTooLargeException.class);

        // then
        assertThat(increment(cloud, "k").replayed()).isFalse();
        assertThat(rival.counter()).isEqualTo(1);
    }

    @Test
    void key_of_a_request_that_failed_is_free() {
        // given
        SqlStatement insert = SqlStatement.of("INSERT INTO counter (n) VALUES (NULL)");
        cloud.app().execute("CREATE UNIQUE INDEX only_one ON counter (n IS NULL)");
        cloud.app().execute(insert, keyed("first"));

        // when, then
        assertThatThrownBy(() -> cloud.app().execute(insert, keyed("k")))
                .isInstanceOf(ConstraintViolatedException.class);
        assertThatThrownBy(() -> cloud.app().execute(insert, keyed("k")))
                .isInstanceOf(ConstraintViolatedException.class);
        cloud.app().execute("DELETE FROM counter WHERE n IS NULL");
        assertThat(cloud.app().execute(insert, keyed("k")).replayed()).isFalse();
        assertThat(remembered(rival)).isEqualTo(2);
    }

    // --- reuse ---

    @Test
    void key_of_another_request_is_refused_whatever_differs() {
        // given
        SqlStatement add = SqlStatement.of("UPDATE counter SET n = n + ?", 1);
        cloud.app().execute(add, keyed("k"));
        List<List<SqlStatement>> others = List.of(
                List.of(SqlStatement.of("UPDATE counter SET n = n + ?", 2)),
                List.of(SqlStatement.of("UPDATE counter SET n = n + ?", 1.0)),
                List.of(SqlStatement.of("UPDATE counter SET n = n + ?", "1")),
                List.of(SqlStatement.of("UPDATE counter SET n = n + ? ", 1)),
                List.of(add, add),
                List.of(add, SqlStatement.of("SELECT 1")));

        for (List<SqlStatement> other : others) {
            // when, then
            assertThatThrownBy(() -> rival.app().transaction(other, keyed("k")))
                    .isInstanceOf(IdempotencyKeyReusedException.class)
                    .hasMessageContaining("app.db");
        }
        assertThat(rival.counter()).isEqualTo(1);
        assertThat(rival.txid()).isEqualTo(2);
    }

    @Test
    void keys_are_told_apart_by_every_character_and_belong_to_one_database() {
        // when
        List<Answer<SqlResult>> answers =
                List.of(increment(cloud, "k"), increment(cloud, "K"), increment(cloud, "k'"), increment(cloud, "k\\"));
        cloud.cloud().database("other.db").execute(SqlStatement.of("CREATE TABLE t (x)"), keyed("k"));

        // then
        assertThat(answers).noneMatch(Answer::replayed);
        assertThat(rival.counter()).isEqualTo(4);
    }

    @Test
    void freshness_and_time_limit_may_differ_from_one_try_to_the_next() {
        // given
        long txid = increment(cloud, "k").txid();

        // when
        Answer<SqlResult> again =
                cloud.app().execute(INCREMENT, keyed("k").withMinTxid(txid).withTimeout(LONG));

        // then
        assertThat(again.replayed()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a\n", "\u00e4", "a\u007f"})
    void what_is_no_key_is_refused(String key) {
        assertThatThrownBy(() -> keyed(key)).isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> keyed("k".repeat(256))).isInstanceOf(InvalidRequestException.class);
        assertThat(keyed("k".repeat(255)).idempotencyKey()).isPresent();
    }

    // --- what has no key ---

    @Test
    void reads_pay_no_attention_to_a_key() {
        // given
        increment(cloud, "k");
        SqlStatement read = SqlStatement.of("SELECT n FROM counter");

        // when
        Answer<SqlResult> answer = cloud.app().execute(read, keyed("k"));
        increment(cloud, "k2");
        Answer<SqlResult> again = cloud.app().execute(read, keyed("k"));

        // then
        assertThat(answer.value().single()).isEqualTo(1L);
        assertThat(again.value().single()).isEqualTo(2L);
        assertThat(again.replayed()).isFalse();
    }

    @Test
    void vacuum_and_code_take_no_key() {
        assertThatThrownBy(() -> cloud.app().execute(SqlStatement.of("VACUUM"), keyed("k")))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("VACUUM");
        assertThatThrownBy(() -> cloud.app().write(connection -> 1, keyed("k")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(rival.txid()).isEqualTo(1);
    }

    @Test
    void results_that_are_too_large_to_be_remembered_change_nothing() {
        // given
        SqlStatement large = SqlStatement.of("UPDATE counter SET n = n + 1 RETURNING randomblob(?)", 500_000);

        // when, then
        assertThatThrownBy(() -> cloud.app().execute(large, keyed("k")))
                .isInstanceOf(ResultTooLargeException.class)
                .hasMessageContaining("idempotency key");
        assertThat(rival.counter()).isZero();
        assertThat(rival.txid()).isEqualTo(1);
        assertThat(cloud.app().execute(large, RequestOptions.DEFAULT).txid()).isEqualTo(2);
    }

    // --- how long it is remembered ---

    @Test
    void request_is_remembered_for_a_day_and_then_forgotten() {
        // given
        increment(cloud, "k");

        // when
        time.advance(Duration.ofHours(24).minusMillis(1));
        boolean remembered = increment(cloud, "k").replayed();
        time.advance(Duration.ofMillis(1));
        Answer<SqlResult> afresh = cloud.app().execute(SqlStatement.of("UPDATE counter SET n = n + 10"), keyed("k"));

        // then
        assertThat(remembered).isTrue();
        assertThat(afresh.replayed()).isFalse();
        assertThat(rival.counter()).isEqualTo(11);
        assertThat(remembered(rival)).isEqualTo(1);
    }

    @Test
    void what_need_not_be_remembered_is_deleted_a_bounded_number_at_a_time() {
        // given
        int many = 2 * RequestTable.MAX_FORGOTTEN_AT_A_TIME + 10;
        for (int i = 0; i < many; i++) {
            increment(cloud, "old-" + i);
        }
        time.advance(Duration.ofHours(12));
        increment(cloud, "young");
        time.advance(Duration.ofHours(12));

        // when
        List<Long> left = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            increment(cloud, "new-" + i);
            left.add(remembered(cloud));
        }

        // then
        assertThat(left).containsExactly(112L, 13L, 4L, 5L);
        assertThat(increment(cloud, "young").replayed()).isTrue();
    }

    @Test
    void key_that_waits_to_be_deleted_can_be_used_again() {
        // given
        int many = RequestTable.MAX_FORGOTTEN_AT_A_TIME + 1;
        for (int i = 0; i < many; i++) {
            increment(cloud, "old-" + i);
        }
        time.advance(Duration.ofHours(24));

        // when
        Answer<SqlResult> answer = increment(cloud, "old-" + (many - 1));

        // then
        assertThat(answer.replayed()).isFalse();
        assertThat(increment(cloud, "old-" + (many - 1)).replayed()).isTrue();
        assertThat(remembered(rival)).isEqualTo(1);
    }

    // --- outcomes ---

    @Test
    void retry_after_an_unknown_outcome_finds_the_write_that_happened() {
        // given
        int hidingIt = DatabaseVersion.MAX_RECENT_COMMITS;
        faults.script(Call.PUT, Fault.LOST_AFTER);
        faults.before(Call.PUT, () -> {
            for (int i = 0; i < hidingIt; i++) {
                rival.increment();
            }
        });
        assertThatThrownBy(() -> increment(cloud, "k")).isInstanceOf(CommitUnknownException.class);

        // when
        Answer<SqlResult> again = increment(cloud, "k");

        // then
        assertThat(again.replayed()).isTrue();
        assertThat(again.txid()).isEqualTo(2);
        assertThat(rival.counter()).isEqualTo(1 + hidingIt);
    }

    @Test
    void retry_after_an_unknown_outcome_applies_the_write_that_did_not_happen() {
        // given
        for (int i = 0; i < MAX_PUTS; i++) {
            faults.script(Call.PUT, Fault.LOST_BEFORE);
        }
        assertThatThrownBy(() -> increment(cloud, "k")).isInstanceOf(CommitUnknownException.class);

        // when
        Answer<SqlResult> again = increment(cloud, "k");

        // then
        assertThat(again.replayed()).isFalse();
        assertThat(rival.counter()).isEqualTo(1);
    }

    @Test
    void write_that_arrives_late_is_refused_once_its_retry_was_applied() {
        // given
        scriptLatePuts();
        assertThatThrownBy(() -> increment(cloud, "k")).isInstanceOf(CommitUnknownException.class);

        // when
        Answer<SqlResult> again = increment(cloud, "k");
        List<PutOutcome> late = faults.deliverLatePuts();

        // then
        assertThat(again.replayed()).isFalse();
        assertThat(late).containsOnly(new PutOutcome.Refused());
        assertThat(rival.counter()).isEqualTo(1);
        assertThat(rival.txid()).isEqualTo(2);
    }

    @Test
    void retry_is_not_applied_if_the_write_arrives_in_the_middle_of_it() {
        // given
        scriptLatePuts();
        assertThatThrownBy(() -> increment(cloud, "k")).isInstanceOf(CommitUnknownException.class);
        faults.before(Call.PUT, faults::deliverLatePuts);

        // when
        Answer<SqlResult> again = increment(cloud, "k");

        // then
        assertThat(again.replayed()).isTrue();
        assertThat(again.txid()).isEqualTo(2);
        assertThat(rival.counter()).isEqualTo(1);
        assertThat(rival.txid()).isEqualTo(2);
    }

    private void scriptLatePuts() {
        for (int i = 0; i < MAX_PUTS; i++) {
            faults.script(Call.PUT, Fault.LATE);
        }
    }

    @Test
    void lost_answer_that_is_resolved_at_once_is_no_replay() {
        // given
        faults.script(Call.PUT, Fault.LOST_AFTER);

        // when
        Answer<SqlResult> answer = increment(cloud, "k");

        // then
        assertThat(answer.replayed()).isFalse();
        assertThat(increment(rival, "k").txid()).isEqualTo(answer.txid());
        assertThat(rival.counter()).isEqualTo(1);
    }

    @Test
    void transaction_that_is_run_again_remembers_the_txid_that_it_has_in_the_end() {
        // given
        faults.before(Call.PUT, rival::increment);

        // when
        Answer<SqlResult> answer = increment(cloud, "k");

        // then
        assertThat(answer.txid()).isEqualTo(3);
        assertThat(increment(rival, "k").txid()).isEqualTo(3);
        assertThat(rival.counter()).isEqualTo(2);
    }

    @Test
    void transaction_that_loses_to_another_try_of_itself_answers_as_that_one() {
        // given
        faults.before(Call.PUT, () -> increment(rival, "k"));

        // when
        Answer<SqlResult> answer = increment(cloud, "k");

        // then
        assertThat(answer.replayed()).isTrue();
        assertThat(answer.txid()).isEqualTo(2);
        assertThat(rival.counter()).isEqualTo(1);
    }

    @Test
    void transaction_that_a_checkpoint_overtook_has_the_txid_that_it_remembers() {
        if (format == DatabaseFormat.FILE) {
            return;
        }
        // given
        increment(cloud, "before");
        try (LogKeeper keeper = new LogKeeper(memory, APP, directory.resolve("keeper"), time)) {
            faults.before(Call.PUT, () -> assertThat(keeper.checkpoint()).isTrue());

            // when
            Answer<SqlResult> answer = increment(cloud, "k");

            // then
            assertThat(answer.txid()).isEqualTo(3);
            assertThat(increment(rival, "k").txid()).isEqualTo(3);
        }
    }

    @Test
    void process_that_is_started_anew_knows_what_was_done_before() {
        // given
        increment(cloud, "k");
        cloud.close();

        // when
        cloud = new Cloud(store, new GrantingLockManager(), directory.resolve("work"), time, format);

        // then
        assertThat(increment(cloud, "k").replayed()).isTrue();
        try (Cloud elsewhere = new Cloud(memory, new GrantingLockManager(), directory.resolve("new"), time, format)) {
            assertThat(increment(elsewhere, "k").replayed()).isTrue();
        }
        assertThat(rival.counter()).isEqualTo(1);
    }

    // --- writers who trust the hint of the lock ---

    @Test
    void hint_that_is_right_makes_a_replay_cost_one_request() {
        // given
        try (Cloud hinted = new Cloud(store, locks(), directory.resolve("hinted"), time, format)) {
            increment(hinted, "k");
            store.reset();

            // when
            Answer<SqlResult> again = increment(hinted, "k");

            // then
            assertThat(again.replayed()).isTrue();
            assertThat(store.counts().requests()).isEqualTo(1);
            assertThat(store.counts().notModified()).isEqualTo(1);
        }
    }

    @Test
    void hint_that_is_wrong_hides_neither_a_key_that_was_used_nor_that_it_was_forgotten() {
        // given
        try (Cloud hinted = new Cloud(store, locks(), directory.resolve("hinted"), time, format)) {
            increment(hinted, "mine");
            increment(rival, "k");

            // when
            Answer<SqlResult> theirs = increment(hinted, "k");
            rival.app().execute("DELETE FROM _cloudsqlite_requests");
            Answer<SqlResult> mine = increment(hinted, "mine");
            rival.app().execute("DELETE FROM _cloudsqlite_requests");
            Answer<SqlResult> another =
                    hinted.app().execute(SqlStatement.of("UPDATE counter SET n = n + 10"), keyed("mine"));

            // then
            assertThat(theirs.replayed()).isTrue();
            assertThat(mine.replayed()).isFalse();
            assertThat(another.replayed()).isFalse();
            assertThat(rival.counter()).isEqualTo(13);
        }
    }

    private LockManager locks() {
        return new InMemoryLockManager(time, SystemRandom.create());
    }

    // --- many at once ---

    @Test
    void racing_processes_that_all_try_the_same_requests_apply_each_once() throws Exception {
        // given
        int processes = 2;
        int requests = 15;
        ExecutorService executor = Executors.newFixedThreadPool(2 * processes);
        List<Cloud> clouds = new ArrayList<>();
        List<Callable<List<Long>>> racers = new ArrayList<>();
        for (int process = 0; process < processes; process++) {
            Path work = directory.resolve("racer-" + process);
            Cloud racer = new Cloud(memory, new GrantingLockManager(), work, TimeSource.system(), format);
            clouds.add(racer);
            for (int thread = 0; thread < 2; thread++) {
                racers.add(() -> {
                    List<Long> txids = new ArrayList<>();
                    for (int request = 0; request < requests; request++) {
                        txids.add(incrementUntilTold(racer, "request-" + request));
                    }
                    return txids;
                });
            }
        }
        try {
            // when
            List<List<Long>> told = new ArrayList<>();
            for (Future<List<Long>> future : executor.invokeAll(racers)) {
                told.add(future.get());
            }

            // then
            assertThat(told).containsOnly(told.get(0));
            assertThat(rival.counter()).isEqualTo(requests);
            assertThat(rival.txid()).isEqualTo(1 + requests);
        } finally {
            executor.shutdownNow();
            clouds.forEach(Cloud::close);
        }
    }

    @Test
    void client_that_repeats_whatever_may_be_repeated_applies_each_write_once() {
        // given
        long seed = Long.getLong("cloudsqlite.retry.seed", new Random().nextInt(1_000_000));
        System.out.println("IdempotencyKeyTest: -Dcloudsqlite.retry.seed=" + seed);
        int requests = 60;
        List<Long> txids = new ArrayList<>();
        faults.failAtRandom(new SplittableRandom(seed), 2);

        // when
        for (int request = 0; request < requests; request++) {
            txids.add(incrementUntilTold(cloud, "request-" + request));
            if (request % 7 == 0) {
                rival.increment();
            }
        }
        faults.failAtRandom(new SplittableRandom(seed), 0);

        // then
        long others = rival.txid() - 1 - requests;
        assertThat(others).isEqualTo((requests + 6) / 7);
        assertThat(rival.counter()).isEqualTo(requests + others);
        assertThat(txids).isSorted().doesNotHaveDuplicates();
        for (int request = 0; request < requests; request++) {
            assertThat(increment(rival, "request-" + request).txid()).isEqualTo(txids.get(request));
        }
    }

    /** What any client may do, for its request has a key. */
    private static long incrementUntilTold(Cloud cloud, String key) {
        while (true) {
            try {
                return increment(cloud, key).txid();
            } catch (CommitUnknownException e) {
                // It is repeated, and the key tells whether it was done.
            } catch (CloudSqliteException e) {
                if (!e.isRetryable()) {
                    throw e;
                }
            }
        }
    }

    // --- databases that come from elsewhere ---

    @Test
    void copy_of_a_database_remembers_what_is_in_it() throws Exception {
        // given
        for (int i = 0; i < 5; i++) {
            increment(cloud, "k" + i);
        }
        byte[] bytes;
        try (Export export = cloud.cloud().export(APP)) {
            bytes = export.body().readAllBytes();
        }
        cloud.cloud().importDatabase(DatabaseName.of("copy.db"), new ByteArrayInputStream(bytes), true, 1 << 20, LONG);
        DbSession copy = cloud.cloud().database("copy.db");

        // when
        Answer<SqlResult> again = copy.execute(INCREMENT, keyed("k4"));

        // then
        assertThat(again.replayed()).isTrue();
        assertThat(again.txid()).as("a bookmark that the copy honours").isEqualTo(1);
        assertThat(copy.execute(INCREMENT, keyed("new")).txid()).isEqualTo(2);
        assertThat(copy.execute(INCREMENT, keyed("k4")).txid())
                .as("a bookmark that the copy honours, too")
                .isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE TABLE _cloudsqlite_requests (idempotency_key TEXT, request_hash TEXT, txid, time_ms, results)",
                "CREATE VIEW _CloudSQLite_Requests AS SELECT 1 AS idempotency_key",
                "CREATE TRIGGER again AFTER INSERT ON _cloudsqlite_requests BEGIN UPDATE counter SET n = 100; END",
                "CREATE INDEX slow ON _cloudsqlite_requests (results)"
            })
    void keys_are_refused_where_the_table_is_not_as_it_should_be(String sql) {
        // given
        if (sql.contains(" ON ")) {
            increment(cloud, "k");
        }
        cloud.app().execute(sql);
        long counter = cloud.counter();

        // when, then
        assertThatThrownBy(() -> increment(cloud, "k2"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("_cloudsqlite_requests");
        cloud.increment();
        assertThat(rival.counter()).isEqualTo(counter + 1);
    }

    @Test
    void row_that_is_not_as_it_should_be_is_not_answered() {
        // given
        increment(cloud, "k");
        cloud.app().execute("UPDATE _cloudsqlite_requests SET results = '{\"v\":2}'");

        // when, then
        assertThatThrownBy(() -> increment(cloud, "k")).isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void database_that_reaches_for_the_table_is_not_imported() throws Exception {
        // given
        increment(cloud, "k");
        cloud.app().execute("CREATE VIEW spy AS SELECT * FROM \"_CLOUDSQLITE_requests\"");
        byte[] bytes;
        try (Export export = cloud.cloud().export(APP)) {
            bytes = export.body().readAllBytes();
        }

        // when, then
        assertThatThrownBy(() -> cloud.cloud()
                        .importDatabase(
                                DatabaseName.of("copy.db"), new ByteArrayInputStream(bytes), true, 1 << 20, LONG))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("reserved");
    }

    @Test
    void store_that_does_not_answer_leaves_the_key_free() {
        // given
        faults.script(Call.GET, Fault.UNAVAILABLE);

        // when, then
        assertThatThrownBy(() -> increment(cloud, "k")).isInstanceOf(StorageUnavailableException.class);
        assertThatThrownBy(() -> cloud.app().execute(SqlStatement.of("UPDATE absent SET x = 1"), keyed("k")))
                .isInstanceOf(SqlFailedException.class);
        assertThat(increment(cloud, "k").replayed()).isFalse();
    }
}
