package io.cloudsqlite.aws;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.store.PutOutcome;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Answers of S3 and DynamoDB that end after each of their bytes, with each of their headers as the last. HTTP clients take half a
 * header for a whole one, so what is left may look like another answer.
 */
final class CutAnswerTest {

    private static final BlobVersion VERSION = new BlobVersion("d41d8cd98f00b204");
    private static final Map<String, String> METADATA = Map.of("name", "value");
    private static final String E_TAG = "ETag: \"d41d8cd98f00b204\"";
    private static final String MODIFIED = "Last-Modified: Fri, 27 Nov 2026 20:00:00 GMT";
    private static final String LISTING = "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>"
            + "<Contents><Key>a.db</Key><LastModified>2026-11-27T20:00:00.000Z</LastModified>"
            + "<ETag>\"d41d8cd98f00b204\"</ETag><Size>4</Size></Contents></ListBucketResult>";
    private static final String REFUSAL = "<Error><Code>PreconditionFailed</Code><Message>no</Message></Error>";

    private static final String ITEM = "{\"instance_id\":{\"S\":\"other\"},\"lease_timeout\":{\"N\":\"99999999999\"}}";
    private static final String FOUND = "{\"Item\":" + ITEM + "}";
    private static final String HELD =
            "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException\",\"Item\":" + ITEM + "}";
    private static final DatabaseName DATABASE = DatabaseName.of("a.db");

    private static Server server;
    private static S3Client s3;
    private static DynamoDbClient dynamoDb;
    private static S3BlobStore store;
    private static DynamoDbLockManager locks;

    /** A call, what the service answers to it, and what may be made of a part of that. */
    enum Call {
        GET("200 OK", "body", E_TAG, MODIFIED, "x-amz-meta-name: value", "Content-Length: 4") {
            @Override
            boolean comesWhole() throws IOException {
                return isFound(store.get("a.db", Optional.empty(), soon()), 4, METADATA);
            }
        },
        GET_OF_WHAT_IS_HELD("304 Not Modified", "", E_TAG) {
            @Override
            boolean comesWhole() {
                try (GetOutcome outcome = store.get("a.db", Optional.of(VERSION), soon())) {
                    assertThat(outcome).isInstanceOf(GetOutcome.NotModified.class);
                }
                return true;
            }
        },
        GET_RANGE(
                "206 Partial Content",
                "body",
                E_TAG,
                MODIFIED,
                "Content-Range: bytes 10-13/1234",
                "Content-Length: 4") {
            @Override
            boolean comesWhole() throws IOException {
                return isFound(store.getRange("a.db", Optional.of(VERSION), 10, 4, soon()), 1234, Map.of());
            }
        },
        HEAD(
                "206 Partial Content",
                "b",
                E_TAG,
                MODIFIED,
                "Content-Range: bytes 0-0/1234",
                "x-amz-meta-name: value",
                "Content-Length: 1") {
            @Override
            boolean comesWhole() {
                assertThat(store.head("a.db", soon())).hasValueSatisfying(info -> {
                    assertThat(info.version()).isEqualTo(VERSION);
                    assertThat(info.sizeBytes()).isEqualTo(1234);
                    assertThat(info.metadata()).isEqualTo(METADATA);
                });
                return true;
            }
        },
        PUT("200 OK", "", E_TAG, "x-amz-request-id: 7", "Content-Length: 0") {
            @Override
            boolean comesWhole() {
                PutOutcome outcome = put();
                if (outcome instanceof PutOutcome.Unknown) {
                    return false;
                }
                assertThat(outcome).isEqualTo(new PutOutcome.Stored(VERSION));
                return true;
            }
        },
        PUT_THAT_IS_REFUSED("412 Precondition Failed", REFUSAL, "Content-Length: " + REFUSAL.length()) {
            @Override
            boolean comesWhole() {
                PutOutcome outcome = put();
                assertThat(outcome).isNotInstanceOf(PutOutcome.Stored.class);
                return !(outcome instanceof PutOutcome.Unknown);
            }
        },
        LIST("200 OK", LISTING, "Content-Type: application/xml", "Content-Length: " + LISTING.length()) {
            @Override
            boolean comesWhole() {
                assertThat(store.list("", Optional.empty(), 10, soon()).blobs()).hasSize(1);
                return true;
            }
        },
        LOCK("200 OK", "{}", "x-amzn-requestid: 7", "Content-Length: 2") {
            @Override
            boolean comesWhole() {
                locks.acquire(DATABASE, Duration.ofSeconds(1), atOnce()).close();
                return true;
            }
        },
        LOCK_THAT_IS_HELD("400 Bad Request", HELD, "x-amzn-requestid: 7", "Content-Length: " + HELD.length()) {
            @Override
            boolean comesWhole() {
                try (Lease lease = locks.acquire(DATABASE, Duration.ofSeconds(1), atOnce())) {
                    throw new AssertionError("there is another holder than " + lease.holder());
                } catch (DatabaseLockedException e) {
                    return true;
                }
            }
        },
        FIND_LOCK("200 OK", FOUND, "x-amzn-requestid: 7", "Content-Length: " + FOUND.length()) {
            @Override
            boolean comesWhole() {
                // Where nothing of a body is announced, the client takes the answer for one about no item.
                return locks.find(DATABASE, soon()).isPresent();
            }
        };

