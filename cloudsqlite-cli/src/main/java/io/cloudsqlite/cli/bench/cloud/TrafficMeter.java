package io.cloudsqlite.cli.bench.cloud;

import java.util.concurrent.atomic.LongAdder;

/** Counts {@link Traffic} as it passes. Safe for use by many threads. */
public final class TrafficMeter {

    final LongAdder gets = new LongAdder();
    final LongAdder puts = new LongAdder();
    final LongAdder lists = new LongAdder();
    final LongAdder deletes = new LongAdder();
    final LongAdder bytesDown = new LongAdder();
    final LongAdder bytesUp = new LongAdder();
    final LongAdder lockRequests = new LongAdder();

    /** All that has passed so far. */
    public Traffic total() {
        return new Traffic(
                gets.sum(), puts.sum(), lists.sum(), deletes.sum(), bytesDown.sum(), bytesUp.sum(), lockRequests.sum());
    }
}
