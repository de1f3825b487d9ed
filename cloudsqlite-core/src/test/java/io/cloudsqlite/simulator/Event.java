package io.cloudsqlite.simulator;

import java.util.List;
import java.util.OptionalLong;

/**
 * One thing that a client asked for, and what came of it.
 *
 * @param client who asked
 * @param kind what for
 * @param name the name that a write adds; empty for others
 * @param beganNanos when
 * @param endedNanos when the answer came; {@link Long#MAX_VALUE} if the client died before
 * @param deadlineNanos by when an answer must have come
 * @param outcome what the answer said
 * @param txid the transaction that it told of
 * @param rows what a read saw; what a write left, where the database is deleted now and then
 * @param maxStaleNanos how much staleness a read allowed
 * @param minTxid the bookmark that was demanded
 */
record Event(
        int client,
        Kind kind,
        String name,
        long beganNanos,
        long endedNanos,
        long deadlineNanos,
        Outcome outcome,
        OptionalLong txid,
        List<String> rows,
        long maxStaleNanos,
        long minTxid,
        String detail) {

    enum Kind {
        WRITE,
        READ,
        /** A read of the past, whose txid is the one asked for. */
        READ_PAST,
        CONVERT,
        DELETE,
        MAINTAIN
    }

    enum Outcome {
        COMMITTED,
        NOT_COMMITTED,
        UNKNOWN
    }
}
