package io.cloudsqlite.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.store.InMemoryBlobStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The API over databases in format {@code file}, which keeps no history. */
final class HttpApiFormatFileTest extends HttpApiContractTest {

    private final LocalApi local;

    HttpApiFormatFileTest(@TempDir Path directory) {
        local = new LocalApi(new InMemoryBlobStore(), new InMemoryLockManager(), directory, DatabaseFormat.FILE);
    }

    @Override
    protected HttpResponse send(HttpRequest request) {
        return local.api.handle(request);
    }

    @Override
    protected boolean keepsHistory() {
        return false;
    }

    @AfterEach
    void close() {
        local.close();
    }

    @Test
    void what_asks_for_the_past_is_told_that_there_is_none() throws IOException {
        local.api
                .handle(HttpRequest.post("/sql", "{\"sql_statement\": \"CREATE TABLE t (a)\"}"))
                .close();

        for (HttpRequest request : new HttpRequest[] {
            HttpRequest.post("/sql", "{\"sql_statement\": \"SELECT * FROM t\", \"as_of_txid\": 1}"),
            HttpRequest.of("GET", "/databases/database.db/export", "txid=1"),
            HttpRequest.of("GET", "/databases/database.db/history", "")
        }) {
            try (HttpResponse response = local.api.handle(request)) {
                String text = new String(response.body().stream().readAllBytes(), StandardCharsets.UTF_8);

                assertThat(response.status()).as(text).isEqualTo(400);
                assertThat(text).contains("\"code\":\"INVALID_REQUEST\"", "format 'file', which keeps no history");
            }
        }
    }
}
