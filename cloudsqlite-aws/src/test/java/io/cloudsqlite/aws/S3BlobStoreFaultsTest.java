package io.cloudsqlite.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.store.PutOutcome;
import io.cloudsqlite.store.PutOutcome.Refused;
import io.cloudsqlite.store.PutOutcome.Stored;
import io.cloudsqlite.store.PutOutcome.Unknown;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.TimeSource;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.s3.S3Client;

/** What becomes of calls that S3 answers as no server in reach does. The client sends a call up to three times. */
final class S3BlobStoreFaultsTest {

    private static final String PATH = "/bucket/app.db";
    private static final BlobVersion BASE = new BlobVersion("base");
    private static final PutCondition IF_BASE = PutCondition.ifMatches(BASE);

    private final ScriptedHttp http = new ScriptedHttp();
    private final S3Client client =
            http.configured(S3Client.builder()).forcePathStyle(true).build();
    private final S3BlobStore store =
            new S3BlobStore(client, new S3BlobStore.Settings("bucket", "", 10, 8), new Random(42));

    @AfterEach
    void clear_interrupt() {
        Thread.interrupted();
    }

    /** Pauses between attempts of ours take no time; those of the SDK do. */
    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(30), new ManualTime());
    }

    private static Deadline in(Duration duration) {
        return Deadline.after(duration, TimeSource.system());
    }

    private PutOutcome put(PutCondition condition) {
        return put("body", condition, soon());
    }

    private PutOutcome putInParts(PutCondition condition) {
        return put("a body in 3 parts", condition, soon());
    }

    private PutOutcome put(String body, PutCondition condition, Deadline deadline) {
        return store.put("app.db", BlobBody.of(body.getBytes(StandardCharsets.UTF_8)), Map.of(), condition, deadline);
    }

    // --- conflicts: 409 is no lost race ---

    @Test
    void put_that_another_request_got_in_the_way_of_is_sent_again() {
        http.thenXml(409, "ConditionalRequestConflict").thenStatus(200, "ETag", "\"new\"");

        assertThat(put(PutCondition.IF_ABSENT)).isEqualTo(new Stored(new BlobVersion("new")));

        assertThat(http.requests()).containsExactly("PUT " + PATH, "PUT " + PATH);
    }

    @Test
    void after_a_conflict_the_version_is_looked_at_before_the_body_is_sent_again() {
        http.thenXml(409, "ConditionalRequestConflict")
                .thenStatus(200, "ETag", "\"base\"")
                .thenStatus(200, "ETag", "\"new\"");

        assertThat(put(IF_BASE)).isEqualTo(new Stored(new BlobVersion("new")));

        assertThat(http.requests()).containsExactly("PUT " + PATH, "HEAD " + PATH, "PUT " + PATH);
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 404})
    void after_a_conflict_another_version_is_a_refusal(int status) {
        http.thenXml(409, "ConditionalRequestConflict").thenStatus(status, "ETag", "\"other\"");

        assertThat(put(IF_BASE)).isInstanceOf(Refused.class);

        assertThat(http.requests()).containsExactly("PUT " + PATH, "HEAD " + PATH);
    }

    @Test
    void endless_conflicts_end_with_nothing_stored() {
        for (int i = 0; i < 100; i++) {
            http.thenXml(409, "ConditionalRequestConflict");
        }

        assertThatThrownBy(() -> put(PutCondition.IF_ABSENT)).isInstanceOf(StorageUnavailableException.class);

        assertThat(http.requests()).hasSizeBetween(2, 20);
    }

    // --- answers that were cut off in their heads, which HTTP clients take for whole ---

    @Test
    void put_whose_answer_was_cut_off_is_unknown() {
        http.thenCutAfter(200);

        assertThat(put(IF_BASE)).isInstanceOf(Unknown.class);
    }

    @Test
    void upload_is_not_begun_without_an_id_and_unknown_without_an_answer_to_its_end() {
        http.thenCutAfter(200);
        assertThatThrownBy(() -> putInParts(IF_BASE)).isInstanceOf(StorageUnavailableException.class);
        assertThat(http.requests()).containsExactly("POST " + PATH + "?uploads");

        http.thenAnswer(200, request -> "<R><UploadId>id</UploadId></R>")
                .thenStatus(200, "ETag", "\"1\"")
                .thenStatus(200, "ETag", "\"2\"")
                .thenStatus(200, "ETag", "\"3\"")
                .thenCutAfter(200);
        assertThat(putInParts(IF_BASE)).isInstanceOf(Unknown.class);
    }

    @Test
    void read_whose_answer_was_cut_off_fails() {
        http.thenCutAfter(200)
                .thenCutAfter(200, "ETag", "\"base\"")
                .thenCutAfter(200, "ETag", "\"base\"", "Content-Length", "4");

        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> store.get("app.db", Optional.empty(), soon()))
                    .isInstanceOf(StorageUnavailableException.class);
        }
    }

    @Test
    void metadata_that_were_cut_off_are_not_taken_for_none() {
        http.thenCutAfter(
                206,
                "ETag",
                "\"base\"",
                "Last-Modified",
                "Fri, 27 Nov 2026 20:00:00 GMT",
                "Content-Range",
                "bytes 0-0/4",
                "Content-Length",
                "1");

        assertThatThrownBy(() -> store.head("app.db", soon())).isInstanceOf(StorageUnavailableException.class);
    }

    @Test
    void listing_that_was_cut_off_is_not_taken_for_empty() {
        http.thenCutAfter(200);

        assertThatThrownBy(() -> store.list("", Optional.empty(), 10, soon()))
                .isInstanceOf(StorageUnavailableException.class);
    }

    // --- refusals ---

    @Test
    void condition_that_does_not_hold_is_a_refusal() {
        http.thenXml(412, "PreconditionFailed").thenXml(404, "NoSuchKey");

        assertThat(put(PutCondition.IF_ABSENT)).isInstanceOf(Refused.class);
        assertThat(put(IF_BASE)).isInstanceOf(Refused.class);
    }

    @Test
    void refusal_of_a_put_that_the_client_sent_twice_is_unknown() {
        http.thenBreak().thenXml(412, "PreconditionFailed");

        assertThat(put(IF_BASE)).isInstanceOf(Unknown.class);

        assertThat(http.requests()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"403 AccessDenied", "404 NoSuchBucket", "400 RequestTimeout", "301 PermanentRedirect"})
    void other_refusals_say_that_nothing_was_stored(String answer) {
        int status = Integer.parseInt(answer.substring(0, 3));
        for (int i = 0; i < 3; i++) {
            http.thenXml(status, answer.substring(4));
        }

        if (status == 400) {
            // The client sent it again, so an earlier sending might have been stored.
            assertThat(put(IF_BASE)).isInstanceOf(Unknown.class);
        } else {
            assertThatThrownBy(() -> put(IF_BASE)).isInstanceOf(StorageUnavailableException.class);
        }
    }

    @Test
    void forbidden_is_never_absent() {
        for (int i = 0; i < 4; i++) {
            http.thenXml(403, "AccessDenied");
        }

        assertThatThrownBy(() -> store.get("app.db", Optional.empty(), soon()))
                .isInstanceOf(StorageUnavailableException.class)
                .hasMessageContaining("s3:ListBucket");
        assertThatThrownBy(() -> store.getRange("app.db", Optional.of(BASE), 0, 1, soon()))
                .isInstanceOf(StorageUnavailableException.class);
        assertThatThrownBy(() -> store.head("app.db", soon())).isInstanceOf(StorageUnavailableException.class);
        assertThatThrownBy(() -> store.delete("app.db", BASE, soon())).isInstanceOf(StorageUnavailableException.class);
    }

    @Test
    void missing_bucket_is_not_a_missing_object() {
        http.thenXml(404, "NoSuchBucket");

        assertThatThrownBy(() -> store.get("app.db", Optional.empty(), soon()))
                .isInstanceOf(StorageUnavailableException.class);
    }

    // --- doubt ---

    @ParameterizedTest
    @ValueSource(strings = {"500 InternalError", "503 SlowDown", "503 ServiceUnavailable"})
    void put_that_the_server_failed_at_is_unknown(String answer) {
        for (int i = 0; i < 3; i++) {
            http.thenXml(Integer.parseInt(answer.substring(0, 3)), answer.substring(4));
        }

        assertThat(put(IF_BASE)).isInstanceOf(Unknown.class);
    }

    @Test
    void server_that_is_too_busy_once_is_asked_again() {
        http.thenXml(503, "SlowDown").thenStatus(200, "ETag", "\"new\"");

        assertThat(put(IF_BASE)).isEqualTo(new Stored(new BlobVersion("new")));
    }

    @Test
    void put_whose_answer_is_lost_is_unknown() {
        http.thenBreak().thenBreak().thenBreak();

        assertThat(put(IF_BASE)).isInstanceOf(Unknown.class);
    }

    @Test
    void put_that_never_left_is_not_stored() {
        http.thenRefuseConnection().thenRefuseConnection().thenRefuseConnection();

        assertThatThrownBy(() -> put(IF_BASE)).isInstanceOf(StorageUnavailableException.class);
    }

    @Test
    void body_that_fails_after_it_was_sent_whole_once_leaves_the_put_unknown() {
        http.thenBreak().thenStatus(200, "ETag", "\"new\"");
        BlobBody failing = new BlobBody() {
            private boolean opened;

            @Override
            public long sizeBytes() {
                return 4;
            }

            @Override
            public InputStream open() throws IOException {
                if (opened) {
                    throw new IOException("scripted fault: cannot be opened again");
                }
                opened = true;
                return new ByteArrayInputStream(new byte[4]);
            }
        };

        assertThat(store.put("app.db", failing, Map.of(), IF_BASE, soon())).isInstanceOf(Unknown.class);
    }

    @Test
    void put_that_is_not_answered_by_the_deadline_is_unknown() {
        http.thenHang(new CountDownLatch(1));

        assertThat(put("body", IF_BASE, in(Duration.ofMillis(300)))).isInstanceOf(Unknown.class);

        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void get_that_is_not_answered_by_the_deadline_fails() {
        http.thenHang(new CountDownLatch(1));

        assertThatThrownBy(() -> store.get("app.db", Optional.empty(), in(Duration.ofMillis(300))))
                .isInstanceOf(StorageUnavailableException.class)
                .hasMessageContaining("in time");
    }

    @Test
    void body_that_is_slower_than_the_deadline_is_not_stored() {
        http.thenStatus(200, "ETag", "\"new\"");
        CountDownLatch never = new CountDownLatch(1);
        BlobBody slow = new BlobBody() {
            @Override
            public long sizeBytes() {
                return 4;
            }

            @Override
            public InputStream open() {
                return new FilterInputStream(InputStream.nullInputStream()) {
                    @Override
                    public int read(byte[] target, int offset, int length) throws IOException {
                        try {
                            never.await();
                            return -1;
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                            throw new IOException("interrupted", e);
                        }
                    }
                };
            }
        };

        assertThatThrownBy(() -> store.put("app.db", slow, Map.of(), IF_BASE, in(Duration.ofMillis(300))))
                .isInstanceOf(StorageUnavailableException.class);

        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void put_that_is_interrupted_while_it_waits_for_the_answer_is_unknown() {
        interruptWhenReceived();

        assertThat(put("body", IF_BASE, in(Duration.ofSeconds(30)))).isInstanceOf(Unknown.class);

        assertThat(Thread.interrupted()).as("the interrupt flag afterwards").isTrue();
    }

    @Test
    void get_that_is_interrupted_while_it_waits_for_the_answer_says_so() {
        interruptWhenReceived();

        assertThatThrownBy(() -> store.get("app.db", Optional.empty(), in(Duration.ofSeconds(30))))
                .isInstanceOf(OperationInterruptedException.class);

        assertThat(Thread.interrupted()).as("the interrupt flag afterwards").isTrue();
    }

    private void interruptWhenReceived() {
        CountDownLatch received = new CountDownLatch(1);
        http.thenHang(received);
        Thread caller = Thread.currentThread();
        new Thread(() -> {
                    try {
                        received.await();
                        caller.interrupt();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                })
                .start();
    }

    // --- parts ---

    private ScriptedHttp threeParts() {
        http.thenAnswer(200, body -> "<R><UploadId>u</UploadId></R>");
        for (int i = 0; i < 3; i++) {
            http.thenStatus(200, "ETag", "\"part\"");
        }
        return http;
    }

    private static List<String> requestsOfThreeParts() {
        return List.of(
                "POST " + PATH + "?uploads",
                "PUT " + PATH + "?partNumber=1&uploadId=u",
                "PUT " + PATH + "?partNumber=2&uploadId=u",
                "PUT " + PATH + "?partNumber=3&uploadId=u",
                "POST " + PATH + "?uploadId=u");
    }

    @Test
    void parts_become_the_object_by_the_last_request() {
        threeParts().thenAnswer(200, body -> "<R><ETag>\"new-3\"</ETag></R>");

        assertThat(putInParts(IF_BASE)).isEqualTo(new Stored(new BlobVersion("new-3")));

        assertThat(http.requests()).isEqualTo(requestsOfThreeParts());
    }

    @Test
    void parts_whose_condition_does_not_hold_are_refused_and_given_up() {
        threeParts().thenXml(412, "PreconditionFailed").thenStatus(204);

        assertThat(putInParts(IF_BASE)).isInstanceOf(Refused.class);

        assertThat(http.requests()).hasSize(6).endsWith("DELETE " + PATH + "?uploadId=u");
    }

    @Test
    void parts_whose_last_answer_is_lost_are_unknown_and_not_given_up() {
        threeParts().thenBreak().thenBreak().thenBreak();

        assertThat(putInParts(IF_BASE)).isInstanceOf(Unknown.class);

        assertThat(http.requests()).noneMatch(request -> request.startsWith("DELETE"));
    }

    @Test
    void upload_that_is_gone_when_the_last_request_is_sent_again_is_unknown() {
        threeParts().thenBreak().thenXml(404, "NoSuchUpload");

        assertThat(putInParts(IF_BASE)).isInstanceOf(Unknown.class);
    }

    @Test
    void part_that_cannot_be_sent_ends_the_upload_with_nothing_stored() {
        http.thenAnswer(200, body -> "<R><UploadId>u</UploadId></R>")
                .thenBreak()
                .thenBreak()
                .thenBreak()
                .thenStatus(204);

        assertThatThrownBy(() -> putInParts(IF_BASE)).isInstanceOf(StorageUnavailableException.class);

        assertThat(http.requests()).endsWith("DELETE " + PATH + "?uploadId=u");
    }

    @Test
    void parts_that_another_request_got_in_the_way_of_are_sent_again_from_the_first() {
        threeParts().thenXml(409, "ConditionalRequestConflict").thenStatus(204);
        threeParts().thenAnswer(200, body -> "<R><ETag>\"new-3\"</ETag></R>");

        assertThat(putInParts(PutCondition.IF_ABSENT)).isInstanceOf(Stored.class);

        assertThat(http.requests()).hasSize(11).contains("DELETE " + PATH + "?uploadId=u");
    }

    // --- reads ---

    @Test
    void body_that_ends_too_early_fails() {
        http.thenStatus(
                200, "ETag", "\"base\"", "Content-Length", "10", "Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT");

        try (GetOutcome got = store.get("app.db", Optional.empty(), soon())) {
            assertThatThrownBy(() -> ((GetOutcome.Found) got).body().readAllBytes())
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void body_that_is_not_what_its_checksum_says_fails() {
        http.thenAnswer(
                200,
                body -> "corrupt",
                "ETag",
                "\"base\"",
                "x-amz-checksum-crc32",
                "AAAAAA==",
                "Last-Modified",
                "Thu, 01 Jan 2026 00:00:00 GMT");

        try (GetOutcome got = store.get("app.db", Optional.empty(), soon())) {
            assertThatThrownBy(() -> ((GetOutcome.Found) got).body().readAllBytes())
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void whole_object_in_place_of_a_range_is_not_taken_for_it() {
        http.thenAnswer(200, body -> "0123456789", "ETag", "\"base\"");

        assertThatThrownBy(() -> store.getRange("app.db", Optional.of(BASE), 5, 2, soon()))
                .isInstanceOf(StorageUnavailableException.class);
    }

    // --- deletes ---

    @Test
    void conditional_delete_that_the_client_sent_twice_is_not_called_undone() {
        http.thenStatus(200, "ETag", "\"base\"").thenBreak().thenXml(404, "NoSuchKey");

        assertThatThrownBy(() -> store.delete("app.db", BASE, soon())).isInstanceOf(StorageUnavailableException.class);
    }

    @Test
    void object_that_was_not_deleted_among_many_is_told() {
        http.thenAnswer(
                200, body -> "<R><Error><Key>b</Key><Code>AccessDenied</Code><Message>scripted</Message></Error></R>");

        assertThatThrownBy(() -> store.delete(List.of("a", "b"), soon()))
                .isInstanceOf(StorageUnavailableException.class)
                .hasMessageContaining("1 of 2")
                .hasMessageContaining("'b'");
    }
}
