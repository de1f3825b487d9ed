package io.cloudsqlite.lambda;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Lambda's side of one function process: gives it events, and takes its answers.
 *
 * <p>Source: "Using the Lambda runtime API", AWS Lambda Developer Guide, version 2018-06-01; for SnapStart, what the runtime
 * interface client asks for.
 */
final class RuntimeApi implements AutoCloseable {

    private static final String PREFIX = "/2018-06-01/runtime/";
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final BlockingQueue<Invocation> queue = new LinkedBlockingQueue<>();
    private final Map<String, Invocation> underWay = new ConcurrentHashMap<>();
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final CompletableFuture<Void> checkpoint = new CompletableFuture<>();
    private final CompletableFuture<Void> restore = new CompletableFuture<>();

    private static final class Invocation {

        private final byte[] event;
        private final Duration limit;
        private final CompletableFuture<byte[]> answer = new CompletableFuture<>();

        Invocation(byte[] event, Duration limit) {
            this.event = event;
            this.limit = limit;
        }
    }

    /** The function failed, and said so. */
    static final class FunctionFailedException extends Exception {
        FunctionFailedException(String error) {
            super(error);
        }
    }

    RuntimeApi() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    String address() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getPath();
            if (path.equals(PREFIX + "invocation/next")) {
                giveNext(exchange);
            } else if (path.equals(PREFIX + "restore/next")) {
                checkpoint.complete(null);
                restore.get();
                exchange.sendResponseHeaders(200, -1);
            } else if (path.endsWith("/response")) {
                invocation(path).answer.complete(body);
                exchange.sendResponseHeaders(202, -1);
            } else if (path.endsWith("/error")) {
                fail(path, new FunctionFailedException(new String(body, UTF_8)));
                exchange.sendResponseHeaders(202, -1);
            } else {
                exchange.sendResponseHeaders(404, -1);
            }
        } catch (InterruptedException e) {
            // The end of the test, while the function waits.
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IOException(e);
        }
    }

    private void giveNext(HttpExchange exchange) throws IOException, InterruptedException {
        ready.complete(null);
        Invocation next = queue.take();
        String id = UUID.randomUUID().toString();
        underWay.put(id, next);
        exchange.getResponseHeaders().set("Lambda-Runtime-Aws-Request-Id", id);
        exchange.getResponseHeaders()
                .set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:1:function:cloudsqlite-lambda");
        exchange.getResponseHeaders()
                .set("Lambda-Runtime-Deadline-Ms", Long.toString(System.currentTimeMillis() + next.limit.toMillis()));
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, next.event.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(next.event);
        }
    }

    private Invocation invocation(String path) {
        String[] parts = path.split("/", -1);
        return underWay.remove(parts[parts.length - 2]);
    }

    private void fail(String path, FunctionFailedException failure) {
        if (path.contains("/invocation/")) {
            invocation(path).answer.completeExceptionally(failure);
        } else {
            ready.completeExceptionally(failure);
            checkpoint.completeExceptionally(failure);
        }
    }

    /** Waits until the function asks for its first event. */
    void awaitReady() throws Exception {
        await(ready);
    }

    /** Waits until the function may be turned into a snapshot. */
    void awaitCheckpoint() throws Exception {
        await(checkpoint);
    }

    /** Has the function go on as if it had been made of a snapshot. */
    void restore() {
        restore.complete(null);
    }

    /** Invokes the function when it is ready, with so long to answer. */
    byte[] invoke(byte[] event, Duration limit) throws Exception {
        awaitReady();
        Invocation invocation = new Invocation(event, limit);
        queue.add(invocation);
        return await(invocation.answer);
    }

    /** Nobody waits any longer for a process that is gone. */
    void functionEnded() {
        FunctionFailedException failure = new FunctionFailedException("The process has ended");
        ready.completeExceptionally(failure);
        checkpoint.completeExceptionally(failure);
        underWay.values().forEach(invocation -> invocation.answer.completeExceptionally(failure));
        queue.forEach(invocation -> invocation.answer.completeExceptionally(failure));
    }

    private static <T> T await(CompletableFuture<T> future) throws Exception {
        try {
            return future.get(LONGEST.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof FunctionFailedException failure) {
                throw failure;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
