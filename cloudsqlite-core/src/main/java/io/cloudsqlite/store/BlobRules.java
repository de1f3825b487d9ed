package io.cloudsqlite.store;

import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.time.Deadline;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The rules of {@link BlobStore} for what a caller hands in. Every implementation checks its arguments here, before it does
 * anything else, so that all of them accept and refuse the same things.
 *
 * <pre>{@code
 * BlobRules.checkKey(key);
 * BlobRules.checkMetadata(metadata);
 * BlobRules.checkMayBegin(deadline);
 * }</pre>
 *
 * <p>A valid key is also a safe relative path: no segment begins with a dot, so none is {@code ..} or hidden, and a
 * backslash, a colon or a control character never occurs. Stateless.
 */
public final class BlobRules {

    /** The longest key, in characters. */
    public static final int MAX_KEY_LENGTH = 1_000;

    /** The longest segment of a key, in characters: shorter than the longest file name. */
    public static final int MAX_SEGMENT_LENGTH = 200;

    /** How much metadata an object may have, keys and values together. */
    public static final int MAX_METADATA_BYTES = 1_800;

    /** The longest page of a listing. */
    public static final int MAX_LIST_LIMIT = 1_000;

    private static final Pattern SEGMENT =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0," + (MAX_SEGMENT_LENGTH - 1) + "}");
    private static final Pattern METADATA_KEY = Pattern.compile("[a-z][a-z0-9-]*");
    private static final Pattern METADATA_VALUE = Pattern.compile("[\\x21-\\x7e]+");

    private BlobRules() {}

    /** Whether {@code key} may be the key of an object. */
    public static boolean isKey(String key) {
        if (key.length() > MAX_KEY_LENGTH) {
            return false;
        }
        for (String segment : key.split("/", -1)) {
            if (!SEGMENT.matcher(segment).matches()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Checks the key of an object.
     *
     * @throws IllegalArgumentException if {@code key} is not the key of an object
     */
    public static void checkKey(String key) {
        if (!isKey(key)) {
            throw new IllegalArgumentException("The key " + quoted(key) + " is not valid: use 1 to " + MAX_KEY_LENGTH
                    + " characters in segments divided by '/', each of up to " + MAX_SEGMENT_LENGTH
                    + " of the characters A-Z a-z 0-9 . _ - and beginning with a letter or digit");
        }
    }

    /**
     * Checks the metadata of an object.
     *
     * @throws IllegalArgumentException if {@code metadata} is too large or holds a character that it may not
     */
    public static void checkMetadata(Map<String, String> metadata) {
        long sizeBytes = 0;
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            if (!METADATA_KEY.matcher(entry.getKey()).matches()) {
                throw new IllegalArgumentException("The metadata key " + quoted(entry.getKey())
                        + " is not valid: use the characters a-z 0-9 - beginning with a letter");
            }
            if (!METADATA_VALUE.matcher(entry.getValue()).matches()) {
                throw new IllegalArgumentException("The value of the metadata key '" + entry.getKey()
                        + "' is not valid: use at least one character, all of them visible ASCII");
            }
            sizeBytes += entry.getKey().length() + entry.getValue().length();
        }
        if (sizeBytes > MAX_METADATA_BYTES) {
            throw new IllegalArgumentException(
                    "The metadata is " + sizeBytes + " bytes, more than " + MAX_METADATA_BYTES);
        }
    }

    /**
     * Checks a range before the object is known.
     *
     * @throws IllegalArgumentException if no object could have such a range
     */
    public static void checkRange(long offsetBytes, long lengthBytes) {
        if (offsetBytes < 0 || lengthBytes < 1) {
            throw new IllegalArgumentException("A range begins at 0 or above and is 1 byte or longer, not "
                    + lengthBytes + " from " + offsetBytes);
        }
    }

    /**
     * Checks a range of the object that {@code info} describes.
     *
     * @throws IllegalArgumentException if the range begins behind the end of the object
     */
    public static void checkRange(long offsetBytes, long lengthBytes, BlobInfo info) {
        checkRange(offsetBytes, lengthBytes);
        if (offsetBytes >= info.sizeBytes()) {
            throw new IllegalArgumentException("The offset " + offsetBytes + " is not below the size "
                    + info.sizeBytes() + " of the object '" + info.key() + "'");
        }
    }

    /**
     * Checks the length of a page.
     *
     * @throws IllegalArgumentException if {@code limit} is not the length of a page
     */
    public static void checkLimit(int limit) {
        if (limit < 1 || limit > MAX_LIST_LIMIT) {
            throw new IllegalArgumentException("The limit " + limit + " is not from 1 to " + MAX_LIST_LIMIT);
        }
    }

    /**
     * Returns if there is time to begin at all and nobody wants the thread to stop.
     *
     * @throws OperationInterruptedException if the thread is interrupted; it stays so
     * @throws StorageUnavailableException if the deadline has passed
     */
    public static void checkMayBegin(Deadline deadline) {
        if (Thread.currentThread().isInterrupted()) {
            throw new OperationInterruptedException("The thread was interrupted before the store was asked");
        }
        if (deadline.hasPassed()) {
            throw new StorageUnavailableException("There was no time left to ask the store");
        }
    }

    /** Shortened and without characters that could forge a line of a log. */
    private static String quoted(String text) {
        String shown = text.length() <= 40 ? text : text.substring(0, 40) + "...";
        return '\'' + shown.replaceAll("[^\\x20-\\x7e]", "?") + '\'';
    }
}
