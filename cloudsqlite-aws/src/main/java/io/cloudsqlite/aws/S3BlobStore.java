package io.cloudsqlite.aws;

import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.BlobInfo;
import io.cloudsqlite.store.BlobPage;
import io.cloudsqlite.store.BlobRules;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.store.PutOutcome;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.SystemRandom;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.S3ServiceClientConfiguration;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/**
 * The objects of an S3 bucket, or of those below a prefix in it.
 *
 * <pre>{@code
 * S3Client client = AwsClients.standard().s3();
 * BlobStore store = new S3BlobStore(client, "my-databases");
 * CloudSqlite cloud = CloudSqlite.builder(store, locks).build();
 * }</pre>
 *
 * <p>A version is an ETag, a condition of a put {@code If-Match} or {@code If-None-Match: *}, which S3 checks and acts on in
 * one step. {@link S3Put} tells how the answers become outcomes, and which are in doubt. Reads are tried again by the client
 * itself, within the deadline.
 *
 * <p>Every upload carries a CRC-32 that S3 verifies before it stores anything, and every download of a whole object that was
 * put in one piece is compared with the checksum that S3 keeps of it. A mismatch is a failure to read the body.
 *
 * <p>What it asks of the server: strong consistency; conditional writes, and conditional deletes with {@code If-Match}, which
 * general purpose buckets have since 2025 (a server that ignores the condition would delete newer versions: {@link
 * #delete(String, BlobVersion, Deadline)} looks first, which leaves a moment); and user metadata.
 * Of the caller it asks s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on the objects, and
 * s3:ListBucket on the bucket. In a bucket that keeps versions, only the current ones are seen.
 *
 * <p>Objects whose keys {@link BlobRules} would not accept are passed over in listings. Safe for use by many threads; starts
 * none. The client stays the caller's, who closes it.
 */
public final class S3BlobStore implements BlobStore {

    private static final int MAX_DELETES_PER_REQUEST = 1_000;
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes \\d+-\\d+/(\\d+)");

    /** No object is as large, so a range as long goes to the end. */
    private static final long MAX_OBJECT_BYTES = 1L << 50;

    private final S3Client client;
    private final Settings settings;
    private final RandomGenerator random;

    /**
     * Where objects are and how they get there.
     *
     * @param prefix what all keys in the bucket begin with: empty, or ends with a slash
     * @param multipartAboveBytes the largest body that is sent in one request
     * @param partBytes how large the parts of a larger one are; S3 wants 5 MiB or more of all but the last
     */
    record Settings(String bucket, String prefix, long multipartAboveBytes, int partBytes) {

        private static final long MULTIPART_ABOVE_BYTES = 64L << 20;
        private static final int PART_BYTES = 16 << 20;

        Settings {
            if (!prefix.isEmpty()
                    && !(prefix.endsWith("/") && BlobRules.isKey(prefix.substring(0, prefix.length() - 1)))) {
                throw new IllegalArgumentException(
                        "The prefix of a store is empty, or a key with a slash behind it, such as 'prod/'");
            }
        }

        static Settings of(String bucket, String prefix) {
            boolean needsSlash = !prefix.isEmpty() && !prefix.endsWith("/");
            return new Settings(bucket, needsSlash ? prefix + "/" : prefix, MULTIPART_ABOVE_BYTES, PART_BYTES);
        }

        String fullKey(String key) {
            return prefix + key;
        }

        String key(String fullKey) {
            return fullKey.substring(prefix.length());
        }
    }

    /** The objects of the bucket {@code bucket}. */
    public S3BlobStore(S3Client client, String bucket) {
        this(client, bucket, "");
    }

    /**
     * The objects of the bucket {@code bucket} whose keys begin with {@code prefix} and a slash; the keys of this store are
     * what follows.
     *
     * @throws IllegalArgumentException if {@code prefix} is not empty and no key of an object
     */
    public S3BlobStore(S3Client client, String bucket, String prefix) {
        this(client, Settings.of(bucket, prefix), SystemRandom.create());
    }

    S3BlobStore(S3Client client, Settings settings, RandomGenerator random) {
        this.client = client;
        this.settings = settings;
        this.random = random;
    }

    @Override
    public GetOutcome get(String key, Optional<BlobVersion> unlessVersion, Deadline deadline) {
        BlobRules.checkKey(key);
        BlobRules.checkMayBegin(deadline);
        return get(key, deadline, request -> unlessVersion.map(ETags::quoted).ifPresent(request::ifNoneMatch));
    }

    @Override
    public GetOutcome getRange(
            String key, Optional<BlobVersion> version, long offsetBytes, long lengthBytes, Deadline deadline) {
        BlobRules.checkKey(key);
        BlobRules.checkRange(offsetBytes, lengthBytes);
        BlobRules.checkMayBegin(deadline);
        boolean isToTheEnd = Math.max(offsetBytes, lengthBytes) >= MAX_OBJECT_BYTES;
        String last = isToTheEnd ? "" : Long.toString(offsetBytes + lengthBytes - 1);
        return get(key, deadline, request -> {
            version.map(ETags::quoted).ifPresent(request::ifMatch);
            request.range("bytes=" + offsetBytes + "-" + last);
        });
    }

