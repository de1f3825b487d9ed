package io.cloudsqlite.aws;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.StatementTimeoutException;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.DbSession;
import io.cloudsqlite.sql.SqlStatement;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * What other processes do in {@link CounterRaceIT}: they increment a counter until they are killed.
 *
 * <p>Each increment has an id of its own, which the same transaction inserts. A line {@code TRY id} is printed before it, and
 * {@code DONE id} or {@code UNKNOWN id} when its outcome is told; an increment of which neither was printed is unknown too.
 */
final class CounterProcess {

    static final String DATABASE = "app.db";

    private static final int WRITERS = 2;

    /** Short, because the lease of a writer that is killed stands for this long and five seconds more. */
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(2);

    private CounterProcess() {}

    /** {@code S3_ENDPOINT DYNAMODB_ENDPOINT BUCKET TABLE WORK_DIRECTORY NAME}. */
    public static void main(String[] arguments) throws Exception {
        endWithInput();
        S3Client s3 = Emulators.clients(URI.create(arguments[0])).s3();
        DynamoDbClient dynamoDb = Emulators.clients(URI.create(arguments[1])).dynamoDb();
        try (CloudSqlite cloud = CloudSqlite.builder(
                        new S3BlobStore(s3, arguments[2]), new DynamoDbLockManager(dynamoDb, arguments[3]))
                .workDirectory(Path.of(arguments[4]))
                .requestTimeout(REQUEST_TIMEOUT)
                .build()) {
            DbSession db = cloud.database(DATABASE);
            AtomicInteger next = new AtomicInteger();
            ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
            CompletionService<Void> ended = new ExecutorCompletionService<>(writers);
            for (int i = 0; i < WRITERS; i++) {
                ended.submit(() -> {
                    while (true) {
                        increment(db, arguments[5] + "-" + next.incrementAndGet());
                    }
                });
            }
            // Only a failure ends one, and with it the process.
            ended.take().get();
        } catch (ExecutionException e) {
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    /** Tries again only what is known not to have happened. */
    private static void increment(DbSession db, String id) {
        List<SqlStatement> increment = List.of(
                SqlStatement.of("UPDATE counter SET n = n + 1"),
                SqlStatement.of("INSERT INTO done (id) VALUES (?)", id));
        System.out.println("TRY " + id);
        while (true) {
            try {
                db.transaction(increment);
                System.out.println("DONE " + id);
                return;
            } catch (CommitUnknownException e) {
                System.out.println("UNKNOWN " + id);
                return;
            } catch (CloudSqliteException e) {
                // On a busy machine the time may be up when a statement has just begun.
                if (!e.isRetryable() && !(e instanceof StatementTimeoutException)) {
                    throw e;
                }
            }
        }
    }

    /** Ends this process with the test that started it. */
    private static void endWithInput() {
        Thread watch = new Thread(
                () -> {
                    try (InputStream in = System.in) {
                        in.transferTo(OutputStream.nullOutputStream());
                    } catch (IOException e) {
                        // As good as its end.
                    }
                    Runtime.getRuntime().halt(1);
                },
                "end-with-input");
        watch.setDaemon(true);
        watch.start();
    }
}
