package io.cloudsqlite.aws;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * S3 and DynamoDB on this machine, without Docker, for as long as the tests of a JVM run.
 *
 * <pre>{@code
 * @ExtendWith(Emulators.Shared.class)
 * class SomeIT {
 *     @BeforeAll static void start(Emulators emulators) { ... }
 * }
 * }</pre>
 *
 * <p>Tests that share them make buckets and tables of their own.
 */
public final class Emulators implements AutoCloseable {

    private static final String ACCESS_KEY = "emulator";

    private final Emulator s3Emulator;
    private final Emulator dynamoDbEmulator;
    private final URI s3Endpoint;
    private final URI dynamoDbEndpoint;
    private final S3Client s3;
    private final DynamoDbClient dynamoDb;

    private Emulators() throws IOException {
        s3Emulator = Emulator.start("S3Emulator");
        dynamoDbEmulator = Emulator.start("DynamoDbEmulator");
        s3Endpoint = s3Emulator.endpoint();
        dynamoDbEndpoint = dynamoDbEmulator.endpoint();
        s3 = clients(s3Endpoint).s3();
        dynamoDb = clients(dynamoDbEndpoint).dynamoDb();
    }

    /** Starts both, side by side, which takes one to two seconds. */
    public static Emulators start() throws IOException {
        return new Emulators();
    }

    /** What makes clients for an emulator that listens there. */
    public static AwsClients clients(URI endpoint) {
        return AwsClients.standard()
                .withRegion("us-east-1")
                .withEndpoint(endpoint)
                .withCredentials(StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, ACCESS_KEY)));
    }

    /** Where S3 listens. */
    public URI s3Endpoint() {
        return s3Endpoint;
    }

    /** Where DynamoDB listens. */
    public URI dynamoDbEndpoint() {
        return dynamoDbEndpoint;
    }

    /** A client for S3, closed with the emulators. */
    public S3Client s3() {
        return s3;
    }

    /** A client for DynamoDB, closed with the emulators. */
    public DynamoDbClient dynamoDb() {
        return dynamoDb;
    }

    /** The name of a new bucket. */
    public String newBucket() {
        return AwsResources.newBucket(s3);
    }

    /** The name of a new table for locks. */
    public String newLockTable() {
        return AwsResources.newLockTable(dynamoDb);
    }

    @Override
    public void close() {
        s3.close();
        dynamoDb.close();
        s3Emulator.close();
        dynamoDbEmulator.close();
    }

    /** Starts the emulators for the first test class that wants them, and ends them after the last. */
    public static final class Shared implements ParameterResolver {

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Emulators.class;
        }

        @Override
        public Emulators resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot()
                    .getStore(ExtensionContext.Namespace.create(Emulators.class))
                    .computeIfAbsent(Emulators.class, key -> startUnchecked(), Emulators.class);
        }

        private static Emulators startUnchecked() {
            try {
                return start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
