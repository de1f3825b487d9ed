package io.cloudsqlite.simulator;

import io.cloudsqlite.simulator.Event.Kind;
import io.cloudsqlite.simulator.Event.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Judges what clients were told of a database that was deleted and created again. Every write adds one row with a name of its own
 * and, like a read, tells which rows there are then: their number is the TXID, and the first of them, which created the database,
 * tells which of the databases of this name it is: which incarnation.
 */
final class IncarnationChecker {

    private final List<Event> events;
    private final List<Event> sights;
    private final List<Event> deletions;
    private final List<String> violations = new ArrayList<>();

    /** @param events the last of which read what there is in the end */
    IncarnationChecker(List<Event> events) {
        this.events = events;
        this.sights = events.stream()
                .filter(event -> event.kind() == Kind.WRITE || event.kind() == Kind.READ)
                .filter(event -> event.outcome() == Outcome.COMMITTED)
                .toList();
        this.deletions = events.stream()
                .filter(event -> event.kind() == Kind.DELETE && event.outcome() != Outcome.NOT_COMMITTED)
                .toList();
    }

    /** What was violated; empty if nothing was. */
    List<String> check() {
        sights.forEach(this::checkTxid);
        checkRows();
        checkRealTime();
        checkThatTheDeadStayDead();
        Checker.checkDeadlines(events, violations);
        return violations;
    }

    private void require(boolean holds, String what, Event... about) {
        if (!holds) {
            violations.add(what + ": " + List.of(about));
        }
    }

    /** Which database it was that somebody saw; empty if there was none. */
    private static String incarnation(Event sight) {
        return sight.rows().isEmpty() ? "" : sight.rows().get(0);
    }

    private void checkTxid(Event sight) {
        int rows = sight.rows().size();
        require(sight.txid().getAsLong() == rows, "the TXID is not the number of transactions", sight);
        if (sight.kind() == Kind.WRITE) {
            require(rows > 0 && sight.rows().get(rows - 1).equals(sight.name()), "a write is not the newest", sight);
        }
    }

    /** Each write is in one place in one incarnation, whoever looks; one that failed is in none. */
    private void checkRows() {
        Map<String, String> places = new HashMap<>();
        Map<String, String> names = new HashMap<>();
        Set<String> incarnations = new HashSet<>();
        for (Event sight : sights) {
            for (int position = 0; position < sight.rows().size(); position++) {
                String name = sight.rows().get(position);
                String place = position + " of " + incarnation(sight);
                boolean isNew = places.putIfAbsent(name, place) == null && names.putIfAbsent(place, name) == null;
                require(
                        isNew || (place.equals(places.get(name)) && name.equals(names.get(place))),
                        "there are two histories of one database",
                        sight);
                incarnations.add(incarnation(sight));
            }
        }
        for (Event event : events) {
            require(
                    event.kind() != Kind.WRITE
                            || event.outcome() != Outcome.NOT_COMMITTED
                            || !places.containsKey(event.name()),
                    "a write that failed is there",
                    event);
        }
        require(incarnations.size() <= deletions.size() + 1, "more databases were created than could be deleted");
    }

    /** What began later sees all that was there before, unless somebody may have deleted it. */
    private void checkRealTime() {
        for (Event earlier : sights) {
            for (Event later : sights) {
                if (earlier.rows().isEmpty() || !isBefore(earlier, later)) {
                    continue;
                }
                if (incarnation(later).equals(incarnation(earlier))) {
                    int more = later.rows().size() - earlier.rows().size();
                    require(more > 0 || (more == 0 && later.kind() == Kind.READ), "a write is lost", earlier, later);
                } else {
                    require(
                            deletions.stream().anyMatch(deletion -> isBetween(deletion, earlier, later)),
                            "a database is lost that nobody deleted",
                            earlier,
                            later);
                }
            }
        }
    }

    /** Whether it may have happened between what one saw and what another did; if nobody knows its outcome, it may happen yet. */
    private static boolean isBetween(Event deletion, Event earlier, Event later) {
        boolean isOver = deletion.outcome() == Outcome.COMMITTED
                && deletion.endedNanos() <= earlier.beganNanos() - earlier.maxStaleNanos();
        return !isOver && deletion.beganNanos() < later.endedNanos();
    }

    private static boolean isBefore(Event earlier, Event later) {
        return earlier.endedNanos() < later.beganNanos() - later.maxStaleNanos();
    }

    /** Nobody sees what was there before a deletion, or before something else was there, ever again. */
    private void checkThatTheDeadStayDead() {
        for (Event alive : sights) {
            for (Event end : events) {
                boolean isEnd = end.kind() == Kind.DELETE
                        ? end.outcome() == Outcome.COMMITTED
                        : sights.contains(end) && !incarnation(end).equals(incarnation(alive));
                if (alive.rows().isEmpty() || !isEnd || !isBefore(alive, end)) {
                    continue;
                }
                for (Event later : sights) {
                    require(
                            !incarnation(later).equals(incarnation(alive)) || !isBefore(end, later),
                            "a deleted database is there again",
                            alive,
                            end,
                            later);
                }
            }
        }
    }
}
