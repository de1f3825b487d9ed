package io.cloudsqlite.lambda;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.aws.AwsClients;
import io.cloudsqlite.aws.DynamoDbLockManager;
import io.cloudsqlite.aws.S3BlobStore;
import io.cloudsqlite.http.ApiLimits;
import io.cloudsqlite.http.HttpApi;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.sql.SqlLimits;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.s3.S3Client;

/** An API and all that it stands on, opened and closed as one. Safe for use by many threads. */
final class Backend implements AutoCloseable {

    static final String BUCKET = "S3_BUCKET_NAME";
    static final String TABLE = "DYNAMODB_TABLE_NAME";
    static final String FORMAT = "CLOUDSQLITE_FORMAT";

    /** An answer to SQL is refused, and its transaction rolled back, before it could be too large to be carried. */
    private static final ApiLimits LIMITS = new ApiLimits(
            ApiLimits.DEFAULT.maxRequestBytes(),
            GatewayAnswer.MAX_BODY_BYTES,
            ApiLimits.DEFAULT.maxImportBytes(),
            ApiLimits.DEFAULT.importTimeout());

    private final CloudSqlite cloud;
    private final HttpApi api;
    private final List<AutoCloseable> parts;

    /** @param parts what is closed, in this order */
    private Backend(CloudSqlite cloud, List<AutoCloseable> parts) {
        this.cloud = cloud;
        this.api = new HttpApi(cloud, LIMITS, version(), TimeSource.system());
        this.parts = parts;
    }

    /**
     * Over the bucket and the table that these variables name, with new databases in the format that one may name; all else
     * about AWS is as its SDK finds it.
     *
     * @throws IllegalStateException if one of the first two is missing, or there is no such format
     */
    static Backend onAws(Map<String, String> environment) {
        String bucket = required(environment, BUCKET);
        String table = required(environment, TABLE);
        DatabaseFormat format = format(environment);
        S3Client s3 = AwsClients.standard().s3();
        DynamoDbClient dynamoDb = AwsClients.standard().dynamoDb();
        CloudSqlite cloud = CloudSqlite.builder(new S3BlobStore(s3, bucket), new DynamoDbLockManager(dynamoDb, table))
                .format(format)
                .executor(SqlExecutor.guarded(SqlLimits.DEFAULT))
                .build();
        return new Backend(cloud, List.of(cloud, s3, dynamoDb));
    }

    private static String required(Map<String, String> environment, String name) {
        String value = environment.get(name);
        if (value == null || value.isBlank()) {
            throw new IllegalStateException("The environment variable " + name + " is not set: " + BUCKET
                    + " names the bucket for databases, " + TABLE + " the table for locks");
        }
        return value;
    }

    private static DatabaseFormat format(Map<String, String> environment) {
        String label = environment.getOrDefault(FORMAT, "");
        return label.isBlank()
                ? DatabaseFormat.LOG
                : DatabaseFormat.of(label)
                        .orElseThrow(() -> new IllegalStateException("The environment variable " + FORMAT + " is '"
                                + label + "' and must be one of " + Arrays.toString(DatabaseFormat.values())));
    }

    /** Over databases that nobody else sees and that end with it. */
    static Backend inMemory(Path workDirectory) {
        CloudSqlite cloud = CloudSqlite.builder(new InMemoryBlobStore(), new InMemoryLockManager())
                .workDirectory(workDirectory)
                .executor(SqlExecutor.guarded(SqlLimits.DEFAULT))
                .build();
        return new Backend(cloud, List.of(cloud));
    }

    /** From a file, because Lambda unpacks the jar, and a package knows its version from the manifest of a jar only. */
    private static String version() {
        try (InputStream in = Backend.class.getResourceAsStream("version.txt")) {
            if (in == null) {
                throw new IllegalStateException("version.txt is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    CloudSqlite cloud() {
        return cloud;
    }

    HttpApi api() {
        return api;
    }

    @Override
    public void close() {
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (Exception e) {
                throw new IllegalStateException("closing clients does not fail", e);
            }
        }
    }
}
