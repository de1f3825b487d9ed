package io.cloudsqlite.aws;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.core.SdkSystemSetting;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * SDK clients as {@link S3BlobStore} and {@link DynamoDbLockManager} want them. They take any other client too.
 *
 * <pre>{@code
 * AwsClients aws = AwsClients.standard().withRegion("eu-central-1");
 * BlobStore store = new S3BlobStore(aws.s3(), "my-databases");
 * LockManager locks = new DynamoDbLockManager(aws.dynamoDb());
 * }</pre>
 *
 * <p>What is not said here (region, credentials) comes from where the AWS SDK always looks: environment, profile, the
 * machine's role. A client is costly to make and safe for use by many threads: a process makes one of each, and closes it
 * when nothing uses it any more. Immutable.
 */
public final class AwsClients {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    /** How long a connection may be silent. A request as a whole is bounded by its caller's deadline. */
    private static final Duration SILENCE_TIMEOUT = Duration.ofSeconds(10);

    private static final int MAX_CONNECTIONS = 64;

    private final @Nullable Region region;
    private final @Nullable URI endpoint;
    private final @Nullable AwsCredentialsProvider credentials;
    private final SdkHttpClient.@Nullable Builder<?> http;

    private AwsClients(
            @Nullable Region region,
            @Nullable URI endpoint,
            @Nullable AwsCredentialsProvider credentials,
            SdkHttpClient.@Nullable Builder<?> http) {
        this.region = region;
        this.endpoint = endpoint;
        this.credentials = credentials;
        this.http = http;
    }

    /** Clients for AWS itself, in the region of the environment. */
    public static AwsClients standard() {
        return new AwsClients(null, null, null, null);
    }

    /** Clients for this region, such as {@code eu-central-1}. */
    public AwsClients withRegion(String value) {
        return new AwsClients(Region.of(value), endpoint, credentials, http);
    }

    /**
     * Clients for a server elsewhere that speaks the protocol, such as MinIO or LocalStack. S3 is asked in path style, which
     * all of them understand and which needs no name of a host for each bucket.
     */
    public AwsClients withEndpoint(URI value) {
        return new AwsClients(region, value, credentials, http);
    }

    /** Clients that sign with these. */
    public AwsClients withCredentials(AwsCredentialsProvider value) {
        return new AwsClients(region, endpoint, value, http);
    }

    /**
     * Clients over another HTTP client than Apache's, which may then be left out of what is deployed. A smaller one is that on
     * HttpURLConnection; where a server answers before it has read a whole body, as S3 does when it refuses a put, it fails
     * instead of telling the answer, which costs a store work and never data.
     */
    public AwsClients withHttpClient(SdkHttpClient.Builder<?> value) {
        return new AwsClients(region, endpoint, credentials, value);
    }

    /** A client for S3. */
    public S3Client s3() {
        return configured(S3Client.builder()).forcePathStyle(endpoint != null).build();
    }

    /** A client for DynamoDB. */
    public DynamoDbClient dynamoDb() {
        return configured(DynamoDbClient.builder()).build();
    }

    private <B extends AwsClientBuilder<B, ?> & AwsSyncClientBuilder<B, ?>> B configured(B builder) {
        builder.httpClientBuilder(http != null ? http : apache())
                .overrideConfiguration(configuration -> configuration.retryStrategy(RetryMode.STANDARD));
        if (endpoint != null) {
            builder.endpointOverride(endpoint);
        }
        if (credentials != null) {
            builder.credentialsProvider(credentials);
        }
        Region named = region != null || endpoint == null ? region : regionOfTheEnvironment();
        if (named != null) {
            builder.region(named);
        }
        return builder;
    }

    private static SdkHttpClient.Builder<?> apache() {
        return Apache5HttpClient.builder()
                .connectionTimeout(CONNECT_TIMEOUT)
                .socketTimeout(SILENCE_TIMEOUT)
                .maxConnections(MAX_CONNECTIONS)
                .tcpKeepAlive(true);
    }

    /** For a server that is not AWS the region only goes into signatures; looking further for one would cost seconds. */
    private static Region regionOfTheEnvironment() {
        return SdkSystemSetting.AWS_REGION.getStringValue().map(Region::of).orElse(Region.US_EAST_1);
    }
}
