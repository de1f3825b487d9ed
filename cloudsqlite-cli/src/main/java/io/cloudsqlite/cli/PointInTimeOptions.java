package io.cloudsqlite.cli;

import io.cloudsqlite.session.PointInTime;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The two ways to name a state of a database's past, of which a command line gives one. */
final class PointInTimeOptions {

    @Option(names = "--txid", paramLabel = "TXID", description = "The state after that transaction: see 'history'.")
    private PointInTime.@Nullable AfterTransaction transaction;

    @Option(
            names = "--time",
            paramLabel = "TIME",
            description = {
                // Each line fits, or it would be broken within the time.
                "The state at that time: 2026-11-03T14:30:00Z, or",
                "  any other offset than Z, or 2026-11-03 for the",
                "  beginning of that day in UTC."
            })
    private PointInTime.@Nullable AtTime time;

    PointInTime pointInTime() {
        return requireOne(transaction, time);
    }

    /** That one which was given. */
    static PointInTime requireOne(
            PointInTime.@Nullable AfterTransaction transaction, PointInTime.@Nullable AtTime time) {
        if (transaction != null) {
            return transaction;
        }
        if (time != null) {
            return time;
        }
        throw new IllegalStateException("a group of options has one of them");
    }
}