    private GetOutcome get(String key, Deadline deadline, Consumer<GetObjectRequest.Builder> conditions) {
        GetObjectRequest request = GetObjectRequest.builder()
                .bucket(settings.bucket())
                .key(settings.fullKey(key))
                .checksumMode(ChecksumMode.ENABLED)
                .overrideConfiguration(CallLimits.until(deadline))
                .applyMutation(conditions)
                .build();
        try {
            ResponseInputStream<GetObjectResponse> in = S3Failures.call(() -> client.getObject(request));
            GetObjectResponse response = in.response();
            if (request.range() != null && response.contentRange() == null) {
                in.abort();
                throw new StorageUnavailableException(
                        "The server sent the whole object '" + key + "' where a range of it was asked for");
            }
            Optional<BlobInfo> info =
                    info(key, response.eTag(), sizeBytes(response), response.lastModified(), response.metadata());
            if (info.isEmpty()) {
                in.abort();
                throw S3Failures.cutOff(settings.bucket(), key);
            }
            return new GetOutcome.Found(info.get(), new ObjectStream(in, key));
        } catch (SdkException e) {
            int status = S3Failures.status(e);
            if (status == S3Failures.NOT_MODIFIED) {
                return new GetOutcome.NotModified();
            }
            if (status == S3Failures.PRECONDITION_FAILED || S3Failures.isNoSuchKey(e)) {
                return new GetOutcome.Absent();
            }
            if (status == S3Failures.RANGE_NOT_SATISFIABLE) {
                throw new IllegalArgumentException("The offset is not below the size of the object '" + key + "'", e);
            }
            throw S3Failures.unavailable(settings.bucket(), key, e);
        }
    }

    /**
     * What the head of an answer tells of an object; empty if that lacks anything which S3 always tells. A connection that ends in
     * the middle of a head ends the head for HTTP clients, Apache's among them: headers, metadata too, are missing as if nobody
     * had sent them, or end in their middle. Where a body is to follow, it does not come, but before it is read only this shows.
     */
    private static Optional<BlobInfo> info(
            String key,
            @Nullable String eTag,
            @Nullable Long sizeBytes,
            @Nullable Instant lastModified,
            Map<String, String> metadata) {
        return sizeBytes == null || lastModified == null
                ? Optional.empty()
                : ETags.version(eTag).map(version -> new BlobInfo(key, version, sizeBytes, lastModified, metadata));
    }

    /** The size of the whole object: behind the slash of {@code bytes 2-4/10} where a range of it was asked for. */
    private static @Nullable Long sizeBytes(GetObjectResponse response) {
        if (response.contentLength() == null || response.contentRange() == null) {
            return response.contentLength();
        }
        Matcher range = CONTENT_RANGE.matcher(response.contentRange());
        return range.matches() ? Long.valueOf(range.group(1)) : null;
    }

    /** Asks for the first byte as well, without which it could not be told that metadata were cut off the answer's head. */
    @Override
    public Optional<BlobInfo> head(String key, Deadline deadline) {
        BlobRules.checkKey(key);
        BlobRules.checkMayBegin(deadline);
        GetOutcome outcome;
        try {
            outcome = get(key, deadline, request -> request.range("bytes=0-0"));
        } catch (IllegalArgumentException e) {
            // An empty object has no first byte.
            return headOfEmpty(key, deadline);
        }
        if (!(outcome instanceof GetOutcome.Found found)) {
            return Optional.empty();
        }
        try (InputStream body = found.body()) {
            if (body.read() < 0) {
                throw S3Failures.cutOff(settings.bucket(), key);
            }
            return Optional.of(found.info());
        } catch (IOException e) {
            throw new StorageUnavailableException("The answer of S3 for '" + key + "' could not be read", e);
        }
    }

    private Optional<BlobInfo> headOfEmpty(String key, Deadline deadline) {
        try {
            HeadObjectResponse response =
                    S3Failures.call(() -> client.headObject(request -> request.bucket(settings.bucket())
                            .key(settings.fullKey(key))
                            .overrideConfiguration(CallLimits.until(deadline))));
            return Optional.of(
                    info(key, response.eTag(), response.contentLength(), response.lastModified(), response.metadata())
                            .orElseThrow(() -> S3Failures.cutOff(settings.bucket(), key)));
        } catch (SdkException e) {
            if (S3Failures.isNoSuchKey(e)) {
                return Optional.empty();
            }
            throw S3Failures.unavailable(settings.bucket(), key, e);
        }
    }

    @Override
    public PutOutcome put(
            String key, BlobBody body, Map<String, String> metadata, PutCondition condition, Deadline deadline) {
        BlobRules.checkKey(key);
        BlobRules.checkMetadata(metadata);
        BlobRules.checkMayBegin(deadline);
        return new S3Put(client, settings, key, body, metadata, condition, deadline, random).run();
    }

