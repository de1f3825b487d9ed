package io.cloudsqlite.session;

import java.time.Instant;

/** A state of a database's past, by what a person or a program knows of it. */
public sealed interface PointInTime {

    /** The state after that transaction. */
    record AfterTransaction(long txid) implements PointInTime {

        /** @throws IllegalArgumentException if there can be no such transaction */
        public AfterTransaction {
            if (txid < 1) {
                throw new IllegalArgumentException("transactions are numbered from 1");
            }
        }
    }

    /** The state at that time: after the newest transaction that was made by then. */
    record AtTime(Instant time) implements PointInTime {}

    static PointInTime afterTransaction(long txid) {
        return new AfterTransaction(txid);
    }

    static PointInTime atTime(Instant time) {
        return new AtTime(time);
    }
}
