package io.cloudsqlite;

import java.util.HexFormat;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * The identity of one attempt to publish a transaction: 128 random bits, as 32 lowercase hexadecimal digits.
 *
 * <p>The id is stored with the version that it made. After an answer that leaves the outcome open, finding the id in
 * the store proves that the transaction was committed; a version that moved on without it proves that it was not. It is
 * made for each operation and never earlier, because a process that is cloned from a snapshot would clone it too.
 *
 * <p>Databases are identified in the same way, see {@code DatabaseVersion#databaseId}.
 *
 * @param value 32 lowercase hexadecimal digits
 */
public record CommitId(String value) {

    private static final Pattern VALID = Pattern.compile("[0-9a-f]{32}");

    /** @throws IllegalArgumentException if {@code value} is not 32 lowercase hexadecimal digits */
    public CommitId {
        if (!VALID.matcher(value).matches()) {
            throw new IllegalArgumentException("a commit id is 32 lowercase hexadecimal digits");
        }
    }

    /** A fresh id drawn from {@code random}, which must not be shared with a snapshot of this process. */
    public static CommitId next(RandomGenerator random) {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return new CommitId(HexFormat.of().formatHex(bytes));
    }

    @Override
    public String toString() {
        return value;
    }
}
