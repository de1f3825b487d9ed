package io.cloudsqlite.store;

/**
 * The version of an object, opaque to everybody but its store; S3 calls it ETag.
 *
 * <p>A put makes a new version. A version <em>may repeat</em> when exactly the same bytes are put again (an ETag is a hash
 * of the content), so whoever relies on a version to detect change must put bytes that never repeat.
 *
 * @param value at least one character, without quotes
 */
public record BlobVersion(String value) {

    /** @throws IllegalArgumentException if {@code value} is empty or holds a quote or a control character */
    public BlobVersion {
        if (!isValid(value)) {
            throw new IllegalArgumentException(
                    "a version is at least one character, without quotes and control characters");
        }
    }

    /** Whether {@code value} can be that of a version. */
    public static boolean isValid(String value) {
        return !value.isEmpty() && value.chars().noneMatch(c -> c < ' ' || c == '"' || c == 0x7f);
    }

    @Override
    public String toString() {
        return value;
    }
}
