package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class TurnTest {

    private static final Duration LONG = Duration.ofMinutes(5);

    private final Turn turn = new Turn(TimeSource.system());
    private final ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();

    @Test
    void one_has_the_turn_until_it_is_passed_on() throws InterruptedException {
        // when
        boolean first = turn.tryTake(Duration.ZERO);
        boolean second = turn.tryTake(Duration.ofMillis(1));
        boolean withoutWaiting = turn.tryTake();
        turn.pass();
        boolean afterwards = turn.tryTake(Duration.ZERO);

        // then
        assertThat(List.of(first, second, withoutWaiting, afterwards)).containsExactly(true, false, false, true);
    }

    @Test
    void those_who_wait_have_it_in_the_order_in_which_they_came() throws InterruptedException {
        // given
        assertThat(turn.tryTake()).isTrue();
        List<Thread> threads = new ArrayList<>();
        for (int number = 1; number <= 5; number++) {
            threads.add(startToWait("thread " + number));
        }

        // when
        turn.pass();
        for (Thread thread : threads) {
            thread.join();
        }

        // then
        assertThat(seen).containsExactly("thread 1", "thread 2", "thread 3", "thread 4", "thread 5");
    }

    @Test
    void one_who_is_interrupted_leaves_the_queue() throws InterruptedException {
        // given
        assertThat(turn.tryTake()).isTrue();
        Thread thread = startToWait("thread");

        // when
        thread.interrupt();
        thread.join();
        turn.pass();

        // then
        assertThat(seen).containsExactly("interrupted");
        assertThat(turn.tryTake()).isTrue();
    }

    /** A thread that waits for its turn by now. */
    private Thread startToWait(String name) {
        Thread thread = new Thread(() -> {
            try {
                if (turn.tryTake(LONG)) {
                    seen.add(name);
                    turn.pass();
                }
            } catch (InterruptedException e) {
                seen.add("interrupted");
            }
        });
        thread.setDaemon(true);
        thread.start();
        while (thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        return thread;
    }
}
