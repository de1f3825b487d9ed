package io.cloudsqlite.aws;

import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.BlobStoreContractTest;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Emulators.Shared.class)
final class S3BlobStoreIT extends BlobStoreContractTest {

    private static Emulators emulators;

    @BeforeAll
    static void start(Emulators shared) {
        emulators = shared;
    }

    @Override
    protected BlobStore createStore() {
        return new S3BlobStore(emulators.s3(), emulators.newBucket(), "some/prefix");
    }

    @Override
    protected int rounds() {
        return 5;
    }
}
