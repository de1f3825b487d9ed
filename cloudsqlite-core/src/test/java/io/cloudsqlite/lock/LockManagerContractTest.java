package io.cloudsqlite.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.Race;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What {@link LockManager} promises, rule by rule. Every implementation has a test class that extends this one:
 *
 * <pre>{@code
 * class InMemoryLockManagerTest extends LockManagerContractTest {
 *     @Override protected LockManager createLocks(TimeSource time) {
 *         return new InMemoryLockManager(time, new Random(42));
 *     }
 * }
 * }</pre>
 *
 * <p>Time is a manual clock but in the tests where threads wait for each other.
 */
public abstract class LockManagerContractTest {

    private static final DatabaseName DATABASE = DatabaseName.of("app.db");
    private static final DatabaseName OTHER = DatabaseName.of("other.db");
    private static final Duration TTL = Duration.ofSeconds(30);
    private static final BlobVersion VERSION = new BlobVersion("0123456789abcdef-1");
    private static final BlobVersion NEWER = new BlobVersion("0123456789abcdef-2");

    private final ManualTime time = new ManualTime();
    private LockManager locks;

    /** A lock manager with no locks held, whose leases lapse by {@code time}; called once or twice in each test. */
    protected abstract LockManager createLocks(TimeSource time) throws Exception;

    /** How many threads compete for a lock. */
    protected int threads() {
        return 8;
    }

    /** How often each of them acquires it. */
    protected int rounds() {
        return 20;
    }

    /** Whether the next holder hears what a holder told. */
    protected boolean keepsHints() {
        return true;
    }

    @BeforeEach
    void create_locks() throws Exception {
        locks = createLocks(time);
    }

    @AfterEach
    void clear_interrupt() {
        Thread.interrupted();
    }

    private Deadline in(Duration duration) {
        return Deadline.after(duration, time);
    }

    /** A deadline that has passed: one try without waiting. */
    private Deadline now() {
        return in(Duration.ZERO);
    }

    private void assertLocked(DatabaseName database) {
        assertThatThrownBy(() -> locks.acquire(database, TTL, now())).isInstanceOf(DatabaseLockedException.class);
    }

    // --- acquiring and closing ---

    @Test
    void lease_is_held_from_acquire_to_close() {
        assertThat(locks.find(DATABASE, now())).isEmpty();

        Lease lease = locks.acquire(DATABASE, TTL, now());

        lease.ensureValid();
        assertLocked(DATABASE);
        lease.close();
        assertThat(locks.find(DATABASE, now())).isEmpty();
        locks.acquire(DATABASE, TTL, now()).close();
    }

    @Test
    void lease_lasts_as_long_as_was_asked() {
        Lease lease = locks.acquire(DATABASE, TTL, now());

        assertThat(lease.expiresAt()).isEqualTo(time.instant().plus(TTL));
        assertThat(lease.holder()).isNotBlank();
    }

