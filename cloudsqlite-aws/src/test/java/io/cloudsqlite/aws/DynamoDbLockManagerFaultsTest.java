package io.cloudsqlite.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.ManualTime;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** What becomes of calls that DynamoDB answers as no server in reach does. The client sends a call up to three times. */
final class DynamoDbLockManagerFaultsTest {

    private static final DatabaseName DATABASE = DatabaseName.of("app.db");
    private static final Duration TTL = Duration.ofSeconds(30);
    private static final Pattern OWNER = Pattern.compile("\"instance_id\":\\{\"S\":\"([^\"]+)\"");
    private static final String IN_2100 = "4102444800";

    private final ManualTime time = new ManualTime();
    private final ScriptedHttp http = new ScriptedHttp();
    private final DynamoDbClient client =
            http.configured(DynamoDbClient.builder()).build();
    private final DynamoDbLockManager locks = new DynamoDbLockManager(client, "Locks", "a test", time, new Random(42));

    /** Who the first put said it is for. */
    private final AtomicReference<String> owner = new AtomicReference<>("nobody");

    @AfterEach
    void clear_interrupt() {
        Thread.interrupted();
    }

    private Lease acquire() {
        return locks.acquire(DATABASE, TTL, Deadline.after(Duration.ofSeconds(1), time));
    }

    private Lease acquireInOneTry() {
        return locks.acquire(DATABASE, TTL, Deadline.after(Duration.ZERO, time));
    }

    /** A put that perhaps succeeded. */
    private void failAtPut() {
        http.thenAnswer(500, body -> {
            Matcher matcher = OWNER.matcher(body);
            assertThat(matcher.find()).isTrue();
            owner.set(matcher.group(1));
            return "";
        });
    }

    private void failAtPutAgainAndAgain() {
        failAtPut();
        http.thenBreak().thenBreak();
    }

    private static String item(String owner) {
        return "{\"database_name\":{\"S\":\"app.db\"},\"instance_id\":{\"S\":\"" + owner
                + "\"},\"lease_timeout\":{\"N\":\"" + IN_2100 + "\"},\"created_at\":{\"N\":\"1\"}}";
    }

    private static String ok() {
        return "{}";
    }

    @Test
    void acquire_whose_answer_is_lost_is_read_back() {
        failAtPutAgainAndAgain();
        http.thenAnswer(200, body -> "{\"Item\":" + item(owner.get()) + "}");

        Lease lease = acquireInOneTry();

        lease.ensureValid();
        assertThat(lease.holder()).isEqualTo(owner.get()).startsWith("a test");
    }

    @Test
    void acquire_whose_answer_is_lost_may_turn_out_to_be_anothers() {
        failAtPutAgainAndAgain();
        http.thenAnswer(200, body -> "{\"Item\":" + item("somebody else") + "}");

        assertThatThrownBy(this::acquireInOneTry)
                .isInstanceOfSatisfying(
                        DatabaseLockedException.class,
                        e -> assertThat(e.holder()).isEqualTo("somebody else"));
    }

    /** What is read back is not what was in the way, so nobody is named as the holder. */
    @Test
    void acquire_that_did_not_happen_finds_an_item_that_nobody_holds_any_more() {
        failAtPutAgainAndAgain();
        http.thenAnswer(200, body -> "{\"Item\":" + item("somebody else").replace(IN_2100, "0") + "}");
        http.thenAnswer(200, body -> ok());

        assertThatThrownBy(this::acquireInOneTry).isInstanceOf(StorageUnavailableException.class);
    }

    @Test
    void acquire_that_the_client_sent_twice_finds_its_own_item() {
        failAtPut();
        http.thenAnswer(
                400,
                body -> "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException\",\"Item\":"
                        + item(owner.get()) + "}");

        acquireInOneTry().ensureValid();
    }

