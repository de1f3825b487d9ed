package io.cloudsqlite.aws;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What {@link LedgerProcess}es told, and whether it can be true.
 *
 * <p>TXID 1 created the ledger and each one after it is one transfer, so the transfer with row number {@code n} is transaction
 * {@code n + 1}, and whoever reads at a TXID must find one row less than that, and the sum. Safe for use by many threads.
 */
final class LedgerHistory {

    static final long SUM = LedgerProcess.ACCOUNTS * 1_000L;

    private final Set<String> tried = new HashSet<>();
    private final Map<String, Long> acknowledged = new HashMap<>();
    private final Set<String> unknown = new HashSet<>();
    private final Set<String> failed = new HashSet<>();
    private final List<Seen> seen = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();
    private final Map<String, Long> counts = new TreeMap<>();
    private final Map<String, String> firstMessages = new TreeMap<>();

    /** That somebody who began and ended then saw that transaction, or made it. */
    private record Seen(long began, long ended, long txid, boolean isWrite) {}

    /** Takes in a line of a process. */
    synchronized void note(String line) {
        String[] words = line.split(" ", -1);
        switch (words[0]) {
            case "TRY" -> tried.add(words[1]);
            case "DONE" -> {
                acknowledged.put(words[1], Long.parseLong(words[4]));
                see(words, 2, true);
            }
            case "UNKNOWN" -> unknown.add(words[1]);
            case "FAILED" -> {
                failed.add(words[1]);
                count("transfer failed: " + words[2], line);
            }
            case "READ" -> {
                see(words, 1, false);
                requireTotals(line, words[3], words[4], words[5]);
                count("read");
            }
            case "PAST" -> {
                requireTotals(line, words[1], words[2], words[3]);
                count("read of the past");
            }
            case "FORGOTTEN" -> count("read of a past that was forgotten");
            case "UNREAD" -> count("read failed: " + words[1], line);
            case "MAINTAINED" -> {
                counts.merge("checkpoints", Long.parseLong(words[1]), Long::sum);
                counts.merge("segments merged", Long.parseLong(words[2]), Long::sum);
                counts.merge("objects collected", Long.parseLong(words[3]), Long::sum);
            }
            case "UNMAINTAINED" -> count("maintenance failed: " + words[1], line);
            default -> wrong.add("no such line: " + line);
        }
    }

    private void see(String[] words, int at, boolean isWrite) {
        seen.add(new Seen(
                Long.parseLong(words[at]), Long.parseLong(words[at + 1]), Long.parseLong(words[at + 2]), isWrite));
    }

    private void requireTotals(String line, String txid, String sum, String rows) {
        if (Long.parseLong(sum) != SUM || Long.parseLong(rows) != Long.parseLong(txid) - 1) {
            wrong.add("cannot be: " + line);
        }
    }

    private void count(String what) {
        counts.merge(what, 1L, Long::sum);
    }

    private void count(String what, String line) {
        count(what);
        firstMessages.putIfAbsent(what, line);
    }

    synchronized int acknowledged() {
        return acknowledged.size();
    }

    /** How often what happened, one line each, and the first message of each failure. */
    synchronized String table() {
        StringBuilder table = new StringBuilder();
        row(table, "transfer acknowledged", acknowledged.size());
        row(table, "transfer unknown, as it said", unknown.size());
        row(table, "transfer unknown, killed", tried.size() - acknowledged.size() - unknown.size() - failed.size());
        counts.forEach((what, count) -> row(table, what, count));
        firstMessages.values().forEach(line -> table.append("  ").append(line).append('\n'));
        return table.toString();
    }

    static void row(StringBuilder table, String what, Object value) {
        table.append(String.format("  %-60s %8s%n", what, value));
    }

    /** @param ledger the ids of the transfers that are there at the end, in the order of their row numbers */
    synchronized void check(List<String> ledger) {
        assertThat(wrong).isEmpty();
        assertThat(ledger).as("no transfer is there twice").doesNotHaveDuplicates();
        assertThat(tried).containsAll(ledger);
        assertThat(ledger).as("what failed did not happen").doesNotContainAnyElementsOf(failed);
        acknowledged.forEach((id, txid) ->
                assertThat(txid).as("the TXID of the transfer %s", id).isEqualTo(ledger.indexOf(id) + 2L));
        assertThat(acknowledged).isNotEmpty();
        requireRealTime();
    }

    /** Who began after another had ended sees what that one saw, and makes a later transaction. */
    private void requireRealTime() {
        List<Seen> byEnd =
                seen.stream().sorted(Comparator.comparingLong(Seen::ended)).toList();
        List<Seen> byBegin =
                seen.stream().sorted(Comparator.comparingLong(Seen::began)).toList();
        int ended = 0;
        long newest = 0;
        for (Seen one : byBegin) {
            for (; ended < byEnd.size() && byEnd.get(ended).ended < one.began; ended++) {
                newest = Math.max(newest, byEnd.get(ended).txid);
            }
            assertThat(one.txid)
                    .as("%s, when transaction %d had been seen before", one, newest)
                    .isGreaterThanOrEqualTo(one.isWrite ? newest + 1 : newest);
        }
    }
}