        private final String status;
        private final String body;
        private final String headers;

        Call(String status, String body, String... headers) {
            this.status = status;
            this.body = body;
            this.headers = String.join("\r\n", headers);
        }

        /**
         * Makes the call, and requires that what it comes to is either what the service said or no answer at all.
         *
         * @return whether it is what the service said
         */
        abstract boolean comesWhole() throws IOException;

        /** The answer, once with each header as the last. */
        List<String> answers() {
            List<String> answers = new ArrayList<>();
            List<String> rotated = Arrays.asList(headers.split("\r\n"));
            for (int i = 0; i < rotated.size(); i++) {
                Collections.rotate(rotated, 1);
                String head =
                        "HTTP/1.1 " + status + "\r\nConnection: close\r\n" + String.join("\r\n", rotated) + "\r\n\r\n";
                answers.add(head + body);
            }
            return answers;
        }
    }

    @BeforeAll
    static void start() throws IOException {
        server = new Server();
        s3 = configured(S3Client.builder()).forcePathStyle(true).build();
        dynamoDb = configured(DynamoDbClient.builder()).build();
        store = new S3BlobStore(s3, new S3BlobStore.Settings("bucket", "", 1 << 20, 1 << 20), new Random(42));
        locks = new DynamoDbLockManager(dynamoDb);
    }

    /** Clients that send each request once. */
    private static <B extends AwsClientBuilder<B, ?> & AwsSyncClientBuilder<B, ?>> B configured(B builder) {
        return builder.httpClientBuilder(Apache5HttpClient.builder())
                .region(Region.US_EAST_1)
                .endpointOverride(server.endpoint())
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .overrideConfiguration(configuration -> configuration.retryStrategy(AwsRetryStrategy.doNotRetry()));
    }

    @AfterAll
    static void stop() throws IOException {
        s3.close();
        dynamoDb.close();
        server.close();
    }

    @ParameterizedTest
    @EnumSource
    void answer_that_was_cut_is_not_taken_for_another(Call call) throws IOException {
        for (String answer : call.answers()) {
            for (int lengthBytes = 0; lengthBytes < answer.length(); lengthBytes++) {
                boolean unused = comesWhole(call, answer.substring(0, lengthBytes));
            }
            assertThat(comesWhole(call, answer)).isTrue();
        }
    }

    private static boolean comesWhole(Call call, String answer) throws IOException {
        server.answer = answer;
        try {
            return call.comesWhole();
        } catch (CloudSqliteException e) {
            return false;
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("after the answer\n" + answer, e);
        }
    }

    /** Only reading the body tells that its end is missing, or, if it does not come at all, that of the head. */
    private static boolean isFound(GetOutcome outcome, long sizeBytes, Map<String, String> metadata) {
        try (outcome) {
            assertThat(outcome).isInstanceOf(GetOutcome.Found.class);
            GetOutcome.Found found = (GetOutcome.Found) outcome;
            try {
                assertThat(found.body().readAllBytes()).asString().isEqualTo("body");
            } catch (IOException e) {
                return false;
            }
            assertThat(found.info().version()).isEqualTo(VERSION);
            assertThat(found.info().sizeBytes()).isEqualTo(sizeBytes);
            assertThat(found.info().metadata()).isEqualTo(metadata);
            return true;
        }
    }

    private static PutOutcome put() {
        return store.put("a.db", BlobBody.of(new byte[] {1}), Map.of(), PutCondition.ifMatches(VERSION), soon());
    }

    private static Deadline atOnce() {
        return Deadline.after(Duration.ZERO, TimeSource.system());
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(30), TimeSource.system());
    }

    /** Receives a request on each connection, answers what it was told to, and closes it. */
    private static final class Server implements AutoCloseable {

        private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private volatile String answer = "";

        Server() throws IOException {
            Thread thread = new Thread(this::serve, "cut answers");
            thread.setDaemon(true);
            thread.start();
        }

        URI endpoint() {
            return URI.create("http://127.0.0.1:" + listener.getLocalPort());
        }

        private void serve() {
            while (!listener.isClosed()) {
                try (Socket socket = listener.accept()) {
                    receive(socket);
                    socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                    // The client's end, or ours.
                }
            }
        }

        private static void receive(Socket socket) throws IOException {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            int bodyBytes = 0;
            boolean isAskedToGoOn = false;
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                String header = line.toLowerCase(Locale.ROOT);
                if (header.startsWith("content-length:")) {
                    bodyBytes = Integer.parseInt(
                            header.substring(header.indexOf(':') + 1).strip());
                }
                isAskedToGoOn |= header.startsWith("expect:");
            }
            if (isAskedToGoOn) {
                socket.getOutputStream().write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            in.readFully(new byte[bodyBytes]);
        }

        private static String line(InputStream in) throws IOException {
            StringBuilder line = new StringBuilder();
            for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
                if (next != '\r') {
                    line.append((char) next);
                }
            }
            return line.toString();
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }
}
