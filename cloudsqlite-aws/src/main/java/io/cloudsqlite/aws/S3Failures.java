package io.cloudsqlite.aws;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import java.io.UncheckedIOException;
import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.exception.SdkServiceException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** What answers of S3 mean. */
final class S3Failures {

    static final int NOT_MODIFIED = 304;
    static final int FORBIDDEN = 403;
    static final int NOT_FOUND = 404;
    static final int CONFLICT = 409;
    static final int PRECONDITION_FAILED = 412;
    static final int RANGE_NOT_SATISFIABLE = 416;

    private S3Failures() {}

    /**
     * Makes a call of the client. Where the answer is cut off in the middle of its XML, the client throws what is no {@link
     * SdkException}; this makes one of it.
     */
    static <T> T call(Supplier<T> call) {
        try {
            return call.get();
        } catch (UncheckedIOException e) {
            throw SdkClientException.create("The answer could not be read to its end", e);
        }
    }

    /** The status of the answer; 0 if there was none. */
    static int status(SdkException e) {
        return e instanceof SdkServiceException answer ? answer.statusCode() : 0;
    }

    /** The name of the error, as S3 documents it; empty in answers without a body: to HEAD, and 304. */
    static String code(SdkException e) {
        return e instanceof S3Exception answer
                        && answer.awsErrorDetails() != null
                        && answer.awsErrorDetails().errorCode() != null
                ? answer.awsErrorDetails().errorCode()
                : "";
    }

    /**
     * Whether S3 says that there is no object. (Of a missing bucket it says NoSuchBucket, except to HEAD. And 403 never means
     * that: it is what a missing object answers to whoever lacks s3:ListBucket, and what every object answers to a stranger.)
     */
    static boolean isNoSuchKey(SdkException e) {
        String code = code(e);
        return status(e) == NOT_FOUND && (code.isEmpty() || code.equals("NoSuchKey") || code.equals("NotFound"));
    }

    /** Whether the call was sent more than once, so that the answer may be to what an earlier sending has done. */
    static boolean wasSentAgain(SdkException e) {
        Integer attempts = e.numAttempts();
        return attempts != null && attempts > 1;
    }

    /** The exception for a call that did not happen, or may be repeated if it did. */
    static CloudSqliteException unavailable(String bucket, String key, SdkException e) {
        String object = key.isEmpty() ? "the bucket '" + bucket + "'" : "'" + key + "' in the bucket '" + bucket + "'";
        if (Interrupts.caused(e)) {
            return new OperationInterruptedException("The thread was interrupted while it asked S3 for " + object, e);
        }
        return new StorageUnavailableException(
                switch (status(e)) {
                    case 0 ->
                        e instanceof ApiCallTimeoutException
                                ? "S3 did not answer in time for " + object
                                : "S3 could not be asked for " + object;
                    case FORBIDDEN ->
                        "S3 refused access to " + object
                                + ": allow s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket"
                                + " (without the last, a missing object is refused too)" + named(e);
                    case NOT_FOUND -> "S3 does not know " + object + named(e);
                    default -> "S3 failed for " + object + named(e);
                },
                e);
    }

    /** The exception for an answer that lacks what S3 always tells. */
    static StorageUnavailableException cutOff(String bucket, String key) {
        return new StorageUnavailableException(
                "The answer of S3 for '" + key + "' in the bucket '" + bucket + "' was cut off");
    }

    private static String named(SdkException e) {
        String code = code(e);
        return " (" + status(e) + (code.isEmpty() ? "" : " " + code) + ")";
    }
}