    @Test
    void acquire_that_cannot_be_read_back_gives_back_what_it_may_hold() {
        failAtPutAgainAndAgain();
        http.thenBreak().thenBreak().thenBreak();
        AtomicReference<String> released = new AtomicReference<>("");
        http.thenAnswer(200, body -> {
            released.set(body);
            return ok();
        });

        assertThatThrownBy(this::acquireInOneTry).isInstanceOf(StorageUnavailableException.class);

        assertThat(released.get()).contains("instance_id = :ours").contains(owner.get());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ProvisionedThroughputExceededException",
                "ThrottlingException",
                "RequestLimitExceeded",
                "TransactionConflictException"
            })
    void service_that_is_too_busy_is_asked_again(String type) {
        for (int i = 0; i < 6; i++) {
            http.thenJson(400, type);
        }
        http.thenAnswer(200, body -> ok());

        acquire().ensureValid();
    }

    @Test
    void service_that_stays_too_busy_is_unavailable_at_the_deadline() {
        for (int i = 0; i < 1_000; i++) {
            http.thenJson(400, "ThrottlingException");
        }

        assertThatThrownBy(this::acquire)
                .isInstanceOf(StorageUnavailableException.class)
                .hasMessageContaining("ThrottlingException");

        assertThat(time.nanoTime())
                .isBetween(
                        Duration.ofSeconds(1).toNanos(), Duration.ofSeconds(3).toNanos());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ResourceNotFoundException", "AccessDeniedException", "ValidationException"})
    void refusal_that_will_not_change_is_told_at_once(String type) {
        http.thenJson(400, type);

        assertThatThrownBy(this::acquire)
                .isInstanceOf(StorageUnavailableException.class)
                .hasMessageContaining(type)
                .hasMessageContaining("Locks");

        assertThat(time.nanoTime()).isZero();
    }

    @Test
    void table_that_is_missing_is_told_with_how_to_make_it() {
        http.thenJson(400, "ResourceNotFoundException");

        assertThatThrownBy(this::acquire)
                .isInstanceOf(StorageUnavailableException.class)
                .hasMessageContainingAll("There is no DynamoDB table 'Locks'", "partition key database_name of type S");
    }

    @Test
    void server_that_does_not_tell_the_holder_is_asked_for_it() {
        http.thenJson(400, "ConditionalCheckFailedException");
        http.thenAnswer(200, body -> {
            assertThat(body).contains("\"ConsistentRead\":true");
            return "{\"Item\":" + item("somebody else") + "}";
        });

        assertThatThrownBy(this::acquireInOneTry)
                .isInstanceOfSatisfying(
                        DatabaseLockedException.class,
                        e -> assertThat(e.holder()).isEqualTo("somebody else"));
    }

    @Test
    void release_that_fails_is_not_thrown() {
        http.thenAnswer(200, body -> ok());
        Lease lease = acquireInOneTry();
        http.thenBreak().thenBreak().thenBreak();

        assertThatCode(lease::close).doesNotThrowAnyException();
    }

    @Test
    void interrupted_acquire_gives_back_what_it_may_hold() {
        CountDownLatch received = new CountDownLatch(1);
        http.thenHang(received);
        AtomicReference<String> released = new AtomicReference<>("");
        http.thenAnswer(200, body -> {
            released.set(body);
            return ok();
        });
        Thread caller = Thread.currentThread();
        new Thread(() -> {
                    try {
                        received.await();
                        caller.interrupt();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                })
                .start();

        assertThatThrownBy(this::acquire).isInstanceOf(OperationInterruptedException.class);

        assertThat(Thread.interrupted()).as("the interrupt flag afterwards").isTrue();
        assertThat(released.get()).contains("instance_id = :ours");
    }

    @Test
    void find_and_break_tell_when_nobody_answers() {
        Deadline deadline = Deadline.after(TTL, time);
        http.thenBreak().thenBreak().thenBreak();
        assertThatThrownBy(() -> locks.find(DATABASE, deadline)).isInstanceOf(StorageUnavailableException.class);

        http.thenBreak().thenBreak().thenBreak();
        assertThatThrownBy(() -> locks.breakLock(DATABASE, deadline)).isInstanceOf(StorageUnavailableException.class);
    }
}
