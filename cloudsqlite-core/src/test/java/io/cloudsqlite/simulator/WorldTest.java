package io.cloudsqlite.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The threads of a simulated process, on the fibers that this JDK has; {@link ThreadsWorldTest} does the same on threads. */
class WorldTest {

    private final World world = new World(1, fibers());
    private final ReentrantLock lock = new ReentrantLock();
    private final List<String> seen = new ArrayList<>();

    Function<Runnable, Fiber> fibers() {
        return Fiber::of;
    }

    @AfterEach
    void end() {
        world.end();
    }

    private void see(String what) {
        seen.add(what + " at " + Duration.ofNanos(world.nowNanos()).toMillis());
    }

    private SimulatedTime time() {
        return new SimulatedTime(world, Duration.ZERO, 1);
    }

    @Test
    void thread_that_waits_goes_on_when_it_is_woken() {
        // given
        boolean[] isDone = {false};
        world.start("process", Duration.ZERO, () -> {
            Condition condition = time().newCondition(lock);
            // A lock that is taken twice is let go of twice.
            world.threadsOfThisProcess()
                    .execute(() -> locked(() -> locked(() -> {
                        see(await(condition, isDone) ? "woken" : "too late");
                        assertThat(lock.getHoldCount()).isEqualTo(2);
                    })));
            world.sleep(Duration.ofSeconds(1));
            locked(() -> {
                isDone[0] = true;
                condition.signalAll();
                see("signalled");
            });
        });

        // when
        world.run();

        // then
        assertThat(seen).containsExactly("signalled at 1000", "woken at 1000");
    }

    @Test
    void thread_that_nobody_wakes_goes_on_when_its_time_is_up() {
        // given
        world.start("process", Duration.ZERO, () -> {
            Condition condition = time().newCondition(lock);
            locked(() -> see(await(condition, new boolean[] {false}) ? "woken" : "too late"));
            world.sleep(Duration.ofSeconds(5));
            see("slept");
        });

        // when
        world.run();

        // then
        assertThat(seen).containsExactly("too late at 5000", "slept at 10000");
    }

    @Test
    void thread_that_nobody_wakes_goes_on_when_the_time_of_day_has_come() {
        // given
        world.start("process", Duration.ZERO, () -> {
            Condition condition = time().newCondition(lock);
            locked(() -> {
                awaitUntil(condition, time().instant().plusSeconds(5));
                see("too late");
            });
        });

        // when
        world.run();

        // then
        assertThat(seen).containsExactly("too late at 5000");
    }

    private static void awaitUntil(Condition condition, Instant end) {
        try {
            boolean isEarly = true;
            while (isEarly) {
                isEarly = condition.awaitUntil(Date.from(end));
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void locked(Runnable work) {
        lock.lock();
        try {
            work.run();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for five seconds at most; returns whether it is done. */
    private static boolean await(Condition condition, boolean[] isDone) {
        try {
            long leftNanos = Duration.ofSeconds(5).toNanos();
            while (!isDone[0] && leftNanos > 0) {
                leftNanos = condition.awaitNanos(leftNanos);
            }
            return isDone[0];
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void all_threads_of_a_process_die_with_it() {
        // given
        List<World.Run> processes = new ArrayList<>();
        processes.add(world.start("process", Duration.ZERO, () -> {
            Executor threads = world.threadsOfThisProcess();
            threads.execute(() -> {
                world.sleep(Duration.ofSeconds(1));
                see("before");
                world.sleep(Duration.ofSeconds(2));
                see("after");
            });
            threads.execute(() -> threads.execute(() -> {
                world.sleep(Duration.ofSeconds(3));
                see("after");
            }));
            world.sleep(Duration.ofSeconds(2));
            world.die();
        }));
        world.start("another", Duration.ofSeconds(4), () -> see("another"));

        // when
        world.run();

        // then
        assertThat(processes.get(0).isKilled()).isTrue();
        assertThat(seen).containsExactly("before at 1000", "another at 4000");
    }

    @Test
    void all_threads_of_a_process_stand_still_together() {
        // given
        world.start("process", Duration.ZERO, () -> {
            world.threadsOfThisProcess().execute(() -> {
                world.sleep(Duration.ofSeconds(2));
                see("the other");
            });
            world.sleep(Duration.ofSeconds(1));
            world.standStill(Duration.ofSeconds(45));
        });
        world.start("another", Duration.ofSeconds(4), () -> see("another process"));

        // when
        world.run();

        // then
        assertThat(seen).containsExactly("another process at 4000", "the other at 46000");
    }

    @Test
    void lock_that_is_held_while_time_passes_is_noticed() {
        // given
        world.start("process", Duration.ZERO, () -> {
            Condition unused = time().newCondition(lock);
            locked(() -> world.sleep(Duration.ofSeconds(1)));
        });

        // when
        assertThatThrownBy(world::run)

                // then
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("holds a lock");
    }

    @Test
    void thread_that_waits_for_ever_is_noticed() {
        // given
        world.start("process", Duration.ZERO, () -> {
            Condition condition = time().newCondition(lock);
            locked(condition::awaitUninterruptibly);
        });

        // when
        assertThatThrownBy(world::run)

                // then
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("waits for ever");
    }
}
