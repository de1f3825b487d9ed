package io.cloudsqlite.cli;

import io.cloudsqlite.aws.DynamoDbLockManager;
import io.cloudsqlite.aws.Emulators;
import io.cloudsqlite.aws.S3BlobStore;
import io.cloudsqlite.http.HttpApiContractTest;
import io.cloudsqlite.http.HttpRequest;
import io.cloudsqlite.http.HttpResponse;
import io.cloudsqlite.http.LocalApi;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The API called directly, over a store in S3 with its locks in DynamoDB. */
@ExtendWith(Emulators.Shared.class)
final class HttpApiOnAwsIT extends HttpApiContractTest {

    private final LocalApi local;

    /** Before the contract's own preparations, which are made through the API. */
    HttpApiOnAwsIT(Emulators emulators, @TempDir Path directory) {
        local = new LocalApi(
                new S3BlobStore(emulators.s3(), emulators.newBucket(), "some/prefix"),
                new DynamoDbLockManager(emulators.dynamoDb(), emulators.newLockTable()),
                directory);
    }

    @Override
    protected HttpResponse send(HttpRequest request) {
        return local.handle(request);
    }

    @AfterEach
    void close() {
        local.close();
    }
}
