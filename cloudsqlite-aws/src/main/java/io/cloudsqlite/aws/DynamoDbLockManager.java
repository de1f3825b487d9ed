package io.cloudsqlite.aws;

import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.lock.LockInfo;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.time.Backoff;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.SystemRandom;
import io.cloudsqlite.time.TimeSource;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.TransactionConflictException;

/**
 * Locks in a DynamoDB table, one item for each database that is locked or was written.
 *
 * <pre>{@code
 * LockManager locks = new DynamoDbLockManager(AwsClients.standard().dynamoDb());
 * try (Lease lease = locks.acquire(DatabaseName.of("app.db"), Duration.ofSeconds(30), deadline)) {
 *     ...
 * }
 * }</pre>
 *
 * <p>Table and items are those of the first CloudSQLite, see {@link LockItem}, and its locks are respected, as ours are by it
 * while they stand. A lease lasts until a whole second, so up to one longer than was asked for. It is over when that second has
 * come by the clock of whoever looks; DynamoDB deletes items days after their time, which nothing here waits for.
 *
 * <p>To acquire is one conditional write, which also tells who holds the lock if somebody does, and what the holder before knew
 * to be the newest version ({@link Lease#lastCommitted}); that is taken out of the item then, so that a holder that dies leaves
 * no hint. To give back is one conditional write too: of an item that nobody holds, with the hint, or a delete where there is
 * none. Each lease has an owner id of its own, so when an answer is lost the item itself tells whether it is ours, and no
 * lease gives back another's. Waiting polls: after a random time of up to 10 ms at first, up to 100 ms later.
 *
 * <p>It needs dynamodb:PutItem, dynamodb:DeleteItem and dynamodb:GetItem on the table. The lock is not fair. Safe for use by
 * many threads; starts none. The client stays the caller's, who closes it.
 */
public final class DynamoDbLockManager implements LockManager {

    /** The name of the table unless another is given. */
    public static final String DEFAULT_TABLE = "CloudSQLite-Locks";

    private static final Logger LOG = LoggerFactory.getLogger(DynamoDbLockManager.class);

    private static final Backoff POLL = new Backoff(Duration.ofMillis(10), Duration.ofMillis(100));

    /** What any one call may take: the last try is made, and a lease given back, when the deadline has passed. */
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(3);

    private static final int NONCE_BYTES = 8;

    /** No item, or one that has lapsed. DynamoDB compares numbers exactly, however many digits they have. */
    private static final String IS_FREE = "attribute_not_exists(lease_timeout) OR lease_timeout <= :now";

    private static final String IS_OURS = "instance_id = :ours";

    private final DynamoDbClient client;
    private final String table;
    private final String instance;
    private final TimeSource time;
    private final RandomGenerator random;

    /** What became of one try. */
    private sealed interface Attempt {

        /** @param lastCommitted what the holder before told */
        record Granted(LockItem item, Optional<BlobVersion> lastCommitted) implements Attempt {}

        record Held(LockInfo by) implements Attempt {}

        /** It could not be learned, or DynamoDB was too busy. */
        record Failed(SdkException cause) implements Attempt {}
    }

    /** The locks in the table {@link #DEFAULT_TABLE}. */
    public DynamoDbLockManager(DynamoDbClient client) {
        this(client, DEFAULT_TABLE);
    }

    /** The locks in the table {@code table}. */
    public DynamoDbLockManager(DynamoDbClient client, String table) {
        this(client, table, processName(), TimeSource.system(), SystemRandom.create());
    }

    /**
     * The locks in the table {@code table}.
     *
     * @param instance what this process calls itself to others who find a database locked; it need not be unique
     * @param time by which leases lapse
     * @param random spreads waiters out and makes owner ids; safe for use by many threads
     */
    public DynamoDbLockManager(
            DynamoDbClient client, String table, String instance, TimeSource time, RandomGenerator random) {
        this.client = client;
        this.table = table;
        this.instance = instance;
        this.time = time;
        this.random = random;
    }

