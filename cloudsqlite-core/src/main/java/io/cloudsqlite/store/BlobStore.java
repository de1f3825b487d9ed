package io.cloudsqlite.store;

import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.time.Deadline;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/**
 * An object store: whole objects under string keys, each replaced atomically. S3 is the model.
 *
 * <pre>{@code
 * BlobStore store = new InMemoryBlobStore();
 * PutOutcome put = store.put("app.db", BlobBody.of(bytes), Map.of(), PutCondition.IF_ABSENT, deadline);
 * try (GetOutcome got = store.get("app.db", Optional.empty(), deadline)) {
 *     if (got instanceof GetOutcome.Found found) { found.body().transferTo(out); }
 * }
 * }</pre>
 *
 * <h2>What an implementation owes</h2>
 *
 * <ol>
 *   <li><b>Read-after-write.</b> Once a put was answered with {@link PutOutcome.Stored}, every get, range, list and
 *       conditional put that begins afterwards, anywhere, sees that object or a newer one.
 *   <li><b>Compare-and-swap on one key.</b> Of any number of concurrent puts under {@link PutCondition#ifMatches} of the
 *       same version, or {@link PutCondition#IF_ABSENT}, at most one is stored. All safety of CloudSQLite rests on this.
 *   <li><b>An exact answer</b> to 'did my put happen': stored, refused or unknown, see {@link PutOutcome}. When in doubt
 *       the answer is unknown.
 *   <li><b>All or nothing.</b> No get ever sees part of a put, whatever crashes; bytes, metadata and version change
 *       together. The bytes that a get returns belong to one version.
 * </ol>
 *
 * <p>Versions are compared for equality only and may repeat when bytes repeat, see {@link BlobVersion}.
 *
 * <p>It is not a file system: no directories, no rename, no append, no partial write. A key is 1 to 1,000 characters in
 * segments divided by {@code /}; a segment is up to 200 characters of {@code A-Z a-z 0-9 . _ -} and begins with a letter or
 * digit. A store may be a directory: beside an object {@code a} there must be none at {@code a/b}, and no two keys may
 * differ in upper and lower case only. Metadata is up to 1,800 bytes of keys and values in all; keys of the characters
 * {@code a-z 0-9 -}, beginning with a letter; values of one or more visible ASCII characters. {@link BlobRules} checks.
 *
 * <p>All methods are safe for use by many threads, end by their deadline or shortly after it, and throw
 *
 * <ul>
 *   <li>{@link IllegalArgumentException} for a key or metadata that is not as above,
 *   <li>{@link StorageUnavailableException} if the store does not answer in time, refuses access or cannot hold the
 *       object, at once if the deadline has passed already; what was asked did not happen,
 *   <li>{@link CorruptDatabaseException} if what it holds fails its own checksum,
 *   <li>{@link OperationInterruptedException} if the thread is interrupted; what was asked did not happen.
 * </ul>
 */
public interface BlobStore {

    /**
     * The object at {@code key}, unless it still has the version {@code unlessVersion}: then {@link
     * GetOutcome.NotModified}, at the cost of a request and no transfer. The caller closes the outcome.
     */
    GetOutcome get(String key, Optional<BlobVersion> unlessVersion, Deadline deadline);

    /**
     * {@code lengthBytes} bytes of the object at {@code key} from {@code offsetBytes}, fewer where the object ends earlier,
     * if it has exactly the version {@code version}; {@link GetOutcome.Absent} if it has another or there is none. Without a
     * version, whatever is there: ranges of a key that is never written twice fit together all the same.
     *
     * @throws IllegalArgumentException if the offset is negative or not below the object's size, or the length is below 1
     */
    GetOutcome getRange(
            String key, Optional<BlobVersion> version, long offsetBytes, long lengthBytes, Deadline deadline);

    /** What is known of the object at {@code key} without its bytes; empty if there is none. */
    Optional<BlobInfo> head(String key, Deadline deadline);

    /**
     * Stores {@code body} with {@code metadata} at {@code key} if {@code condition} holds. A body that cannot be read, or
     * that does not give exactly its {@link BlobBody#sizeBytes()}, is a {@link StorageUnavailableException}.
     *
     * @return stored, refused or unknown; never a guess
     */
    PutOutcome put(String key, BlobBody body, Map<String, String> metadata, PutCondition condition, Deadline deadline);

    /**
     * Objects whose keys start with {@code prefix}, in the order of their keys' characters, beginning after the key
     * {@code after}.
     *
     * @param limit how many at the most, 1 to 1,000
     */
    BlobPage list(String prefix, Optional<String> after, int limit, Deadline deadline);

    /**
     * Deletes the objects at {@code keys}; keys without an object are passed over. Not one atomic step: after an exception
     * some may be deleted, and the call may be repeated.
     */
    void delete(Collection<String> keys, Deadline deadline);

    /**
     * Deletes the object at {@code key} if it has exactly the version {@code version}.
     *
     * @return whether it was deleted by this call; false if it has another version or there is none
     * @throws StorageUnavailableException also if the outcome is unknown: a delete may always be tried again
     */
    boolean delete(String key, BlobVersion version, Deadline deadline);
}
