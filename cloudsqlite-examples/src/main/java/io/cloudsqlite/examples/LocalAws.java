package io.cloudsqlite.examples;

import io.cloudsqlite.aws.AwsClients;
import io.cloudsqlite.aws.DynamoDbLockManager;
import io.cloudsqlite.aws.S3BlobStore;
import io.cloudsqlite.http.ApiLimits;
import io.cloudsqlite.http.EmbeddedServer;
import io.cloudsqlite.http.HttpApi;
import io.cloudsqlite.http.ServerLimits;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.sql.SqlLimits;
import io.cloudsqlite.time.TimeSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * A deployment on this machine, without Docker and without an account: servers that speak S3 and DynamoDB, and the HTTP API
 * on them. It is also an example of how a program uses S3 and DynamoDB: {@link #serve}.
 *
 * <p>To run it, in the root of the project, on a port that may be left out for 8080:
 *
 * <pre>
 * mvn -q -B -ntp -DskipTests -pl cloudsqlite-emulators,cloudsqlite-examples -am package &amp;&amp;
 * java --enable-native-access=ALL-UNNAMED -cp cloudsqlite-examples/target/cloudsqlite-examples.jar \
 *     io.cloudsqlite.examples.LocalAws [PORT]
 * </pre>
 *
 * <p>It prints what to try, and runs until Ctrl-C. Everything is in memory and gone afterwards. The emulators are processes of
 * their own, which end with this one, however it ends.
 */
public final class LocalAws {

    private static final String BUCKET = "cloudsqlite-databases";
    private static final String TABLE = DynamoDbLockManager.DEFAULT_TABLE;

    /** The access key of the emulators, and the secret too. */
    private static final String ACCESS_KEY = "emulator";

    private static final String READY = "READY ";

    private LocalAws() {}

    /**
     * Runs the servers until the process ends.
     *
     * @param args the port of the HTTP API; 8080 if there is none
     */
    public static void main(String[] args) throws Exception {
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
        Path emulators = Path.of(System.getProperty(
                "cloudsqlite.emulators.jar", "cloudsqlite-emulators/target/cloudsqlite-emulators.jar"));
        if (!Files.exists(emulators)) {
            System.err.println("There is no " + emulators + ": build it, and run this in the root of the project");
            System.exit(1);
        }
        URI s3 = startEmulator(emulators, "S3Emulator");
        URI dynamoDb = startEmulator(emulators, "DynamoDbEmulator");
        try {
            serve(clients(s3).s3(), clients(dynamoDb).dynamoDb(), port, System.out, s3, dynamoDb);
        } catch (BindException e) {
            System.err.println("cannot listen at port " + port + " (" + e.getMessage()
                    + "): give another port as the argument, or 0 for any that is free");
            System.exit(1);
        }
    }

    /** It ends when its standard input does: when this process is gone. */
    private static URI startEmulator(Path jar, String name) throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Process process = new ProcessBuilder(
                        List.of(java.toString(), "-cp", jar.toString(), "io.cloudsqlite.emulators." + name))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        String line = output.readLine();
        if (line == null || !line.startsWith(READY)) {
            throw new IOException("The " + name + " did not start, but said: " + line);
        }
        return URI.create("http://127.0.0.1:" + line.substring(READY.length()));
    }

    /** On AWS itself, {@code AwsClients.standard()} is all of it. */
    private static AwsClients clients(URI endpoint) {
        return AwsClients.standard()
                .withRegion("us-east-1")
                .withEndpoint(endpoint)
                .withCredentials(StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, ACCESS_KEY)));
    }

    private static void serve(
            S3Client s3, DynamoDbClient dynamoDb, int port, PrintStream out, URI s3Endpoint, URI dynamoDbEndpoint)
            throws IOException, InterruptedException {
        createBucketAndTable(s3, dynamoDb);
        Path work = Files.createTempDirectory("cloudsqlite-local-aws");
        try (CloudSqlite cloud = CloudSqlite.builder(
                                new S3BlobStore(s3, BUCKET), new DynamoDbLockManager(dynamoDb, TABLE))
                        .workDirectory(work)
                        .executor(SqlExecutor.guarded(SqlLimits.DEFAULT))
                        .build();
                EmbeddedServer server = EmbeddedServer.start(
                        new HttpApi(cloud, ApiLimits.DEFAULT, "local", TimeSource.system()),
                        "127.0.0.1",
                        port,
                        ServerLimits.DEFAULT)) {
            String url = "http://127.0.0.1:" + server.port();
            out.println("CloudSQLite serves s3://" + BUCKET + " with locks in " + TABLE + " at " + url);
            out.println("(all in memory; Ctrl-C ends it). Try:");
            out.println();
            out.println("  curl -d '{\"sql_statement\": \"SELECT 1 as test;\"}' " + url + "/sql");
            out.println();
            out.println("and, in another terminal, the command on the same databases:");
            out.println();
            out.println("  export AWS_ACCESS_KEY_ID=" + ACCESS_KEY + " AWS_SECRET_ACCESS_KEY=" + ACCESS_KEY);
            out.println("  export CLOUDSQLITE_STORE='s3://" + BUCKET + "?endpoint=" + s3Endpoint + "&lock-endpoint="
                    + dynamoDbEndpoint + "'");
            out.println("  ./cloudsqlite list");
            out.println();
            // Until the process is ended.
            new CountDownLatch(1).await();
        }
    }

    /** As {@code infra} makes them, but for what only AWS has. */
    private static void createBucketAndTable(S3Client s3, DynamoDbClient dynamoDb) {
        s3.createBucket(request -> request.bucket(BUCKET));
        dynamoDb.createTable(request -> request.tableName(TABLE)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(AttributeDefinition.builder()
                        .attributeName("database_name")
                        .attributeType(ScalarAttributeType.S)
                        .build())
                .keySchema(KeySchemaElement.builder()
                        .attributeName("database_name")
                        .keyType(KeyType.HASH)
                        .build()));
    }
}