    private static String processName() {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "localhost";
        }
        return "process " + ProcessHandle.current().pid() + " on " + host;
    }

    @Override
    public Lease acquire(DatabaseName database, Duration ttl, Deadline deadline) {
        if (ttl.isNegative() || ttl.isZero()) {
            throw new IllegalArgumentException("A lease lasts longer than " + ttl);
        }
        // One owner id for all tries: what an earlier one wrote without our learning of it is found to be ours by the
        // next.
        String owner = instance + " (" + nonce() + ")";
        for (int tries = 1; ; tries++) {
            if (Thread.currentThread().isInterrupted()) {
                throw interrupted(database, null);
            }
            boolean isLast = deadline.hasPassed();
            Attempt attempt = attempt(database, owner, ttl);
            if (attempt instanceof Attempt.Granted granted) {
                return new DynamoDbLease(
                        database,
                        granted.item,
                        time,
                        granted.lastCommitted,
                        (item, noted) -> release(database, item, noted));
            }
            if (isLast && attempt instanceof Attempt.Held held) {
                throw new DatabaseLockedException(database, held.by.holder(), held.by.expiresAt());
            }
            if (isLast && attempt instanceof Attempt.Failed failed) {
                abandon(database, owner);
                throw unavailable(database, failed.cause);
            }
            pause(database, tries, deadline);
        }
    }

    private Attempt attempt(DatabaseName database, String owner, Duration ttl) {
        Instant now = time.instant();
        LockItem ours = new LockItem(owner, wholeSecondAtOrAfter(now.plus(ttl)), now, Optional.empty());
        try {
            Map<String, AttributeValue> before = client.putItem(request -> request.tableName(table)
                            .item(ours.attributes(database.value()))
                            .conditionExpression(IS_FREE)
                            .expressionAttributeValues(Map.of(":now", LockItem.seconds(now)))
                            .returnValues(ReturnValue.ALL_OLD)
                            .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
                            .overrideConfiguration(CallLimits.of(CALL_TIMEOUT)))
                    .attributes();
            return new Attempt.Granted(ours, LockItem.hint(before));
        } catch (ConditionalCheckFailedException e) {
            // Some servers that speak the protocol do not tell the item here.
            return e.hasItem() ? judge(LockItem.of(e.item()), owner, e) : readBack(database, owner, e);
        } catch (SdkException e) {
            if (Interrupts.caused(e)) {
                abandon(database, owner);
                throw interrupted(database, e);
            }
            if (wasTooBusy(e)) {
                return new Attempt.Failed(e);
            }
            if (wasRefused(e)) {
                throw unavailable(database, e);
            }
            return readBack(database, owner, e);
        }
    }

    /** What an item means to who could not write it, or does not know whether it has. */
    private static Attempt judge(Optional<LockItem> item, String owner, SdkException cause) {
        if (item.isEmpty()) {
            return new Attempt.Failed(cause);
        }
        return item.get().instanceId().equals(owner)
                ? new Attempt.Granted(item.get(), Optional.empty())
                : new Attempt.Held(item.get().info());
    }

    private Attempt readBack(DatabaseName database, String owner, SdkException cause) {
        try {
            // An item that nobody holds any more is not what was in the way.
            return judge(read(database).filter(item -> !item.hasLapsed(time.instant())), owner, cause);
        } catch (SdkException e) {
            cause.addSuppressed(e);
            return new Attempt.Failed(cause);
        }
    }

    private Optional<LockItem> read(DatabaseName database) {
        return LockItem.of(client.getItem(request -> request.tableName(table)
                        .key(LockItem.key(database.value()))
                        .consistentRead(true)
                        .overrideConfiguration(CallLimits.of(CALL_TIMEOUT)))
                .item());
    }

    private void pause(DatabaseName database, int tries, Deadline deadline) {
        try {
            deadline.sleep(POLL.after(tries, random));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(database, e);
        }
    }

    private void release(DatabaseName database, LockItem item, Optional<BlobVersion> noted) {
        if (noted.isEmpty()) {
            delete(database, item.instanceId());
            return;
        }
        try {
            client.putItem(request -> request.tableName(table)
                    .item(item.released(noted.get()).attributes(database.value()))
                    .conditionExpression(IS_OURS)
                    .expressionAttributeValues(Map.of(":ours", LockItem.string(item.instanceId())))
                    .overrideConfiguration(CallLimits.of(CALL_TIMEOUT)));
        } catch (ConditionalCheckFailedException e) {
            // It lapsed and is another's, or was broken.
        }
    }

    private void delete(DatabaseName database, String owner) {
        try {
            client.deleteItem(request -> request.tableName(table)
                    .key(LockItem.key(database.value()))
                    .conditionExpression(IS_OURS)
                    .expressionAttributeValues(Map.of(":ours", LockItem.string(owner)))
                    .overrideConfiguration(CallLimits.of(CALL_TIMEOUT)));
        } catch (ConditionalCheckFailedException e) {
            // It lapsed and is another's, or was broken, or an earlier sending of this call has deleted it.
        }
    }

    /** Gives back what a lost answer may have granted, so that nobody has to wait until it lapses. */
    private void abandon(DatabaseName database, String owner) {
        boolean interrupted = Thread.interrupted();
        try {
            delete(database, owner);
        } catch (SdkException e) {
            LOG.debug("lock perhaps acquired and not released, it lapses by itself db={}", database, e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public Optional<LockInfo> find(DatabaseName database, Deadline deadline) {
        try {
            return read(database)
                    .filter(item -> !item.hasLapsed(time.instant()))
                    .map(LockItem::info);
        } catch (SdkException e) {
            throw failed(database, e);
        }
    }

    @Override
    public boolean breakLock(DatabaseName database, Deadline deadline) {
        try {
            Map<String, AttributeValue> broken = client.deleteItem(request -> request.tableName(table)
                            .key(LockItem.key(database.value()))
                            .returnValues(ReturnValue.ALL_OLD)
                            .overrideConfiguration(CallLimits.of(CALL_TIMEOUT)))
                    .attributes();
            return LockItem.of(broken)
                    .filter(item -> !item.hasLapsed(time.instant()))
                    .isPresent();
        } catch (SdkException e) {
            throw failed(database, e);
        }
    }

    /** The lease's end as the table can hold it: rounded up, for a lease lasts as long as was asked for. */
    private static Instant wholeSecondAtOrAfter(Instant instant) {
        return Instant.ofEpochSecond(instant.getEpochSecond() + (instant.getNano() > 0 ? 1 : 0));
    }

    private String nonce() {
        byte[] bytes = new byte[NONCE_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** Whether DynamoDB did nothing, and would have some other time. */
    private static boolean wasTooBusy(SdkException e) {
        return e instanceof TransactionConflictException
                || (e instanceof AwsServiceException answer && answer.isThrottlingException());
    }

    /** Whether DynamoDB did nothing, and never will: no such table, no permission. */
    private static boolean wasRefused(SdkException e) {
        return e instanceof AwsServiceException answer && answer.statusCode() < 500;
    }

    private RuntimeException failed(DatabaseName database, SdkException e) {
        return Interrupts.caused(e) ? interrupted(database, e) : unavailable(database, e);
    }

    private StorageUnavailableException unavailable(DatabaseName database, SdkException e) {
        if (e instanceof ResourceNotFoundException) {
            return new StorageUnavailableException(
                    "There is no DynamoDB table '" + table + "' for the lock of the database '" + database
                            + "' in this account and region (ResourceNotFoundException): name another, or make it, with the"
                            + " partition key " + LockItem.DATABASE_NAME + " of type S and no sort key",
                    e);
        }
        String why = e instanceof AwsServiceException answer && answer.awsErrorDetails() != null
                ? answer.awsErrorDetails().errorCode()
                : "no answer";
        return new StorageUnavailableException(
                "The lock of the database '" + database + "' could not be looked up in the DynamoDB table '" + table
                        + "' (" + why + ")",
                e);
    }

    private static OperationInterruptedException interrupted(DatabaseName database, @Nullable Throwable cause) {
        return new OperationInterruptedException(
                "The thread was interrupted while it waited for the lock of the database '" + database + "'", cause);
    }
}
