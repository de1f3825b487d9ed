package io.cloudsqlite.format;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.format.LogObjects.DeletedException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * The transactions after one TXID up to the newest, in the logs of one manifest or of several that follow on one another.
 * Immutable.
 */
final class LogChain {

    /** Each is a request of its own, one after the other. */
    private static final int MAX_MANIFESTS = 16;

    private final LogObjects objects;
    private final DatabaseName database;
    private final Deque<Manifest> oldestFirst;
    private final long afterTxid;

    private LogChain(LogObjects objects, DatabaseName database, Deque<Manifest> oldestFirst, long afterTxid) {
        this.objects = objects;
        this.database = database;
        this.oldestFirst = oldestFirst;
        this.afterTxid = afterTxid;
    }

    /**
     * The transactions that lead from {@code afterTxid} to {@code newest}; empty if history does not reach back that far, or if
     * to download the whole database is less.
     */
    static Optional<LogChain> from(
            LogObjects objects, DatabaseName database, Manifest newest, long afterTxid, Operation operation) {
        Deque<Manifest> chain = new ArrayDeque<>();
        chain.addFirst(newest);
        long logBytes = newest.logBytesAfter(afterTxid);
        while (chain.getFirst().baseTxid() > afterTxid) {
            if (logBytes > newest.fullBytes() || chain.size() == MAX_MANIFESTS) {
                return Optional.empty();
            }
            Manifest later = chain.getFirst();
            Optional<Manifest> earlier = objects.getPrevious(database, newest, later, operation)
                    // Where a base replaced the whole database, no log leads to it.
                    .filter(manifest -> manifest.txid() >= later.baseTxid());
            if (earlier.isEmpty()) {
                return Optional.empty();
            }
            chain.addFirst(earlier.get());
            logBytes += earlier.get().logBytesAfter(afterTxid);
        }
        if (logBytes > newest.fullBytes()) {
            return Optional.empty();
        }
        return Optional.of(new LogChain(objects, database, chain, afterTxid));
    }

    /**
     * Gives the transactions to {@code sink}.
     *
     * @throws SplitCommitException if the log does not lead there from where it was to begin: it has no such state
     */
    void read(PageSink sink, Operation operation) throws DeletedException, SplitCommitException {
        long reached = afterTxid;
        for (Manifest manifest : oldestFirst) {
            objects.readLog(database, manifest, reached, manifest.txid(), sink, operation);
            reached = manifest.txid();
        }
    }
}
