package io.cloudsqlite.aws;

import io.cloudsqlite.store.BlobVersion;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Entity tags, which stand in quotes in HTTP, as versions, which have none. */
final class ETags {

    private ETags() {}

    /** Empty for none, and for the beginning of one: in an answer that was cut off, a header may end anywhere. */
    static Optional<BlobVersion> version(@Nullable String eTag) {
        return Optional.ofNullable(eTag)
                .filter(tag -> tag.length() > 2 && tag.startsWith("\"") == tag.endsWith("\""))
                .map(tag -> new BlobVersion(tag.replace("\"", "")));
    }

    static String quoted(BlobVersion version) {
        return '"' + version.value() + '"';
    }
}
