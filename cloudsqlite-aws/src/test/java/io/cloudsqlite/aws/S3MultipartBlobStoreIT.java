package io.cloudsqlite.aws;

import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.BlobStoreContractTest;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

/** The contract once more, with every body but an empty one sent in parts. */
@ExtendWith(Emulators.Shared.class)
final class S3MultipartBlobStoreIT extends BlobStoreContractTest {

    /** S3 takes smaller parts only as the last of an upload. */
    private static final int MIN_PART_BYTES = 5 << 20;

    private static Emulators emulators;

    @BeforeAll
    static void start(Emulators shared) {
        emulators = shared;
    }

    @Override
    protected BlobStore createStore() {
        S3BlobStore.Settings settings = new S3BlobStore.Settings(emulators.newBucket(), "", 0, MIN_PART_BYTES);
        return new S3BlobStore(emulators.s3(), settings, new Random(42));
    }

    @Override
    protected int rounds() {
        return 3;
    }

    @Override
    protected int threads() {
        return 16;
    }

    @Override
    protected int largeBodyBytes() {
        return 2 * MIN_PART_BYTES + 1_000_000;
    }
}
