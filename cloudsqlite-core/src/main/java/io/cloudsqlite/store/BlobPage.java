package io.cloudsqlite.store;

import java.util.List;
import java.util.Optional;

/**
 * One page of a listing.
 *
 * @param blobs the objects in the order of their keys, without metadata
 * @param nextAfter the key to list after for the next page; empty at the end of the listing
 */
public record BlobPage(List<BlobInfo> blobs, Optional<String> nextAfter) {

    public BlobPage {
        blobs = List.copyOf(blobs);
    }
}
