package io.cloudsqlite.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class DeadlineTest {

    private final ManualTime time = new ManualTime();

    @Test
    void of_two_deadlines_the_one_that_passes_first_is_the_lesser() {
        Deadline soon = Deadline.after(Duration.ofSeconds(1), time);
        Deadline late = Deadline.after(Duration.ofSeconds(2), time);

        assertThat(soon).isLessThan(late);
        assertThat(late).isGreaterThan(soon);
    }

    @Test
    void deadlines_that_have_passed_keep_their_order() {
        Deadline soon = Deadline.after(Duration.ofSeconds(1), time);
        Deadline late = Deadline.after(Duration.ofSeconds(2), time);

        time.advance(Duration.ofSeconds(3));

        assertThat(soon).isLessThan(late);
    }

    @Test
    void deadlines_of_the_same_moment_compare_as_equal() {
        Deadline before = Deadline.after(Duration.ofSeconds(3), time);
        time.advance(Duration.ofSeconds(1));

        assertThat(before).isEqualByComparingTo(Deadline.after(Duration.ofSeconds(2), time));
    }

    @Test
    void order_outlives_an_overflow_of_the_clock() {
        time.advance(Duration.ofNanos(Long.MAX_VALUE - 1));

        Deadline beforeOverflow = Deadline.after(Duration.ofNanos(1), time);
        Deadline afterOverflow = Deadline.after(Duration.ofNanos(2), time);

        assertThat(beforeOverflow).isLessThan(afterOverflow);
    }

    @Test
    void deadlines_of_two_clocks_cannot_be_compared() {
        Deadline one = Deadline.after(Duration.ofSeconds(1), time);
        Deadline other = Deadline.after(Duration.ofSeconds(1), new ManualTime());

        assertThatThrownBy(() -> one.compareTo(other)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void earlier_of_a_deadline_and_a_duration_from_now_counts() {
        Deadline deadline = Deadline.after(Duration.ofSeconds(5), time);

        assertThat(deadline.orAfter(Duration.ofSeconds(6))).isSameAs(deadline);
        assertThat(deadline.orAfter(Duration.ofSeconds(4)).remaining()).isEqualTo(Duration.ofSeconds(4));
    }
}
