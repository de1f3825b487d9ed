package io.cloudsqlite.cli.bench.cloud;

/**
 * What went to the cloud and came from it.
 *
 * @param gets gets, ranges and heads
 * @param bytesDown of bodies, as far as they were read
 * @param lockRequests to the lock service; where locks are not simulated, tries to acquire one that is taken are not seen
 */
public record Traffic(long gets, long puts, long lists, long deletes, long bytesDown, long bytesUp, long lockRequests) {

    /** What S3 Standard and DynamoDB on demand cost in us-east-1, in dollars a million requests. */
    private static final double GET_DOLLARS = 0.40;

    private static final double PUT_OR_LIST_DOLLARS = 5.00;

    /** A write of up to 1 KB, which a lock is, also when its condition fails. */
    private static final double LOCK_DOLLARS = 0.625;

    /** Where {@link #dollars} comes from, for people. */
    public static final String PRICES =
            "list prices of us-east-1 in November 2026, a million requests: S3 Standard GET $"
                    + GET_DOLLARS + ", PUT and LIST $" + PUT_OR_LIST_DOLLARS + ", DELETE free; DynamoDB on demand $"
                    + LOCK_DOLLARS
                    + " a write of 1 KB; nothing for transfer, storage and compute";

    /** What was added since {@code before}. */
    public Traffic since(Traffic before) {
        return new Traffic(
                gets - before.gets,
                puts - before.puts,
                lists - before.lists,
                deletes - before.deletes,
                bytesDown - before.bytesDown,
                bytesUp - before.bytesUp,
                lockRequests - before.lockRequests);
    }

    /** How many requests went to the store. */
    public long storeRequests() {
        return gets + puts + lists + deletes;
    }

    /** What a million times this costs. */
    public double dollars() {
        return gets * GET_DOLLARS + (puts + lists) * PUT_OR_LIST_DOLLARS + lockRequests * LOCK_DOLLARS;
    }
}
