package io.cloudsqlite.lambda;

import io.cloudsqlite.http.HttpResponse;
import io.cloudsqlite.http.RequestContext;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import software.amazon.awssdk.core.warmup.SdkWarmUp;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Requests to nobody's databases, so that what a first request loads, links and compiles is in the snapshot already: SQLite's
 * native library, the classes of a write and of a read, the reading and writing of events.
 */
final class Priming {

    private static final List<String> STATEMENTS =
            List.of("CREATE TABLE primed (x)", "INSERT INTO primed VALUES (?)", "SELECT * FROM primed WHERE x = ?");

    private static final String EVENT = """
            {"version": "2.0", "rawPath": "/sql", "rawQueryString": "", "isBase64Encoded": false,
             "headers": {"content-type": "application/json"},
             "requestContext": {"stage": "$default", "http": {"method": "POST", "path": "/sql"}},
             "body": "{\\"sql_statement\\": \\"STATEMENT\\"PARAMETERS}"}
            """;

    private Priming() {}

    /** Runs them, and the SDK's own, which end before anything is sent. */
    static void run() throws IOException {
        SdkWarmUp.warmUp(S3Client.class, DynamoDbClient.class);
        Path directory = Files.createTempDirectory("cloudsqlite-priming");
        try (Backend backend = Backend.inMemory(directory)) {
            for (String statement : STATEMENTS) {
                String parameters = statement.contains("?") ? ", \\\"parameters\\\": [1]" : "";
                run(backend, EVENT.replace("STATEMENT", statement).replace("PARAMETERS", parameters));
            }
        } finally {
            deleteRecursively(directory);
        }
    }

    private static void run(Backend backend, String event) throws IOException {
        ByteArrayInputStream in = new ByteArrayInputStream(event.getBytes(StandardCharsets.UTF_8));
        try (HttpResponse response = backend.api().handle(GatewayEvent.read(in), RequestContext.NONE.withCold(true))) {
            GatewayAnswer answer = GatewayAnswer.of(response);
            answer.writeTo(new ByteArrayOutputStream());
            if (answer.status() != 200) {
                throw new IllegalStateException("Priming was answered with status " + answer.status());
            }
        }
    }

    private static void deleteRecursively(Path directory) throws IOException {
        List<Path> deepestFirst;
        try (Stream<Path> paths = Files.walk(directory)) {
            deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.delete(path);
        }
    }
}
