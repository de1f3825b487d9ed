package io.cloudsqlite.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import io.cloudsqlite.http.HttpRequest;
import io.cloudsqlite.http.HttpResponse;
import io.cloudsqlite.lambda.logging.LogLines;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.crac.Core;
import org.crac.Resource;
import org.jspecify.annotations.Nullable;

/**
 * The Lambda function.
 *
 * <pre>{@code
 * handler: io.cloudsqlite.lambda.ApiGatewayHandler
 * environment: S3_BUCKET_NAME, DYNAMODB_TABLE_NAME; CLOUDSQLITE_FORMAT (log, the default, or file), for new databases
 * }</pre>
 *
 * <p>It understands the events of HTTP APIs (payload formats 1.0 and 2.0), REST APIs and function URLs, and those of a
 * schedule, which make it {@linkplain ScheduledMaintenance maintain} the databases. What is no such event fails the invocation,
 * so that a queue that was pointed here by mistake does not take it for handled.
 *
 * <p>A request ends {@link #MARGIN} before Lambda would end it, so that its outcome is told and its lease given back. Each one
 * prints a line of JSON and a line of metrics; neither has SQL in it, nor values.
 *
 * <p>With SnapStart, the snapshot is taken of a process that has answered a read and a write on throw-away databases in memory,
 * and that holds no connection, no credentials and no working copy: all of these are made anew after each restore.
 *
 * <p>Safe for use by many threads, which the runtime makes use of where {@code AWS_LAMBDA_MAX_CONCURRENCY} is set.
 */
public final class ApiGatewayHandler implements RequestStreamHandler, Resource {

    /** How long before Lambda's time limit a request ends: to give back a lease may take as long as this. */
    static final Duration MARGIN = Duration.ofSeconds(3);

    private final Supplier<Backend> opener;
    private final LogLines lines;
    private final AtomicReference<@Nullable Backend> backend = new AtomicReference<>();
    private final AtomicBoolean isCold = new AtomicBoolean(true);

    /**
     * What Lambda calls, once for each process.
     *
     * @throws IllegalStateException if the environment does not name a bucket and a table
     */
    public ApiGatewayHandler() {
        this(() -> Backend.onAws(System.getenv()), LogLines.toStandardOutput());
        Core.getGlobalContext().register(this);
    }

    ApiGatewayHandler(Supplier<Backend> opener, LogLines lines) {
        this.opener = opener;
        this.lines = lines;
        backend.set(opener.get());
    }

    @Override
    public void handleRequest(InputStream in, OutputStream out, Context context) throws IOException {
        Backend current = backend.get();
        if (current == null) {
            throw new IllegalStateException("no request comes between checkpoint and restore");
        }
        boolean cold = isCold.getAndSet(false);
        Duration timeout = timeout(context.getRemainingTimeInMillis());
        Map<String, @Nullable Object> event = EventJson.readObject(in);
        if (ScheduledMaintenance.isAskedFor(event)) {
            new ScheduledMaintenance(current.cloud(), timeout, TimeSource.system())
                    .run()
                    .writeTo(lines, context, cold);
            return;
        }
        RequestLog log = new RequestLog(context, cold);
        HttpRequest request = GatewayEvent.read(event);
        try (HttpResponse response =
                current.api().handle(request, log.requestContext().withTimeout(timeout))) {
            GatewayAnswer answer = GatewayAnswer.of(response);
            answer.writeTo(out);
            log.writeTo(lines, request, answer);
        }
    }

    /** How long a request may take to which Lambda gives this long. Even the shortest get half of their time. */
    static Duration timeout(int remainingMillis) {
        long millis = Math.max(remainingMillis - MARGIN.toMillis(), remainingMillis / 2);
        return Duration.ofMillis(Math.max(1, millis));
    }

    /** Called before the snapshot is taken, which must not wait longer than ten seconds. */
    @Override
    public void beforeCheckpoint(org.crac.Context<? extends Resource> context) throws IOException {
        Priming.run();
        Backend old = backend.getAndSet(null);
        if (old != null) {
            old.close();
        }
    }

    /** Called in each process that is made of the snapshot, before its first request. */
    @Override
    public void afterRestore(org.crac.Context<? extends Resource> context) {
        isCold.set(true);
        backend.set(opener.get());
    }
}
