package io.cloudsqlite.aws;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.store.Race;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.exception.SdkServiceException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Whether the emulators are fit to test against: no S3 server that runs on one machine was atomic of itself, and a test of
 * compare-and-swap on such a server proves nothing. The SDK's clients are used bare here.
 */
@ExtendWith(Emulators.Shared.class)
final class EmulatorAtomicityIT {

    private static final int THREADS = 32;
    private static final int ROUNDS = 6;
    private static final String KEY = "contended";

    private static S3Client s3;
    private static DynamoDbClient dynamoDb;
    private static Emulators emulators;

    private String bucket;

    @BeforeAll
    static void start(Emulators shared) {
        emulators = shared;
        s3 = shared.s3();
        dynamoDb = shared.dynamoDb();
    }

    @BeforeEach
    void create_bucket() {
        bucket = emulators.newBucket();
    }

    private static RequestBody body(String text) {
        return RequestBody.fromString(text, StandardCharsets.UTF_8);
    }

    private String put(String text) {
        return s3.putObject(request -> request.bucket(bucket).key(KEY), body(text))
                .eTag();
    }

    /** The status of the answer, with which losers of a race are told. */
    private static int status(Callable<?> call) throws Exception {
        try {
            call.call();
            return 200;
        } catch (SdkServiceException e) {
            return e.statusCode();
        }
    }

    private static void assertOneWinner(List<Integer> statuses, Integer... losers) {
        assertThat(statuses).filteredOn(status -> status == 200).hasSize(1);
        assertThat(statuses).filteredOn(status -> status != 200).isSubsetOf(losers);
    }

    @Test
    void of_racing_puts_on_one_etag_one_wins() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            String eTag = put("base " + round);
            assertOneWinner(
                    Race.run(
                            THREADS,
                            runner -> status(() -> s3.putObject(
                                    request -> request.bucket(bucket).key(KEY).ifMatch(eTag), body("by " + runner)))),
                    412);
        }
    }

    @Test
    void of_racing_puts_of_a_new_object_one_wins() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            String key = KEY + round;
            assertOneWinner(
                    Race.run(
                            THREADS,
                            runner -> status(() -> s3.putObject(
                                    request -> request.bucket(bucket).key(key).ifNoneMatch("*"),
                                    body("by " + runner)))),
                    412);
        }
    }

    @Test
    void of_racing_uploads_in_parts_one_wins() throws Exception {
        for (int round = 0; round < ROUNDS / 2; round++) {
            String eTag = put("base " + round);
            assertOneWinner(
                    Race.run(THREADS / 2, runner -> {
                        String upload = s3.createMultipartUpload(
                                        request -> request.bucket(bucket).key(KEY))
                                .uploadId();
                        String part = s3.uploadPart(
                                        request -> request.bucket(bucket)
                                                .key(KEY)
                                                .uploadId(upload)
                                                .partNumber(1),
                                        body("by " + runner))
                                .eTag();
                        CompletedPart completed =
                                CompletedPart.builder().partNumber(1).eTag(part).build();
                        return status(() -> s3.completeMultipartUpload(request -> request.bucket(bucket)
                                .key(KEY)
                                .uploadId(upload)
                                .ifMatch(eTag)
                                .multipartUpload(parts -> parts.parts(completed))));
                    }),
                    412);
        }
    }

    @Test
    void of_racing_deletes_of_one_etag_one_wins() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            String eTag = put("base " + round);
            assertOneWinner(
                    Race.run(
                            THREADS,
                            runner -> status(() -> s3.deleteObject(
                                    request -> request.bucket(bucket).key(KEY).ifMatch(eTag)))),
                    404);
        }
    }

    @Test
    void of_a_racing_put_and_delete_of_one_etag_one_wins() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            String eTag = put("base " + round);
            assertOneWinner(
                    Race.run(
                            2,
                            runner -> status(() -> runner == 0
                                    ? s3.deleteObject(request ->
                                            request.bucket(bucket).key(KEY).ifMatch(eTag))
                                    : s3.putObject(
                                            request -> request.bucket(bucket)
                                                    .key(KEY)
                                                    .ifMatch(eTag),
                                            body("new")))),
                    404,
                    412);
        }
    }

    @Test
    void reads_during_puts_are_whole() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        putLetters(0);

        Race.run(4, runner -> {
            if (runner == 0) {
                for (int i = 1; i <= 100; i++) {
                    putLetters(i);
                }
                done.set(true);
            }
            while (!done.get()) {
                ResponseBytes<GetObjectResponse> got =
                        s3.getObjectAsBytes(request -> request.bucket(bucket).key(KEY));
                byte[] expected = new byte[got.response().contentLength().intValue()];
                Arrays.fill(
                        expected, (byte) got.response().metadata().get("letter").charAt(0));
                assertThat(Arrays.equals(got.asByteArrayUnsafe(), expected)).isTrue();
            }
            return null;
        });
    }

    private void putLetters(int number) {
        byte[] bytes = new byte[10_000 + number * 7_001 % 100_000];
        Arrays.fill(bytes, (byte) ('a' + number % 26));
        s3.putObject(
                request ->
                        request.bucket(bucket).key(KEY).metadata(Map.of("letter", Character.toString((char) bytes[0]))),
                RequestBody.fromBytes(bytes));
    }

    @Test
    void of_racing_conditional_items_one_wins() throws Exception {
        String table = emulators.newLockTable();
        for (int round = 0; round < ROUNDS; round++) {
            String database = "db" + round;
            assertOneWinner(
                    Race.run(
                            THREADS,
                            runner -> status(() -> dynamoDb.putItem(request -> request.tableName(table)
                                    .item(LockItem.key(database))
                                    .conditionExpression("attribute_not_exists(database_name)")))),
                    400);
        }
    }
}
