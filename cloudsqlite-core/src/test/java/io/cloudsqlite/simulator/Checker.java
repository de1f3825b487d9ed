package io.cloudsqlite.simulator;

import io.cloudsqlite.simulator.Event.Kind;
import io.cloudsqlite.simulator.Event.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Judges what clients were told against what became of the database. Every write adds one row with a name of its own, so the
 * rows in their order are the committed writes in theirs, and every answer carries a TXID: no search is needed.
 */
final class Checker {

    private final List<Event> events;
    private final List<String> finalRows;
    private final long finalTxid;
    private final Map<String, Integer> positions = new HashMap<>();
    private final List<String> violations = new ArrayList<>();

    /**
     * @param finalRows the names in the database in the end
     * @param finalTxid its TXID
     */
    Checker(List<Event> events, List<String> finalRows, long finalTxid) {
        this.events = events;
        this.finalRows = finalRows;
        this.finalTxid = finalTxid;
    }

    /** What was violated; empty if nothing was. */
    List<String> check() {
        checkExactlyOnce();
        checkOrder();
        checkTxids();
        events.forEach(this::checkRead);
        checkRealTime();
        checkDeadlines(events, violations);
        return violations;
    }

    private void require(boolean holds, String what, Event... about) {
        if (!holds) {
            violations.add(what + ": " + List.of(about));
        }
    }

    private void checkExactlyOnce() {
        for (int position = 0; position < finalRows.size(); position++) {
            String name = finalRows.get(position);
            require(positions.put(name, position) == null, "a write was applied twice: " + name);
        }
        for (Event event : events) {
            if (event.kind() == Kind.WRITE) {
                boolean isThere = positions.containsKey(event.name());
                require(event.outcome() != Outcome.COMMITTED || isThere, "an acknowledged write is lost", event);
                require(event.outcome() != Outcome.NOT_COMMITTED || !isThere, "a write that failed is there", event);
            }
        }
    }

    /** The acknowledged writes are in the database in the order of their TXIDs. */
    private void checkOrder() {
        List<Event> committed = committedWrites();
        for (int index = 1; index < committed.size(); index++) {
            Event earlier = committed.get(index - 1);
            Event later = committed.get(index);
            require(earlier.txid().getAsLong() < later.txid().getAsLong(), "two writes have one TXID", earlier, later);
            require(positionOf(earlier) < positionOf(later), "writes are not in the order of TXIDs", earlier, later);
        }
    }

    private List<Event> committedWrites() {
        return events.stream()
                .filter(event -> event.kind() == Kind.WRITE && event.outcome() == Outcome.COMMITTED)
                .filter(event -> positions.containsKey(event.name()))
                .sorted(Comparator.comparingLong(event -> event.txid().getAsLong()))
                .toList();
    }

    private int positionOf(Event write) {
        return positions.getOrDefault(write.name(), -1);
    }

    /** TXIDs have no gaps: besides the writes, only conversions have one. */
    private void checkTxids() {
        // A conversion that found the format to be as it should tells the TXID of somebody else's transaction.
        List<Long> txidsOfWrites = committedWrites().stream()
                .map(write -> write.txid().getAsLong())
                .toList();
        long told = events.stream()
                .filter(event -> event.kind() == Kind.CONVERT && event.outcome() == Outcome.COMMITTED)
                .map(event -> event.txid().getAsLong())
                .filter(txid -> !txidsOfWrites.contains(txid))
                .distinct()
                .count();
        long conversions = Math.max(0, told - count(Kind.WRITE, Outcome.UNKNOWN));
        long possible = told + count(Kind.CONVERT, Outcome.UNKNOWN);
        long others = finalTxid - finalRows.size();
        require(
                others >= conversions && others <= possible,
                "TXIDs have gaps: the newest is " + finalTxid + ", with " + finalRows.size() + " writes and "
                        + conversions + " to " + possible + " conversions");
        for (Event write : committedWrites()) {
            long before = write.txid().getAsLong() - positionOf(write) - 1;
            require(before >= 0 && before <= possible, "a TXID does not count what came before", write);
        }
    }

    private long count(Kind kind, Outcome outcome) {
        return events.stream()
                .filter(event -> event.kind() == kind && event.outcome() == outcome)
                .count();
    }

    /** A read saw exactly the writes up to its TXID. */
    private void checkRead(Event read) {
        require(
                read.minTxid() == 0 || !read.detail().contains("is the bookmark another"),
                "a bookmark was not understood",
                read);
        if ((read.kind() != Kind.READ && read.kind() != Kind.READ_PAST) || read.outcome() != Outcome.COMMITTED) {
            return;
        }
        int seen = read.rows().size();
        require(
                seen <= finalRows.size() && finalRows.subList(0, seen).equals(read.rows()),
                "a read saw what was never durable, or in another order",
                read);
        long txid = read.txid().getAsLong();
        require(txid >= read.minTxid(), "a bookmark was not honoured", read);
        for (Event write : committedWrites()) {
            boolean isIncluded = positionOf(write) < seen;
            require(isIncluded == (write.txid().getAsLong() <= txid), "a read is not what its TXID says", read, write);
        }
    }

    /** Nothing that began after something else had ended comes before it. */
    private void checkRealTime() {
        for (Event earlier : events) {
            if (earlier.outcome() != Outcome.COMMITTED
                    || earlier.txid().isEmpty()
                    || earlier.kind() == Kind.READ_PAST) {
                continue;
            }
            for (Event later : events) {
                if (later.outcome() != Outcome.COMMITTED || later.txid().isEmpty() || later.kind() == Kind.READ_PAST) {
                    continue;
                }
                if (later.beganNanos() - later.maxStaleNanos() > earlier.endedNanos()) {
                    long before = earlier.txid().getAsLong();
                    long after = later.txid().getAsLong();
                    boolean inOrder = later.kind() == Kind.WRITE ? before < after : before <= after;
                    boolean isNoOp = earlier.kind() == Kind.READ && before == after;
                    require(inOrder || isNoOp, "what began later comes before", earlier, later);
                }
            }
        }
    }

    /** Every answer came in time. */
    static void checkDeadlines(List<Event> events, List<String> violations) {
        for (Event event : events) {
            if (event.endedNanos() != Long.MAX_VALUE && event.endedNanos() > event.deadlineNanos()) {
                violations.add("an answer came too late: " + event);
            }
        }
    }
}