    @Override
    public BlobPage list(String prefix, Optional<String> after, int limit, Deadline deadline) {
        BlobRules.checkLimit(limit);
        BlobRules.checkMayBegin(deadline);
        if (!isBeginOfKeys(prefix)) {
            return new BlobPage(List.of(), Optional.empty());
        }
        try {
            ListObjectsV2Response response = S3Failures.call(() -> client.listObjectsV2(request -> {
                request.bucket(settings.bucket())
                        .prefix(settings.fullKey(prefix))
                        .maxKeys(limit)
                        .overrideConfiguration(CallLimits.until(deadline));
                after.map(settings::fullKey).ifPresent(request::startAfter);
            }));
            if (response.isTruncated() == null) {
                throw S3Failures.cutOff(settings.bucket(), prefix);
            }
            return page(response);
        } catch (SdkException e) {
            throw S3Failures.unavailable(settings.bucket(), "", e);
        }
    }

    /** Whether any key begins so; to a prefix such as {@code ../} some servers answer with an error. */
    private static boolean isBeginOfKeys(String prefix) {
        return prefix.isEmpty() || BlobRules.isKey(prefix) || BlobRules.isKey(prefix + "0");
    }

    private BlobPage page(ListObjectsV2Response response) {
        List<BlobInfo> blobs = new ArrayList<>();
        Optional<String> last = Optional.empty();
        for (S3Object object : response.contents()) {
            String key = settings.key(object.key());
            last = Optional.of(key);
            if (BlobRules.isKey(key)) {
                BlobVersion version =
                        ETags.version(object.eTag()).orElseThrow(() -> S3Failures.cutOff(settings.bucket(), key));
                blobs.add(new BlobInfo(key, version, object.size(), object.lastModified(), Map.of()));
            }
        }
        return new BlobPage(blobs, response.isTruncated() ? last : Optional.empty());
    }

    @Override
    public void delete(Collection<String> keys, Deadline deadline) {
        keys.forEach(BlobRules::checkKey);
        BlobRules.checkMayBegin(deadline);
        List<String> distinct = keys.stream().distinct().toList();
        for (int from = 0; from < distinct.size(); from += MAX_DELETES_PER_REQUEST) {
            deleteAtOnce(distinct.subList(from, Math.min(distinct.size(), from + MAX_DELETES_PER_REQUEST)), deadline);
        }
    }

    private void deleteAtOnce(List<String> keys, Deadline deadline) {
        List<ObjectIdentifier> objects = keys.stream()
                .map(key ->
                        ObjectIdentifier.builder().key(settings.fullKey(key)).build())
                .toList();
        List<S3Error> errors;
        try {
            errors = S3Failures.call(() -> client.deleteObjects(request -> request.bucket(settings.bucket())
                            .delete(delete -> delete.objects(objects).quiet(true))
                            .overrideConfiguration(CallLimits.until(deadline))))
                    .errors();
        } catch (SdkException e) {
            throw S3Failures.unavailable(settings.bucket(), "", e);
        }
        if (!errors.isEmpty()) {
            throw new StorageUnavailableException("S3 did not delete " + errors.size() + " of " + keys.size()
                    + " objects in the bucket '" + settings.bucket() + "': "
                    + errors.get(0).code() + " for '"
                    + settings.key(errors.get(0).key()) + "'");
        }
    }

    @Override
    public boolean delete(String key, BlobVersion version, Deadline deadline) {
        if (head(key, deadline).filter(info -> info.version().equals(version)).isEmpty()) {
            return false;
        }
        try {
            S3Failures.call(() -> client.deleteObject(request -> request.bucket(settings.bucket())
                    .key(settings.fullKey(key))
                    .ifMatch(ETags.quoted(version))
                    .overrideConfiguration(CallLimits.until(deadline))));
            return true;
        } catch (SdkException e) {
            boolean isGone = S3Failures.status(e) == S3Failures.PRECONDITION_FAILED || S3Failures.isNoSuchKey(e);
            if (isGone && !S3Failures.wasSentAgain(e)) {
                return false;
            }
            throw S3Failures.unavailable(settings.bucket(), key, e);
        }
    }

    /**
     * A link by which anybody can download the object at {@code key}, as it is when they do, until {@code validity} has gone
     * by: at most seven days, and never longer than the credentials that sign it. Asks S3 nothing, so whether there is an
     * object shows only then.
     */
    public URI downloadLink(String key, Duration validity) {
        BlobRules.checkKey(key);
        S3ServiceClientConfiguration configuration = client.serviceClientConfiguration();
        Optional<URI> endpoint = configuration.endpointOverride();
        S3Presigner.Builder builder = S3Presigner.builder()
                .region(configuration.region())
                .credentialsProvider(configuration.credentialsProvider())
                .serviceConfiguration(S3Configuration.builder()
                        .pathStyleAccessEnabled(endpoint.isPresent())
                        .build());
        endpoint.ifPresent(builder::endpointOverride);
        try (S3Presigner presigner = builder.build()) {
            return URI.create(presigner
                    .presignGetObject(link -> link.signatureDuration(validity)
                            .getObjectRequest(
                                    request -> request.bucket(settings.bucket()).key(settings.fullKey(key))))
                    .url()
                    .toString());
        }
    }
}
