package io.cloudsqlite.http;

import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.store.InMemoryBlobStore;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The API behind the embedded server, called through a connection. */
final class HttpApiOverEmbeddedServerTest extends HttpApiContractTest {

    private final LocalApi local;
    private final EmbeddedServer server;
    private final RemoteApi remote;

    HttpApiOverEmbeddedServerTest(@TempDir Path directory) throws IOException {
        local = new LocalApi(new InMemoryBlobStore(), new InMemoryLockManager(), directory);
        server = EmbeddedServer.start(local.api, "127.0.0.1", 0, ServerLimits.DEFAULT);
        remote = new RemoteApi("http://127.0.0.1:" + server.port());
    }

    @Override
    protected HttpResponse send(HttpRequest request) throws IOException, InterruptedException {
        return remote.send(request);
    }

    @AfterEach
    void close() {
        server.close();
        local.close();
    }
}
