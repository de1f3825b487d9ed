package io.cloudsqlite.http;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.store.InMemoryBlobStore;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The API called directly, over the store in memory. */
final class HttpApiInMemoryTest extends HttpApiContractTest {

    private final LocalApi local;

    HttpApiInMemoryTest(@TempDir Path directory) {
        local = new LocalApi(new InMemoryBlobStore(), new InMemoryLockManager(), directory, DatabaseFormat.LOG);
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
