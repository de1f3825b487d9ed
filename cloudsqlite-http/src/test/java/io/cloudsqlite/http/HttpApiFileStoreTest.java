package io.cloudsqlite.http;

import io.cloudsqlite.lock.FileLockManager;
import io.cloudsqlite.store.FileBlobStore;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The API called directly, over a store in a directory. */
final class HttpApiFileStoreTest extends HttpApiContractTest {

    private final LocalApi local;

    HttpApiFileStoreTest(@TempDir Path directory) {
        local = new LocalApi(
                new FileBlobStore(directory.resolve("store")),
                new FileLockManager(directory.resolve("locks")),
                directory.resolve("work"));
    }

    @Override
    protected HttpResponse send(HttpRequest request) {
        return local.api.handle(request);
    }

    @AfterEach
    void close() {
        local.close();
    }
}
