package io.cloudsqlite.format;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.store.PutOutcome;
import io.cloudsqlite.time.Backoff;
import java.time.Duration;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One conditional put on its way into the store, which is what every commit is in the end.
 *
 * <p>What makes an ambiguous answer harmless is that every attempt sends the identical bytes on the condition that the object
 * has one version, which it can never have again: at most one of them can be stored, however late it arrives, and the commit id
 * that is stored with them tells whether one was. The condition that there is no object, however, holds again once an object has
 * been deleted. So what creates a database is sent once: if it were sent again, a database that others have deleted meanwhile
 * could come back. (The model in {@code docs/tla.md} found that.)
 */
final class Publication {

    private static final int MAX_PUTS = 8;
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2));

    private final BlobStore store;
    private final RandomGenerator random;
    private final String key;
    private final BlobBody body;
    private final Map<String, String> metadata;
    private final PutCondition condition;
    private final boolean mayBeRepeated;
    private final Operation operation;

    /** @param mayBeRepeated whether it may be sent again after an answer was lost */
    Publication(
            BlobStore store,
            RandomGenerator random,
            String key,
            BlobBody body,
            Map<String, String> metadata,
            PutCondition condition,
            boolean mayBeRepeated,
            Operation operation) {
        this.store = store;
        this.random = random;
        this.key = key;
        this.body = body;
        this.metadata = metadata;
        this.condition = condition;
        this.mayBeRepeated = mayBeRepeated;
        this.operation = operation;
    }

    /** What is known of a put once there is no use in sending it again. */
    sealed interface Result {

        /** It is in the store. */
        record Stored(BlobVersion version) implements Result {}

        /** It is not in the store and never will be. */
        record Refused() implements Result {}

        /** It may be in the store: who wants to know has to look for it there. */
        record InDoubt(Throwable cause) implements Result {}
    }

    /**
     * Sends it, again and again if need be and it may.
     *
     * @throws StorageUnavailableException if the store cannot be reached; nothing is stored and never will be
     */
    Result send() {
        @Nullable Throwable doubt = null;
        for (int attempt = 1; ; attempt++) {
            StorageUnavailableException failure = null;
            try {
                operation.countRequest();
                operation.countUpload(body.sizeBytes());
                PutOutcome outcome = store.put(key, body, metadata, condition, operation.deadline());
                if (outcome instanceof PutOutcome.Stored stored) {
                    return new Result.Stored(stored.version());
                }
                if (outcome instanceof PutOutcome.Refused) {
                    return doubt == null ? new Result.Refused() : new Result.InDoubt(doubt);
                }
                doubt = ((PutOutcome.Unknown) outcome).cause();
            } catch (StorageUnavailableException e) {
                failure = e;
            } catch (CloudSqliteException e) {
                if (doubt == null) {
                    throw e;
                }
                return new Result.InDoubt(doubt);
            } catch (RuntimeException e) {
                // By an exception that it should not throw, a store says nothing of what it has done.
                return new Result.InDoubt(doubt == null ? e : doubt);
            }
            boolean last = attempt >= MAX_PUTS || operation.deadline().hasPassed();
            if (doubt != null && (last || !mayBeRepeated)) {
                return new Result.InDoubt(doubt);
            }
            if (last && failure != null) {
                throw failure;
            }
            try {
                BACKOFF.pause(attempt, random, operation.deadline(), "waiting for the store of '" + key + "'");
            } catch (OperationInterruptedException e) {
                if (doubt == null) {
                    throw e;
                }
                return new Result.InDoubt(doubt);
            }
        }
    }
}
