package io.cloudsqlite.session;

import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.store.BlobVersion;
import java.util.Optional;

/**
 * What a request came to.
 *
 * @param value what was asked for
 * @param txid the transaction after which it holds: for a write its own, for a read, and for a write that changed nothing,
 *     the newest that it saw. It is the bookmark to give to a later read that must not see less; 0 for a database that nobody
 *     has written through CloudSQLite
 * @param version what the store calls the version of the database after that transaction; empty if there is no database, or
 *     others had committed on top before this was known
 * @param cost what it took
 * @param replayed whether nothing was run, since the same write with the same {@linkplain RequestOptions#idempotencyKey key}
 *     had been committed before: value and TXID are that one's
 */
public record Answer<T>(T value, long txid, Optional<BlobVersion> version, Cost cost, boolean replayed) {

    /** Of a request that was run. */
    Answer(T value, long txid, Optional<BlobVersion> version, Cost cost) {
        this(value, txid, version, cost, false);
    }

    /** What holds at {@code version}. */
    static <T> Answer<T> at(DatabaseVersion version, T value, Cost cost) {
        return new Answer<>(value, version.txid(), Optional.of(version.blob()), cost);
    }

    /** The same about another value. */
    <U> Answer<U> withValue(U other) {
        return new Answer<>(other, txid, version, cost, replayed);
    }

    /**
     * This, which changed nothing, as the answer to a write that was committed before.
     *
     * @param committed the TXID of that write
     */
    Answer<T> asReplayOf(long committed) {
        // A database that was imported may remember requests of another, whose TXIDs were ahead of its own.
        boolean isNewest = committed >= txid;
        return new Answer<>(value, isNewest ? txid : committed, isNewest ? version : Optional.empty(), cost, true);
    }
}