    @Test
    void lease_that_lasts_no_time_is_refused() {
        for (Duration ttl : List.of(Duration.ZERO, Duration.ofSeconds(-1))) {
            assertThatThrownBy(() -> locks.acquire(DATABASE, ttl, now())).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(locks.find(DATABASE, now())).isEmpty();
    }

    @Test
    void databases_have_locks_of_their_own() {
        Lease lease = locks.acquire(DATABASE, TTL, now());
        Lease other = locks.acquire(OTHER, TTL, now());

        lease.close();

        other.ensureValid();
        assertLocked(OTHER);
    }

    @Test
    void lock_is_not_reentrant() {
        try (Lease lease = locks.acquire(DATABASE, TTL, now())) {
            assertLocked(DATABASE);
            lease.ensureValid();
        }
    }

    @Test
    void locked_database_names_its_holder_and_when_the_lease_ends() {
        Lease lease = locks.acquire(DATABASE, TTL, now());

        assertThatExceptionOfType(DatabaseLockedException.class)
                .isThrownBy(() -> locks.acquire(DATABASE, TTL, in(Duration.ofSeconds(1))))
                .satisfies(e -> {
                    assertThat(e.holder()).isEqualTo(lease.holder());
                    assertThat(e.expiresAt()).isEqualTo(lease.expiresAt());
                    assertThat(e).hasMessageContaining(lease.holder()).hasMessageContaining("app.db");
                });
        assertThat(locks.find(DATABASE, now())).contains(new LockInfo(lease.holder(), lease.expiresAt()));
    }

    @Test
    void closing_twice_is_closing_once() {
        Lease first = locks.acquire(DATABASE, TTL, now());
        first.close();
        Lease second = locks.acquire(DATABASE, TTL, now());

        first.close();

        second.ensureValid();
        assertLocked(DATABASE);
    }

    @Test
    void closed_lease_is_not_valid() {
        Lease lease = locks.acquire(DATABASE, TTL, now());

        lease.close();

        assertThatThrownBy(lease::ensureValid).isInstanceOf(WriteConflictException.class);
    }

    @Test
    void lease_is_given_back_by_an_interrupted_thread_too() {
        Lease lease = locks.acquire(DATABASE, TTL, now());

        Thread.currentThread().interrupt();
        lease.close();

        assertThat(Thread.interrupted()).as("the interrupt flag afterwards").isTrue();
        assertThat(locks.find(DATABASE, now())).isEmpty();
    }

    // --- lapsing ---

    @Test
    void lease_lapses_when_its_time_has_gone_by_and_not_before() {
        Lease lease = locks.acquire(DATABASE, TTL, now());

        time.advance(TTL.minusMillis(1));
        lease.ensureValid();
        assertLocked(DATABASE);

        time.advance(Duration.ofMillis(1));
        assertThatThrownBy(lease::ensureValid).isInstanceOf(WriteConflictException.class);
        assertThat(locks.find(DATABASE, now())).isEmpty();
        locks.acquire(DATABASE, TTL, now()).ensureValid();
    }

    @Test
    void closing_a_lapsed_lease_does_not_take_the_lock_from_the_next_holder() {
        Lease lapsed = locks.acquire(DATABASE, TTL, now());
        time.advance(TTL);
        Lease next = locks.acquire(DATABASE, TTL, now());

        lapsed.close();

        next.ensureValid();
        assertLocked(DATABASE);
        assertThatThrownBy(lapsed::ensureValid).isInstanceOf(WriteConflictException.class);
    }

    @Test
    void waiter_gets_the_lock_when_the_lease_lapses() {
        Lease dead = locks.acquire(DATABASE, TTL, now());

        Lease lease = locks.acquire(DATABASE, TTL, in(TTL.multipliedBy(2)));

        lease.ensureValid();
        assertThat(time.instant()).isBetween(dead.expiresAt(), dead.expiresAt().plusSeconds(5));
    }

    // --- waiting ---

    @Test
    void waiting_ends_at_the_deadline() {
        locks.acquire(DATABASE, TTL, now());
        Deadline deadline = in(Duration.ofSeconds(2));

        assertThatThrownBy(() -> locks.acquire(DATABASE, TTL, deadline)).isInstanceOf(DatabaseLockedException.class);

        assertThat(deadline.hasPassed()).isTrue();
        assertThat(time.nanoTime()).isLessThan(Duration.ofSeconds(4).toNanos());
    }

    @Test
    void deadline_that_has_passed_means_one_try_without_waiting() {
        locks.acquire(DATABASE, TTL, now());
        long before = time.nanoTime();

        assertLocked(DATABASE);
        locks.acquire(OTHER, TTL, now()).ensureValid();

        assertThat(time.nanoTime()).isEqualTo(before);
    }

    @Test
    void waiter_gets_the_lock_when_it_is_given_back() throws Exception {
        LockManager real = createLocks(TimeSource.system());
        Lease held = real.acquire(DATABASE, TTL, Deadline.after(TTL, TimeSource.system()));

        List<Boolean> valid = Race.run(2, runner -> {
            if (runner == 0) {
                held.close();
                return true;
            }
            try (Lease lease = real.acquire(DATABASE, TTL, Deadline.after(TTL, TimeSource.system()))) {
                lease.ensureValid();
                return true;
            }
        });

        assertThat(valid).containsExactly(true, true);
    }

    @Test
    void two_threads_never_hold_one_lock() throws Exception {
        LockManager real = createLocks(TimeSource.system());
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger entered = new AtomicInteger();

        Race.run(threads(), runner -> {
            for (int i = 0; i < rounds(); i++) {
                Deadline deadline = Deadline.after(Duration.ofSeconds(100), TimeSource.system());
                try (Lease lease = real.acquire(DATABASE, Duration.ofMinutes(5), deadline)) {
                    assertThat(inside.incrementAndGet()).as("holders").isEqualTo(1);
                    entered.incrementAndGet();
                    lease.ensureValid();
                    inside.decrementAndGet();
                }
            }
            return null;
        });

        assertThat(entered).hasValue(threads() * rounds());
        assertThat(real.find(DATABASE, Deadline.after(TTL, TimeSource.system())))
                .isEmpty();
    }

    @Test
    void interrupted_waiter_stops_waiting() throws Exception {
        LockManager real = createLocks(TimeSource.system());
        Deadline deadline = Deadline.after(Duration.ofSeconds(100), TimeSource.system());
        try (Lease held = real.acquire(DATABASE, Duration.ofMinutes(5), deadline)) {
            Thread main = Thread.currentThread();
            Thread interrupter = new Thread(() -> {
                while (main.getState() != Thread.State.TIMED_WAITING && !deadline.hasPassed()) {
                    Thread.onSpinWait();
                }
                main.interrupt();
            });
            interrupter.start();

            assertThatThrownBy(() -> real.acquire(DATABASE, TTL, deadline))
                    .isInstanceOf(OperationInterruptedException.class);

            assertThat(Thread.interrupted()).as("the interrupt flag afterwards").isTrue();
            interrupter.join();
            held.ensureValid();
        }
    }

    @Test
    void interrupted_thread_does_not_begin_to_wait() {
        Lease held = locks.acquire(DATABASE, TTL, now());

        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> locks.acquire(DATABASE, TTL, in(TTL)))
                .isInstanceOf(OperationInterruptedException.class);

        assertThat(Thread.interrupted()).as("the interrupt flag afterwards").isTrue();
        held.ensureValid();
    }

