package io.cloudsqlite.format;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.store.BlobVersion;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The manifests that were last seen, so that a writer whose working copy is current knows what to add to without asking for it.
 * What is not here any more costs one get. Safe for use by many threads.
 */
final class RecentManifests {

    /** Some hundred databases with full tails. */
    private static final long MAX_BYTES = 32L << 20;

    private final Map<DatabaseName, StoredManifest> leastRecentlyUsedFirst = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    synchronized void put(DatabaseName database, StoredManifest stored) {
        remove(database);
        leastRecentlyUsedFirst.put(database, stored);
        bytes += stored.manifest().heapBytes();
        Iterator<StoredManifest> oldest = leastRecentlyUsedFirst.values().iterator();
        while (bytes > MAX_BYTES && leastRecentlyUsedFirst.size() > 1) {
            bytes -= oldest.next().manifest().heapBytes();
            oldest.remove();
        }
    }

    synchronized void remove(DatabaseName database) {
        StoredManifest former = leastRecentlyUsedFirst.remove(database);
        if (former != null) {
            bytes -= former.manifest().heapBytes();
        }
    }

    /** The manifest of exactly that version. */
    synchronized Optional<StoredManifest> find(DatabaseName database, BlobVersion version) {
        return Optional.ofNullable(leastRecentlyUsedFirst.get(database))
                .filter(stored -> stored.version().equals(version));
    }
}
