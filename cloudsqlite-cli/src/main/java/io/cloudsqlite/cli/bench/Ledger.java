package io.cloudsqlite.cli.bench;

import io.cloudsqlite.CommitUnknownException;
import java.util.concurrent.atomic.LongAdder;

/** How many writes were acknowledged, so that it can be told in the end whether all are there. Safe for use by many threads. */
final class Ledger {

    private final LongAdder acknowledged = new LongAdder();
    private final LongAdder unknown = new LongAdder();

    /** What writes. */
    @FunctionalInterface
    interface Write {
        void run() throws Exception;
    }

    /** Runs {@code write}, which makes so many writes at once, and notes what became of it. */
    void write(int writes, Write write) throws Exception {
        try {
            write.run();
            acknowledged.add(writes);
        } catch (CommitUnknownException e) {
            unknown.add(writes);
            throw e;
        }
    }

    long acknowledged() {
        return acknowledged.sum();
    }

    long unknown() {
        return unknown.sum();
    }
}
