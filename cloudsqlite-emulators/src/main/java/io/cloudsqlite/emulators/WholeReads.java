package io.cloudsqlite.emulators;

import java.io.ByteArrayInputStream;
import java.util.concurrent.Callable;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/** Reads an object while nobody changes it: bytes, metadata and ETag of one version, where they would mix otherwise. */
final class WholeReads extends ForwardingBlobStore {

    private final KeyLocks locks;

    WholeReads(BlobStore store, KeyLocks locks) {
        super(store);
        this.locks = locks;
    }

    /** Reads all of it at once, so that a client that reads slowly keeps nobody waiting. */
    @Override
    public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
        return holding(request.bucket(), request.key(), () -> {
            try (ResponseInputStream<GetObjectResponse> in = super.getBlob(request)) {
                return new ResponseInputStream<>(in.response(), new ByteArrayInputStream(in.readAllBytes()));
            }
        });
    }

    @Override
    public HeadObjectResponse blobMetadata(HeadObjectRequest request) {
        return holding(request.bucket(), request.key(), () -> super.blobMetadata(request));
    }

    /** Also called for each key of a delete of many, which is not a request for one key. */
    @Override
    public DeleteObjectResponse removeBlob(DeleteObjectRequest request) {
        return holding(request.bucket(), request.key(), () -> super.removeBlob(request));
    }

    private <T> T holding(String bucket, String key, Callable<T> action) {
        try {
            return locks.holding(bucket, key, action);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("An object in memory could not be read", e);
        }
    }
}
