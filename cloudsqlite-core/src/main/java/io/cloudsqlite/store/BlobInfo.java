package io.cloudsqlite.store;

import java.time.Instant;
import java.util.Map;

/**
 * What a store knows of an object besides its bytes.
 *
 * @param metadata what was given with the put, unchanged; empty in listings, where stores do not tell it
 */
public record BlobInfo(
        String key, BlobVersion version, long sizeBytes, Instant lastModified, Map<String, String> metadata) {

    public BlobInfo {
        if (sizeBytes < 0) {
            throw new IllegalArgumentException("sizeBytes " + sizeBytes + " is negative");
        }
        metadata = Map.copyOf(metadata);
    }

    /** The same as a listing tells it. */
    public BlobInfo withoutMetadata() {
        return new BlobInfo(key, version, sizeBytes, lastModified, Map.of());
    }
}
