package io.cloudsqlite.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.lock.LockInfo;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.lock.LockManagerContractTest;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

@ExtendWith(Emulators.Shared.class)
final class DynamoDbLockManagerIT extends LockManagerContractTest {

    private static final DatabaseName DATABASE = DatabaseName.of("app.db");
    private static final Duration TTL = Duration.ofSeconds(30);

    private static Emulators emulators;

    private final ManualTime clock = new ManualTime();
    private String table;

    /** Owner ids are random: managers that drew the same ones would take each other's locks for their own. */
    private long seed = 42;

    @BeforeAll
    static void start(Emulators shared) {
        emulators = shared;
    }

    @Override
    protected LockManager createLocks(TimeSource time) {
        table = emulators.newLockTable();
        return locks(time);
    }

    private LockManager locks(TimeSource time) {
        return new DynamoDbLockManager(emulators.dynamoDb(), table, "a test", time, new Random(seed++));
    }

    @Override
    protected int rounds() {
        return 10;
    }

    private Deadline now() {
        return Deadline.after(Duration.ZERO, clock);
    }

    private Map<String, AttributeValue> item() {
        return emulators
                .dynamoDb()
                .getItem(request -> request.tableName(table).key(LockItem.key("app.db")))
                .item();
    }

    /** As the first CloudSQLite writes its lock, and as a hand may write one. */
    private void putItem(Map<String, AttributeValue> others) {
        Map<String, AttributeValue> item = new HashMap<>(others);
        item.put("database_name", AttributeValue.fromS("app.db"));
        emulators.dynamoDb().putItem(request -> request.tableName(table).item(item));
    }

    private static AttributeValue seconds(Instant instant) {
        return AttributeValue.fromN(Long.toString(instant.getEpochSecond()));
    }

    @Test
    void item_has_the_attributes_that_it_always_had() {
        clock.advance(Duration.ofMillis(1_500));

        Lease lease = locks(clock).acquire(DATABASE, TTL, now());

        assertThat(item())
                .containsOnlyKeys("database_name", "instance_id", "lease_timeout", "created_at")
                .containsEntry("instance_id", AttributeValue.fromS(lease.holder()))
                .containsEntry("lease_timeout", seconds(lease.expiresAt()))
                .containsEntry("created_at", seconds(clock.instant()));
        lease.close();
        assertThat(item()).isEmpty();
    }

    @Test
    void item_that_is_given_back_with_a_hint_is_held_by_nobody_whatever_their_clocks_say() {
        BlobVersion version = new BlobVersion("0123456789abcdef0123456789abcdef-2");
        Lease lease = locks(clock).acquire(DATABASE, TTL, now());
        Instant acquired = clock.instant();
        lease.noteLastCommitted(version);
        clock.advance(Duration.ofSeconds(5));

        lease.close();

        assertThat(item())
                .isEqualTo(Map.of(
                        "database_name", AttributeValue.fromS("app.db"),
                        "instance_id", AttributeValue.fromS(lease.holder()),
                        "lease_timeout", AttributeValue.fromN("0"),
                        "created_at", seconds(acquired),
                        "last_committed", AttributeValue.fromS(version.value())));
        Lease next = locks(clock).acquire(DATABASE, TTL, now());
        assertThat(next.lastCommitted()).contains(version);
        assertThat(item()).containsOnlyKeys("database_name", "instance_id", "lease_timeout", "created_at");
    }

    @Test
    void hint_that_is_no_version_is_none() {
        for (AttributeValue odd :
                List.of(AttributeValue.fromN("7"), AttributeValue.fromS(""), AttributeValue.fromS("\"quoted\""))) {
            putItem(Map.of("lease_timeout", AttributeValue.fromN("0"), "last_committed", odd));

            try (Lease lease = locks(clock).acquire(DATABASE, TTL, now())) {
                assertThat(lease.lastCommitted()).isEmpty();
            }
        }
    }

    @Test
    void lease_ends_at_a_whole_second_not_before_its_time() {
        clock.advance(Duration.ofMillis(1_500));

        Lease lease = locks(clock).acquire(DATABASE, TTL, now());

        assertThat(lease.expiresAt()).isEqualTo(clock.instant().plus(TTL).plusMillis(500));
        clock.advance(TTL.plusMillis(499));
        lease.ensureValid();
        assertThatThrownBy(() -> locks(clock).acquire(DATABASE, TTL, now()))
                .isInstanceOf(DatabaseLockedException.class);
        clock.advance(Duration.ofMillis(1));
        locks(clock).acquire(DATABASE, TTL, now()).ensureValid();
    }

    @Test
    void lock_of_the_first_cloudsqlite_is_respected_until_it_lapses() {
        Instant expiresAt = clock.instant().plus(Duration.ofMinutes(5));
        putItem(Map.of(
                "instance_id", AttributeValue.fromS("i-1"),
                "lease_timeout", seconds(expiresAt),
                "created_at", seconds(clock.instant())));

        assertThatThrownBy(() -> locks(clock).acquire(DATABASE, TTL, now()))
                .isInstanceOfSatisfying(DatabaseLockedException.class, e -> {
                    assertThat(e.holder()).isEqualTo("i-1");
                    assertThat(e.expiresAt()).isEqualTo(expiresAt);
                });
        assertThat(locks(clock).find(DATABASE, now())).contains(new LockInfo("i-1", expiresAt));

        clock.advance(Duration.ofMinutes(5));

        assertThat(locks(clock).find(DATABASE, now())).isEmpty();
        locks(clock).acquire(DATABASE, TTL, now()).ensureValid();
    }

    @Test
    void lock_that_lapses_after_the_end_of_time_is_a_lock() {
        putItem(Map.of("lease_timeout", AttributeValue.fromN("9".repeat(38))));

        assertThatThrownBy(() -> locks(clock).acquire(DATABASE, TTL, now()))
                .isInstanceOf(DatabaseLockedException.class);
        assertThat(locks(clock).breakLock(DATABASE, now())).isTrue();
    }

    @Test
    void item_that_never_lapses_is_no_lock() {
        putItem(Map.of());

        assertThat(locks(clock).find(DATABASE, now())).isEmpty();
        locks(clock).acquire(DATABASE, TTL, now()).ensureValid();
    }

    @Test
    void managers_share_the_locks_of_their_table() {
        LockManager other = locks(clock);
        Lease lease = locks(clock).acquire(DATABASE, TTL, now());

        assertThatThrownBy(() -> other.acquire(DATABASE, TTL, now())).isInstanceOf(DatabaseLockedException.class);

        lease.close();
        other.acquire(DATABASE, TTL, now()).close();
    }
}
