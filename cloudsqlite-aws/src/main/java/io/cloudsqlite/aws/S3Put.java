package io.cloudsqlite.aws;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.store.PutOutcome;
import io.cloudsqlite.time.Backoff;
import io.cloudsqlite.time.Deadline;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * One put: sends the object, and says exactly what became of it.
 *
 * <table>
 * <caption>What answers mean</caption>
 * <tr><th>answer</th><th>outcome</th></tr>
 * <tr><td>200</td><td>stored</td></tr>
 * <tr><td>412, and 404 NoSuchKey to If-Match</td><td>refused</td></tr>
 * <tr><td>409</td><td>not stored, but no lost race either: another request was under way. Sent again here</td></tr>
 * <tr><td>any other 3xx or 4xx</td><td>not stored</td></tr>
 * <tr><td>5xx, a time-out, a broken connection</td><td>not stored if the body was never given out whole, else unknown</td></tr>
 * <tr><td>any but 200, after the SDK sent the call again</td><td>unknown: it may be about what the first sending stored</td></tr>
 * </table>
 *
 * <p>5xx includes 503 SlowDown: S3 means by it that it did nothing, but servers that speak its protocol use it for writes that
 * they could not finish as well.
 *
 * <p>A large body goes up in parts, which nobody sees until a last request makes them the object, on the condition. Only
 * that request can be in doubt.
 */
final class S3Put {

    private static final Logger LOG = LoggerFactory.getLogger(S3Put.class);

    /** How often a put is sent that other requests for the same key get in the way of. */
    private static final int MAX_CONFLICTS = 8;

    private static final Backoff CONFLICT_BACKOFF = new Backoff(Duration.ofMillis(20), Duration.ofSeconds(1));

    /** S3's limit. */
    private static final int MAX_PARTS = 10_000;

    /** For cleaning up after a failure, which may well be that the deadline has passed. */
    private static final Duration ABORT_TIMEOUT = Duration.ofSeconds(2);

    private static final String CONTENT_TYPE = "application/octet-stream";

    private final S3Client client;
    private final S3BlobStore.Settings settings;
    private final String key;
    private final BlobBody body;
    private final Map<String, String> metadata;
    private final Deadline deadline;
    private final RandomGenerator random;
    private final @Nullable String ifMatch;
    private final @Nullable String ifNoneMatch;

    /** Another request for the same key was under way; this one was not carried out. */
    private static final class ConflictException extends Exception {
        ConflictException(SdkException cause) {
            super(cause);
        }
    }

    S3Put(
            S3Client client,
            S3BlobStore.Settings settings,
            String key,
            BlobBody body,
            Map<String, String> metadata,
            PutCondition condition,
            Deadline deadline,
            RandomGenerator random) {
        this.client = client;
        this.settings = settings;
        this.key = key;
        this.body = body;
        this.metadata = metadata;
        this.deadline = deadline;
        this.random = random;
        this.ifMatch = condition instanceof PutCondition.IfMatches matches ? ETags.quoted(matches.version()) : null;
        this.ifNoneMatch = condition instanceof PutCondition.IfAbsent ? "*" : null;
    }

    /** Sends the object, again and again while other requests get in its way. */
    PutOutcome run() {
        for (int attempt = 1; ; attempt++) {
            try {
                return body.sizeBytes() > settings.multipartAboveBytes() ? putInParts() : putWhole();
            } catch (ConflictException e) {
                if (attempt >= MAX_CONFLICTS || deadline.hasPassed()) {
                    throw new StorageUnavailableException(
                            "Other requests for '" + key + "' got in the way of this one " + attempt
                                    + " times; nothing was stored",
                            e);
                }
                CONFLICT_BACKOFF.pause(attempt, random, deadline, "other requests for '" + key + "' were under way");
                if (hasAnotherVersion()) {
                    return new PutOutcome.Refused();
                }
            }
        }
    }

    /** Looks, before a whole body is sent again in vain. */
    private boolean hasAnotherVersion() {
        if (ifMatch == null) {
            return false;
        }
        try {
            String current = S3Failures.call(() -> client.headObject(request -> request.bucket(settings.bucket())
                            .key(settings.fullKey(key))
                            .overrideConfiguration(CallLimits.until(deadline))))
                    .eTag();
            BlobVersion version = ETags.version(current).orElseThrow(() -> S3Failures.cutOff(settings.bucket(), key));
            return !ifMatch.equals(ETags.quoted(version));
        } catch (SdkException e) {
            if (S3Failures.isNoSuchKey(e)) {
                return true;
            }
            throw S3Failures.unavailable(settings.bucket(), key, e);
        }
    }

    private PutOutcome putWhole() throws ConflictException {
        // What creates an object is sent once: the object may be deleted between two attempts.
        boolean mayBeSentAgain = ifNoneMatch == null;
        try (UploadBody upload = new UploadBody(key, body, mayBeSentAgain, deadline)) {
            try {
                return stored(S3Failures.call(() -> client.putObject(
                                request -> request.bucket(settings.bucket())
                                        .key(settings.fullKey(key))
                                        .metadata(metadata)
                                        .ifMatch(ifMatch)
                                        .ifNoneMatch(ifNoneMatch)
                                        .overrideConfiguration(CallLimits.until(deadline)),
                                RequestBody.fromContentProvider(upload, body.sizeBytes(), CONTENT_TYPE)))
                        .eTag());
            } catch (SdkException e) {
                return judge(e, upload.wasGivenWhole());
            } catch (CloudSqliteException e) {
                // The body failed, but in an attempt after one that it had not failed.
                if (upload.wasGivenWhole()) {
                    return new PutOutcome.Unknown(e);
                }
                throw e;
            }
        }
    }

