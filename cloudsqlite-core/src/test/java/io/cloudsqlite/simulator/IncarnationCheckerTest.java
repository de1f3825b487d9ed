package io.cloudsqlite.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.simulator.Event.Kind;
import io.cloudsqlite.simulator.Event.Outcome;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class IncarnationCheckerTest {

    private static final Event CREATED = event(Kind.WRITE, "a", 0, Outcome.COMMITTED, "a");
    private static final Event WRITTEN = event(Kind.WRITE, "b", 10, Outcome.COMMITTED, "a", "b");
    private static final Event DELETED = event(Kind.DELETE, "", 20, Outcome.COMMITTED);
    private static final Event CREATED_AGAIN = event(Kind.WRITE, "c", 30, Outcome.COMMITTED, "c");

    private static Event event(Kind kind, String name, long began, Outcome outcome, String... rows) {
        OptionalLong txid = outcome == Outcome.COMMITTED && kind != Kind.DELETE
                ? OptionalLong.of(rows.length)
                : OptionalLong.empty();
        return new Event(1, kind, name, began, began + 5, began + 5, outcome, txid, List.of(rows), 0, 0, "");
    }

    private static Event read(long began, String... rows) {
        return event(Kind.READ, "", began, Outcome.COMMITTED, rows);
    }

    private static List<String> violations(Event... events) {
        return new IncarnationChecker(List.of(events)).check();
    }

    @Test
    void deletion_and_a_new_creation_violate_nothing() {
        assertThat(violations(CREATED, WRITTEN, read(16, "a", "b"), DELETED, read(26), CREATED_AGAIN, read(36, "c")))
                .isEmpty();
    }

    @Test
    void deletion_in_doubt_may_have_happened_or_not() {
        Event doubtful = event(Kind.DELETE, "", 20, Outcome.UNKNOWN);
        assertThat(violations(CREATED, doubtful, read(30, "a"), read(40))).isEmpty();
    }

    @Test
    void database_that_nobody_deleted_is_missed() {
        Event refused = event(Kind.DELETE, "", 20, Outcome.NOT_COMMITTED);
        assertThat(violations(CREATED, refused, read(30)))
                .singleElement()
                .asString()
                .contains("lost that nobody deleted");
    }

    @Test
    void database_that_was_deleted_does_not_come_back() {
        assertThat(violations(CREATED, DELETED, read(30, "a")))
                .singleElement()
                .asString()
                .contains("there again");
        assertThat(violations(CREATED, DELETED, CREATED_AGAIN, read(40, "a")))
                .anyMatch(violation -> violation.contains("there again"));
    }

    @Test
    void write_that_was_acknowledged_is_missed() {
        assertThat(violations(CREATED, WRITTEN, read(20, "a")))
                .singleElement()
                .asString()
                .contains("a write is lost");
    }

    @Test
    void write_that_failed_is_in_no_database() {
        Event failed = event(Kind.WRITE, "b", 10, Outcome.NOT_COMMITTED);
        assertThat(violations(CREATED, failed, read(20, "a", "b")))
                .singleElement()
                .asString()
                .contains("a write that failed is there");
    }

    @Test
    void one_place_is_one_writes() {
        assertThat(violations(CREATED, WRITTEN, read(20, "a", "x")))
                .singleElement()
                .asString()
                .contains("two histories");
    }

    @Test
    void more_databases_than_deletions_allow_for_are_noticed() {
        assertThat(violations(CREATED, event(Kind.WRITE, "b", 1, Outcome.COMMITTED, "b")))
                .singleElement()
                .asString()
                .contains("more databases");
    }
}
