package io.cloudsqlite.aws;

import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.lock.LockManagerContractTest;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.BlobStoreContractTest;
import io.cloudsqlite.time.TimeSource;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.localstack.LocalStackContainer;
import org.testcontainers.utility.DockerImageName;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The contracts against LocalStack, where Docker is present; skipped elsewhere.
 *
 * <p>It was written on machines without Docker: it compiles, and has never been run. A failure may be LocalStack's: its S3 is
 * an imitation too, and whether its conditional writes are atomic is for these contracts to find out.
 */
@Testcontainers(disabledWithoutDocker = true)
final class LocalStackIT {

    /** The last line of versions that start without an account's token. */
    private static final DockerImageName IMAGE = DockerImageName.parse("localstack/localstack:4.9");

    @Container
    private static final LocalStackContainer LOCAL_STACK =
            new LocalStackContainer(IMAGE).withServices("s3", "dynamodb");

    private static S3Client s3;
    private static DynamoDbClient dynamoDb;

    @BeforeAll
    static void make_clients() {
        AwsClients clients = AwsClients.standard()
                .withRegion(LOCAL_STACK.getRegion())
                .withEndpoint(LOCAL_STACK.getEndpoint())
                .withCredentials(StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(LOCAL_STACK.getAccessKey(), LOCAL_STACK.getSecretKey())));
        s3 = clients.s3();
        dynamoDb = clients.dynamoDb();
    }

    @Nested
    final class Store extends BlobStoreContractTest {

        @Override
        protected BlobStore createStore() {
            return new S3BlobStore(s3, AwsResources.newBucket(s3));
        }

        @Override
        protected int rounds() {
            return 3;
        }
    }

    @Nested
    final class Locks extends LockManagerContractTest {

        @Override
        protected LockManager createLocks(TimeSource time) {
            String table = AwsResources.newLockTable(dynamoDb);
            return new DynamoDbLockManager(dynamoDb, table, "a test", time, new Random(42));
        }

        @Override
        protected int rounds() {
            return 5;
        }
    }
}
