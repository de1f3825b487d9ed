package io.cloudsqlite.copy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * The 100 bytes that every SQLite database file begins with, as far as CloudSQLite reads or writes them (SQLite's "Database
 * File Format", section 1.3; integers are big-endian):
 *
 * <table>
 * <caption>Fields of the header</caption>
 * <tr><th>offset</th><th>size</th><th>field</th></tr>
 * <tr><td>0</td><td>16</td><td>{@code "SQLite format 3\0"}</td></tr>
 * <tr><td>16</td><td>2</td><td>page size; 1 means 65,536</td></tr>
 * <tr><td>18</td><td>2</td><td>write and read version: 1 rollback journal, 2 WAL</td></tr>
 * <tr><td>24</td><td>4</td><td>file change counter</td></tr>
 * <tr><td>92</td><td>4</td><td>the change counter for which the other header fields are valid</td></tr>
 * </table>
 *
 * <p>The versions at 18 are a matter of how a file is used and not of what it holds: a stored database says "rollback
 * journal", so that any tool can open it, even read-only; a working copy says "WAL". The two counters exist to tell
 * versions apart, and in format {@code file} that is what they do, see {@link #setChangeCounter}.
 */
public final class DatabaseHeader {

    /** How long the header is. */
    public static final int SIZE_BYTES = 100;

    /** The smallest size of a page. */
    public static final int MIN_PAGE_SIZE_BYTES = 512;

    private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.ISO_8859_1);
    private static final int PAGE_SIZE_OFFSET = 16;
    private static final int VERSIONS_OFFSET = 18;
    private static final int CHANGE_COUNTER_OFFSET = 24;
    private static final int VALID_FOR_OFFSET = 92;
    private static final byte ROLLBACK_JOURNAL = 1;
    private static final byte WAL = 2;

    private DatabaseHeader() {}

    /** The page size that the header in {@code bytes} names; empty if these bytes do not begin a SQLite database. */
    public static OptionalInt pageSizeBytes(byte[] bytes) {
        if (bytes.length < SIZE_BYTES || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            return OptionalInt.empty();
        }
        int value = Short.toUnsignedInt(ByteBuffer.wrap(bytes).getShort(PAGE_SIZE_OFFSET));
        int size = value == 1 ? 65_536 : value;
        return isPageSize(size) ? OptionalInt.of(size) : OptionalInt.empty();
    }

    /** Whether a page of a SQLite database may have that size. */
    public static boolean isPageSize(int sizeBytes) {
        return sizeBytes >= MIN_PAGE_SIZE_BYTES && sizeBytes <= 65_536 && Integer.bitCount(sizeBytes) == 1;
    }

    /** Makes the header that of a working copy: SQLite opens it in WAL mode without being told. */
    static void makeLocal(byte[] bytes) {
        Arrays.fill(bytes, VERSIONS_OFFSET, VERSIONS_OFFSET + 2, WAL);
    }

    /** Makes the header that of a stored database: rollback journal. What says anything else but WAL stays as it is. */
    static void makeStored(byte[] bytes) {
        if (bytes[VERSIONS_OFFSET] == WAL && bytes[VERSIONS_OFFSET + 1] == WAL) {
            Arrays.fill(bytes, VERSIONS_OFFSET, VERSIONS_OFFSET + 2, ROLLBACK_JOURNAL);
        }
    }

    /**
     * Puts {@code changeCounter} into both counters.
     *
     * <p>In WAL mode SQLite does not advance the counter with every transaction, so without this an UPDATE and its undoing
     * could bring the very same bytes back, and with them the same ETag: a writer that slept in between would then overwrite
     * what it never saw.
     */
    static void setChangeCounter(byte[] bytes, int changeCounter) {
        ByteBuffer.wrap(bytes).putInt(CHANGE_COUNTER_OFFSET, changeCounter).putInt(VALID_FOR_OFFSET, changeCounter);
    }
}
