package io.cloudsqlite.format;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.BlobInfo;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.PutCondition;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The one object of a database that is ever replaced, whatever the format: the object of the database's name. Replacing it on
 * a condition is what commits; nothing else in the store ever changes. All that reads or replaces it does so here. Safe for use
 * by many threads.
 */
final class CommitPoint {

    private final BlobStore store;
    private final RandomGenerator random;

    CommitPoint(BlobStore store, RandomGenerator random) {
        this.store = store;
        this.random = random;
    }

    /** The object, unless it still has that version. The caller closes the outcome, and counts what it reads of the body. */
    GetOutcome get(DatabaseName database, Optional<BlobVersion> unlessVersion, Operation operation) {
        operation.countRequest();
        return store.get(database.value(), unlessVersion, operation.deadline());
    }

    Optional<BlobInfo> head(DatabaseName database, Operation operation) {
        operation.countRequest();
        return store.head(database.value(), operation.deadline());
    }

    Publication.Result replace(
            DatabaseName database,
            BlobBody body,
            Map<String, String> metadata,
            PutCondition condition,
            Operation operation) {
        boolean creates = condition.equals(PutCondition.IF_ABSENT);
        return new Publication(store, random, database.value(), body, metadata, condition, !creates, operation).send();
    }

    /** Deletes the object if it is still at that version; tells whether it was deleted. */
    boolean delete(DatabaseName database, BlobVersion version, Operation operation) {
        operation.countRequest();
        return store.delete(database.value(), version, operation.deadline());
    }
}
