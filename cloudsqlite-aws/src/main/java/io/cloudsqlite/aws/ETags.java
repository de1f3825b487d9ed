package io.cloudsqlite.aws;

import io.cloudsqlite.store.BlobVersion;

/** Entity tags, which stand in quotes in HTTP, as versions, which have none. */
final class ETags {

    private ETags() {}

    static BlobVersion version(String eTag) {
        return new BlobVersion(eTag.replace("\"", ""));
    }

    static String quoted(BlobVersion version) {
        return '"' + version.value() + '"';
    }
}
