package io.cloudsqlite.store;

import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Looks at the objects of a store, and puts others in their place, behind the back of whoever else uses it.
 *
 * <pre>{@code
 * StoredObjects objects = new StoredObjects(store);
 * StoredObjects.Content manifest = objects.get("app.db");
 * objects.replace("app.db", damaged(manifest.bytes()));       // the metadata stay
 * objects.put("app.db", manifest);                            // as it was
 * }</pre>
 */
public final class StoredObjects {

    private static final Duration SOON = Duration.ofMinutes(1);

    private final BlobStore store;

    public StoredObjects(BlobStore store) {
        this.store = store;
    }

    /** All that an object is. */
    public static final class Content {

        private final byte[] bytes;
        private final Map<String, String> metadata;

        private Content(byte[] bytes, Map<String, String> metadata) {
            this.bytes = bytes;
            this.metadata = metadata;
        }

        /** A copy of the bytes. */
        public byte[] bytes() {
            return bytes.clone();
        }
    }

    /** The keys that begin with {@code prefix}, in their order. */
    public List<String> keys(String prefix) {
        return store.list(prefix, Optional.empty(), BlobRules.MAX_LIST_LIMIT, soon()).blobs().stream()
                .map(BlobInfo::key)
                .toList();
    }

    /** The one object whose key begins with {@code prefix}. */
    public String onlyKey(String prefix) {
        List<String> keys = keys(prefix);
        if (keys.size() != 1) {
            throw new AssertionError("below " + prefix + " are " + keys);
        }
        return keys.get(0);
    }

    public Content get(String key) {
        try (GetOutcome got = store.get(key, Optional.empty(), soon())) {
            if (got instanceof GetOutcome.Found found) {
                return new Content(found.body().readAllBytes(), found.info().metadata());
            }
            throw new AssertionError("there is no object " + key);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void put(String key, Content content) {
        store.put(key, BlobBody.of(content.bytes), content.metadata, PutCondition.ALWAYS, soon());
    }

    /** Gives an object other bytes. */
    public void replace(String key, byte[] bytes) {
        put(key, new Content(bytes, get(key).metadata));
    }

    public void delete(String key) {
        store.delete(List.of(key), soon());
    }

    private static Deadline soon() {
        return Deadline.after(SOON, TimeSource.system());
    }
}
