package io.cloudsqlite.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP API on a port, for local use and for containers: the JDK's own small server, within bounds.
 *
 * <pre>{@code
 * try (EmbeddedServer server = EmbeddedServer.start(api, "127.0.0.1", 8080, ServerLimits.DEFAULT)) {
 *     System.out.println("http://127.0.0.1:" + server.port());
 *     ...
 * }   // requests that are under way end first
 * }</pre>
 *
 * <h2>Bounds</h2>
 *
 * <p>{@link ServerLimits#maxRunning} requests run, {@link ServerLimits#maxWaiting} more wait for up to {@link
 * ServerLimits#maxWait}, and every other is answered 503 {@code OVERLOADED} at once by one of {@value #REFUSING_THREADS}
 * threads that do nothing else. When even these are busy, {@value #MAX_QUEUED} connections queue for them, and further ones
 * are closed. So threads, and bodies in memory, are bounded whatever arrives. {@code GET /health} never waits: an overloaded
 * process is alive.
 *
 * <h2>The JDK's settings</h2>
 *
 * <p>The JDK's server takes these from system properties, once per process, when its classes load. {@link #start} sets those
 * that the command line ({@code -D}) has not; it is too late if the process has used {@code HttpServer} before.
 *
 * <table>
 * <caption>System properties</caption>
 * <tr><th>property</th><th>value</th><th>why</th></tr>
 * <tr><td>{@code sun.net.httpserver.nodelay}</td><td>true</td><td>head and body leave as two packets; with Nagle's algorithm
 *     the second waits for the client's delayed acknowledgement, some 40 ms</td></tr>
 * <tr><td>{@code sun.net.httpserver.maxReqTime}</td><td>120 s</td><td>a client that dribbles its request holds a thread for
 *     no longer, imports included</td></tr>
 * <tr><td>{@code sun.net.httpserver.maxRspTime}</td><td>120 s</td><td>nor does one that is slow to take the answer, exports
 *     included</td></tr>
 * <tr><td>{@code sun.net.httpserver.drainAmount}</td><td>16 MiB</td><td>how much of a body that was refused is read and
 *     dropped, since closing on a client that is still sending would reset the connection and take the answer along</td></tr>
 * <tr><td>{@code jdk.httpserver.maxConnections}</td><td>1,024</td><td>open connections, idle ones included</td></tr>
 * </table>
 *
 * <p>It speaks plain HTTP/1.1 and lets everybody in: bind it to the loopback address, or put something in front of it that
 * does TLS and knows its callers.
 *
 * <p>Safe for use by many threads.
 */
public final class EmbeddedServer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EmbeddedServer.class);

    private static final int REFUSING_THREADS = 8;
    private static final int MAX_QUEUED = 1_024;
    private static final int IDLE_THREAD_SECONDS = 30;
    private static final int LAST_THREADS_SECONDS = 5;

    private static final Map<String, String> JDK_SETTINGS = Map.of(
            "sun.net.httpserver.nodelay", "true",
            "sun.net.httpserver.maxReqTime", "120",
            "sun.net.httpserver.maxRspTime", "120",
            "sun.net.httpserver.drainAmount", String.valueOf(16 << 20),
            "jdk.httpserver.maxConnections", "1024");

    private final HttpApi api;
    private final ServerLimits limits;
    private final HttpServer server;
    private final ThreadPoolExecutor threads;
    private final Semaphore admitted;
    private final Semaphore running;
    private final AtomicBoolean closing = new AtomicBoolean();

    private EmbeddedServer(HttpApi api, HttpServer server, ServerLimits limits) {
        this.api = api;
        this.limits = limits;
        this.server = server;
        this.admitted = new Semaphore(limits.maxRunning() + limits.maxWaiting());
        this.running = new Semaphore(limits.maxRunning(), true);
        this.threads = threads(limits.maxRunning() + limits.maxWaiting() + REFUSING_THREADS);
    }

    /**
     * Starts a server.
     *
     * @param host the address to listen at, such as {@code 127.0.0.1}; {@code 0.0.0.0} for every interface
     * @param port the port to listen at; 0 for any that is free
     * @throws IOException if it cannot listen there
     */
    public static EmbeddedServer start(HttpApi api, String host, int port, ServerLimits limits) throws IOException {
        JDK_SETTINGS.forEach(System.getProperties()::putIfAbsent);
        HttpServer server = HttpServer.create(new InetSocketAddress(host, port), 0);
        EmbeddedServer embedded = new EmbeddedServer(api, server, limits);
        server.setExecutor(embedded.threads);
        server.createContext("/", embedded::serve);
        server.start();
        log.info("host={} port={} listening", host, embedded.port());
        return embedded;
    }

    private static ThreadPoolExecutor threads(int count) {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                count,
                count,
                IDLE_THREAD_SECONDS,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MAX_QUEUED),
                task -> new Thread(task, "cloudsqlite-http-" + number.incrementAndGet()));
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    /** The port that it listens at. */
    public int port() {
        return server.getAddress().getPort();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try {
            HttpRequest request = requestOf(exchange);
            if (request.path().equals("/health")) {
                send(exchange, api.handle(request));
            } else {
                admit(exchange, request);
            }
        } catch (InterruptedException e) {
            // Only now: the flag would close the channel under the answer.
            send(exchange, shuttingDown());
            Thread.currentThread().interrupt();
        } finally {
            exchange.close();
        }
    }

    /** Lets a request in, to run at once or to wait for its turn; or refuses it. */
    private void admit(HttpExchange exchange, HttpRequest request) throws IOException, InterruptedException {
        if (closing.get()) {
            send(exchange, shuttingDown());
            return;
        }
        if (!admitted.tryAcquire()) {
            send(exchange, overloaded());
            return;
        }
        try {
            if (!running.tryAcquire(limits.maxWait().toNanos(), TimeUnit.NANOSECONDS)) {
                send(exchange, overloaded());
                return;
            }
            try {
                send(exchange, api.handle(request));
            } finally {
                running.release();
            }
        } finally {
            admitted.release();
        }
    }

    private static HttpResponse overloaded() {
        return ErrorCode.OVERLOADED.answer("The server has as many requests as it can take; nothing was changed");
    }

    private static HttpResponse shuttingDown() {
        return ErrorCode.SHUTTING_DOWN.answer("The server is shutting down; nothing was changed");
    }

    private static HttpRequest requestOf(HttpExchange exchange) {
        URI target = exchange.getRequestURI();
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, String.join(", ", values)));
        return new HttpRequest(
                exchange.getRequestMethod(),
                Optional.ofNullable(target.getRawPath()).orElse(""),
                Optional.ofNullable(target.getRawQuery()).orElse(""),
                new HttpHeaders(headers),
                new HttpBody(new RequestBody(exchange.getRequestBody()), sizeBytes(exchange)));
    }

    /** The JDK's server lets a chunk have a length below zero, and trips over it. */
    private static final class RequestBody extends FilterInputStream {

        RequestBody(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            try {
                return super.read();
            } catch (RuntimeException e) {
                throw new IOException("the request body is not in chunks as HTTP has them", e);
            }
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            try {
                return super.read(buffer, offset, length);
            } catch (RuntimeException e) {
                throw new IOException("the request body is not in chunks as HTTP has them", e);
            }
        }
    }

    /** A length that is not a number is answered by the JDK's server itself. */
    private static OptionalLong sizeBytes(HttpExchange exchange) {
        String length = exchange.getRequestHeaders().getFirst("Content-Length");
        return length == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(length));
    }

    private static void send(HttpExchange exchange, HttpResponse response) throws IOException {
        try (response) {
            response.headers()
                    .values()
                    .forEach((name, value) -> exchange.getResponseHeaders().put(name, List.of(value)));
            OptionalLong size = response.body().sizeBytes();
            exchange.sendResponseHeaders(response.status(), jdkLength(size));
            // Closing the body sends it before the rest of the request is drained;
            // closing the exchange would do so after.
            try (OutputStream out = exchange.getResponseBody();
                    InputStream body = response.body().stream()) {
                body.transferTo(out);
            }
        }
    }

    /** To the JDK's server, -1 means no body and 0 a body of unknown length. */
    private static long jdkLength(OptionalLong size) {
        return size.isEmpty() ? 0 : size.getAsLong() == 0 ? -1 : size.getAsLong();
    }

    /**
     * Closes the server: requests that are under way or waiting have {@link ServerLimits#grace} to end, new ones are answered
     * 503 {@code SHUTTING_DOWN} in the meantime. What has not ended by then is interrupted. Closing twice does nothing more.
     */
    @Override
    public void close() {
        if (closing.getAndSet(true)) {
            return;
        }
        try {
            int all = limits.maxRunning() + limits.maxWaiting();
            if (!admitted.tryAcquire(all, limits.grace().toNanos(), TimeUnit.NANOSECONDS)) {
                log.warn("port={} some requests did not end within {}", port(), limits.grace());
            }
            server.stop(0);
            threads.shutdownNow();
            threads.awaitTermination(LAST_THREADS_SECONDS, TimeUnit.SECONDS);
            log.info("port={} closed", port());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            server.stop(0);
            threads.shutdownNow();
        }
    }
}