    // --- hints ---

    private Optional<BlobVersion> hintToNextHolder() {
        try (Lease next = locks.acquire(DATABASE, TTL, now())) {
            return next.lastCommitted();
        }
    }

    @Test
    void what_a_holder_tells_is_told_to_the_next_and_to_nobody_after() {
        assertThat(hintToNextHolder()).isEmpty();
        Lease lease = locks.acquire(DATABASE, TTL, now());
        lease.noteLastCommitted(VERSION);
        lease.noteLastCommitted(NEWER);

        lease.close();

        assertThat(lease.lastCommitted()).as("what it heard itself").isEmpty();
        assertThat(locks.find(DATABASE, now())).isEmpty();
        assertThat(locks.breakLock(OTHER, now())).isFalse();
        assertThat(hintToNextHolder()).isEqualTo(keepsHints() ? Optional.of(NEWER) : Optional.empty());
        assertThat(hintToNextHolder()).isEmpty();
    }

    @Test
    void databases_have_hints_of_their_own() {
        try (Lease lease = locks.acquire(OTHER, TTL, now())) {
            lease.noteLastCommitted(VERSION);
        }

        assertThat(hintToNextHolder()).isEmpty();
    }

    @Test
    void holder_that_dies_leaves_no_hint_not_even_that_of_the_one_before() {
        try (Lease lease = locks.acquire(DATABASE, TTL, now())) {
            lease.noteLastCommitted(VERSION);
        }
        locks.acquire(DATABASE, TTL, now()).noteLastCommitted(NEWER);
        time.advance(TTL);

        assertThat(hintToNextHolder()).isEmpty();
    }

    @Test
    void holder_that_lost_the_lock_cannot_tell_anything() {
        Lease lapsed = locks.acquire(DATABASE, TTL, now());
        lapsed.noteLastCommitted(VERSION);
        time.advance(TTL);
        Lease next = locks.acquire(DATABASE, TTL, now());

        lapsed.close();
        next.close();

        assertThat(hintToNextHolder()).isEmpty();
    }

    @Test
    void breaking_a_lock_takes_the_hint_away() {
        try (Lease lease = locks.acquire(DATABASE, TTL, now())) {
            lease.noteLastCommitted(VERSION);
        }

        assertThat(locks.breakLock(DATABASE, now())).as("nobody holds it").isFalse();

        assertThat(hintToNextHolder()).isEmpty();
    }

    // --- breaking ---

    @Test
    void broken_lock_is_free_and_its_holder_cannot_give_it_back() {
        Lease broken = locks.acquire(DATABASE, TTL, now());

        assertThat(locks.breakLock(DATABASE, now())).isTrue();

        assertThat(locks.find(DATABASE, now())).isEmpty();
        Lease next = locks.acquire(DATABASE, TTL, now());
        assertThatCode(broken::close).doesNotThrowAnyException();
        next.ensureValid();
        assertLocked(DATABASE);
    }

    @Test
    void there_is_nothing_to_break_where_no_lock_is_held() {
        assertThat(locks.breakLock(DATABASE, now())).isFalse();

        locks.acquire(DATABASE, TTL, now());
        time.advance(TTL);

        assertThat(locks.breakLock(DATABASE, now())).as("a lapsed lock").isFalse();
    }
}
