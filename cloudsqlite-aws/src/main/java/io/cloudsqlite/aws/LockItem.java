package io.cloudsqlite.aws;

import io.cloudsqlite.lock.LockInfo;
import io.cloudsqlite.store.BlobVersion;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A lock as an item of the table, with the attributes that the first CloudSQLite gave it, and one more:
 *
 * <table>
 * <caption>Attributes</caption>
 * <tr><th>name</th><th>type</th><th>meaning</th></tr>
 * <tr><td>database_name</td><td>S</td><td>the key</td></tr>
 * <tr><td>instance_id</td><td>S</td><td>who holds the lock; ours is another for each lease</td></tr>
 * <tr><td>lease_timeout</td><td>N</td><td>when the lease lapses, in seconds since 1970; also the table's TTL attribute</td></tr>
 * <tr><td>created_at</td><td>N</td><td>when it was acquired, in seconds since 1970; for people</td></tr>
 * <tr><td>last_committed</td><td>S</td><td>only in an item that nobody holds any more: the newest version of the database, as
 *     its last holder knew it</td></tr>
 * </table>
 *
 * <p>An item that nobody holds any more, and that is there for the sake of its hint, has a {@code lease_timeout} of 0: no
 * clock, however slow, takes that for a lease, and DynamoDB, which deletes only what lapsed within five years, leaves it.
 *
 * @param instanceId who holds it
 * @param expiresAt when it lapses, a whole second
 * @param createdAt when it was acquired
 * @param lastCommitted the hint
 */
record LockItem(String instanceId, Instant expiresAt, Instant createdAt, Optional<BlobVersion> lastCommitted) {

    /** Numbers in DynamoDB may be larger than any time of Java's. */
    private static final BigDecimal LAST_SECOND = BigDecimal.valueOf(Instant.MAX.getEpochSecond());

    static final String DATABASE_NAME = "database_name";
    static final String INSTANCE_ID = "instance_id";
    static final String LEASE_TIMEOUT = "lease_timeout";
    static final String CREATED_AT = "created_at";
    static final String LAST_COMMITTED = "last_committed";

    /** The item's key. */
    static Map<String, AttributeValue> key(String database) {
        return Map.of(DATABASE_NAME, string(database));
    }

    /** The whole item. */
    Map<String, AttributeValue> attributes(String database) {
        Map<String, AttributeValue> attributes = new HashMap<>(key(database));
        attributes.put(INSTANCE_ID, string(instanceId));
        attributes.put(LEASE_TIMEOUT, seconds(expiresAt));
        attributes.put(CREATED_AT, seconds(createdAt));
        lastCommitted.ifPresent(version -> attributes.put(LAST_COMMITTED, string(version.value())));
        return attributes;
    }

    /** The item that is left when it was given back by a holder who told this. */
    LockItem released(BlobVersion newest) {
        return new LockItem(instanceId, Instant.EPOCH, createdAt, Optional.of(newest));
    }

    /** The lock that an item is; empty if there is no item, or one that does not say when it lapses and so is no lock. */
    static Optional<LockItem> of(Map<String, AttributeValue> attributes) {
        return instant(attributes, LEASE_TIMEOUT)
                .map(expiresAt -> new LockItem(
                        Optional.ofNullable(attributes.get(INSTANCE_ID))
                                .map(AttributeValue::s)
                                .orElse("somebody unknown"),
                        expiresAt,
                        instant(attributes, CREATED_AT).orElse(Instant.EPOCH),
                        hint(attributes)));
    }

    /** The hint of an item; empty if it has none, or one that is no version and so was not written by us. */
    static Optional<BlobVersion> hint(Map<String, AttributeValue> attributes) {
        return Optional.ofNullable(attributes.get(LAST_COMMITTED))
                .map(AttributeValue::s)
                .filter(BlobVersion::isValid)
                .map(BlobVersion::new);
    }

    LockInfo info() {
        return new LockInfo(instanceId, expiresAt);
    }

    boolean hasLapsed(Instant now) {
        return !now.isBefore(expiresAt);
    }

    static AttributeValue string(String value) {
        return AttributeValue.fromS(value);
    }

    static AttributeValue seconds(Instant instant) {
        return AttributeValue.fromN(Long.toString(instant.getEpochSecond()));
    }

    private static Optional<Instant> instant(Map<String, AttributeValue> attributes, String name) {
        return Optional.ofNullable(attributes.get(name))
                .map(AttributeValue::n)
                .map(seconds -> Instant.ofEpochSecond(new BigDecimal(seconds)
                        .max(BigDecimal.ZERO)
                        .min(LAST_SECOND)
                        .longValue()));
    }
}
