package io.cloudsqlite.store;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class FileBlobStoreTest extends BlobStoreContractTest {

    @TempDir
    Path directory;

    @Override
    protected BlobStore createStore() {
        return new FileBlobStore(directory);
    }
}