    /** S3 tells the version of what it has stored, if the answer comes whole. */
    private PutOutcome stored(@Nullable String eTag) {
        return ETags.version(eTag)
                .<PutOutcome>map(PutOutcome.Stored::new)
                .orElseGet(() -> new PutOutcome.Unknown(S3Failures.cutOff(settings.bucket(), key)));
    }

    /** What became of a request that may make the object. */
    private PutOutcome judge(SdkException e, boolean mayHaveArrived) throws ConflictException {
        int status = S3Failures.status(e);
        boolean answered = status >= 300 && status < 500;
        if (answered ? S3Failures.wasSentAgain(e) : mayHaveArrived) {
            // The interrupt flag, if that is why, is set again for the caller.
            Interrupts.caused(e);
            return new PutOutcome.Unknown(e);
        }
        if (status == S3Failures.CONFLICT) {
            throw new ConflictException(e);
        }
        boolean missedItsObject = ifMatch != null && S3Failures.code(e).equals("NoSuchKey");
        if (status == S3Failures.PRECONDITION_FAILED || missedItsObject) {
            return new PutOutcome.Refused();
        }
        throw S3Failures.unavailable(settings.bucket(), key, e);
    }

    private PutOutcome putInParts() throws ConflictException {
        if (body.sizeBytes() > (long) settings.partBytes() * MAX_PARTS) {
            throw new StorageUnavailableException("The body for '" + key + "' is " + body.sizeBytes()
                    + " bytes, more than " + MAX_PARTS + " parts of " + settings.partBytes() + " bytes");
        }
        String uploadId = beginUpload();
        try {
            List<CompletedPart> parts = uploadParts(uploadId);
            PutOutcome outcome = completeUpload(uploadId, parts);
            if (outcome instanceof PutOutcome.Refused) {
                abortUpload(uploadId);
            }
            return outcome;
        } catch (ConflictException | CloudSqliteException e) {
            abortUpload(uploadId);
            throw e;
        } catch (SdkException e) {
            abortUpload(uploadId);
            throw S3Failures.unavailable(settings.bucket(), key, e);
        }
    }

    private String beginUpload() {
        String uploadId;
        try {
            uploadId = S3Failures.call(() -> client.createMultipartUpload(request -> request.bucket(settings.bucket())
                            .key(settings.fullKey(key))
                            .metadata(metadata)
                            .contentType(CONTENT_TYPE)
                            .checksumAlgorithm(ChecksumAlgorithm.CRC32)
                            .overrideConfiguration(CallLimits.until(deadline))))
                    .uploadId();
        } catch (SdkException e) {
            throw S3Failures.unavailable(settings.bucket(), key, e);
        }
        if (uploadId == null) {
            throw S3Failures.cutOff(settings.bucket(), key);
        }
        return uploadId;
    }

    /** One part after the other, each held in memory while it is sent, for the SDK may have to send it again. */
    private List<CompletedPart> uploadParts(String uploadId) {
        List<CompletedPart> parts = new ArrayList<>();
        byte[] buffer = new byte[(int) Math.min(settings.partBytes(), body.sizeBytes())];
        try (UploadBody upload = new UploadBody(key, body, true, deadline)) {
            InputStream in = upload.newStream();
            while (!upload.wasGivenWhole()) {
                int sizeBytes = in.readNBytes(buffer, 0, buffer.length);
                parts.add(uploadPart(uploadId, parts.size() + 1, buffer, sizeBytes));
            }
        } catch (IOException e) {
            throw new AssertionError("an upload's body throws exceptions of its own", e);
        }
        return parts;
    }

    private CompletedPart uploadPart(String uploadId, int number, byte[] buffer, int sizeBytes) {
        UploadPartResponse response = S3Failures.call(() -> client.uploadPart(
                request -> request.bucket(settings.bucket())
                        .key(settings.fullKey(key))
                        .uploadId(uploadId)
                        .partNumber(number)
                        .checksumAlgorithm(ChecksumAlgorithm.CRC32)
                        .overrideConfiguration(CallLimits.until(deadline)),
                RequestBody.fromContentProvider(
                        () -> new ByteArrayInputStream(buffer, 0, sizeBytes), sizeBytes, CONTENT_TYPE)));
        return CompletedPart.builder()
                .partNumber(number)
                .eTag(response.eTag())
                .checksumCRC32(response.checksumCRC32())
                .build();
    }

    private PutOutcome completeUpload(String uploadId, List<CompletedPart> parts) throws ConflictException {
        try {
            return stored(S3Failures.call(
                            () -> client.completeMultipartUpload(request -> request.bucket(settings.bucket())
                                    .key(settings.fullKey(key))
                                    .uploadId(uploadId)
                                    .multipartUpload(upload -> upload.parts(parts))
                                    .ifMatch(ifMatch)
                                    .ifNoneMatch(ifNoneMatch)
                                    .overrideConfiguration(CallLimits.until(deadline))))
                    .eTag());
        } catch (SdkException e) {
            return judge(e, true);
        }
    }

    /** Lets S3 forget the parts, by an interrupted thread too. Those that it cannot, the bucket's lifecycle rule ends. */
    private void abortUpload(String uploadId) {
        boolean interrupted = Thread.interrupted();
        try {
            S3Failures.call(() -> client.abortMultipartUpload(request -> request.bucket(settings.bucket())
                    .key(settings.fullKey(key))
                    .uploadId(uploadId)
                    .overrideConfiguration(CallLimits.of(ABORT_TIMEOUT))));
        } catch (SdkException e) {
            LOG.debug("upload not aborted, the lifecycle rule of the bucket does key={}", key, e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
