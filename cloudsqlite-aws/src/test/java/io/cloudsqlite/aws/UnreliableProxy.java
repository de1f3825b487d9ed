package io.cloudsqlite.aws;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A bad network before a server: passes bytes on and back, but now and then cuts a connection in the middle of a request or of
 * an answer, or lets one of them wait.
 *
 * <pre>{@code
 * try (UnreliableProxy proxy = UnreliableProxy.before(server, 42)) {
 *     ... clients of proxy.endpoint() ...
 *     proxy.heal();
 * }
 * }</pre>
 *
 * <p>What it decides follows from a seed, though not at which byte of which request: that is up to the system.
 */
final class UnreliableProxy implements AutoCloseable {

    private static final int BUFFER_BYTES = 64 << 10;

    /** Of so many pieces of a request or an answer, each as it is read from the network, one is cut or made to wait. */
    private static final int PIECES_PER_CUT = 50;

    private static final int PIECES_PER_SHORT_DELAY = 40;
    private static final int PIECES_PER_LONG_DELAY = 600;

    private static final Duration SHORT_DELAY = Duration.ofMillis(200);

    /** Longer than a lease of the processes whose requests wait here: they arrive when others have written. */
    private static final Duration LONG_DELAY = Duration.ofMillis(2_500);

    private final ServerSocket listener;
    private final URI server;
    private final Random random;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final CountDownLatch healed = new CountDownLatch(1);
    private final AtomicInteger cutRequests = new AtomicInteger();
    private final AtomicInteger cutAnswers = new AtomicInteger();
    private final AtomicInteger delays = new AtomicInteger();

    private UnreliableProxy(ServerSocket listener, URI server, long seed) {
        this.listener = listener;
        this.server = server;
        this.random = new Random(seed);
    }

    static UnreliableProxy before(URI server, long seed) throws IOException {
        ServerSocket listener = new ServerSocket();
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        UnreliableProxy proxy = new UnreliableProxy(listener, server, seed);
        proxy.threads.execute(proxy::accept);
        return proxy;
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    /** How many connections were cut in the middle of a request. */
    int cutRequests() {
        return cutRequests.get();
    }

    /** How many connections were cut when an answer came, of which no more than a part was passed on. */
    int cutAnswers() {
        return cutAnswers.get();
    }

    int delays() {
        return delays.get();
    }

    /** From now on it passes on everything at once. */
    void heal() {
        healed.countDown();
    }

    private void accept() {
        while (true) {
            try {
                Socket client = listener.accept();
                Socket upstream = new Socket(server.getHost(), server.getPort());
                open.add(client);
                open.add(upstream);
                threads.execute(() -> pass(client, upstream, cutRequests));
                threads.execute(() -> pass(upstream, client, cutAnswers));
            } catch (IOException e) {
                return;
            }
        }
    }

    /** The end of one direction is the end of both. */
    private void pass(Socket from, Socket to, AtomicInteger cuts) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                if (happens(PIECES_PER_CUT)) {
                    cuts.incrementAndGet();
                    out.write(buffer, 0, random.nextInt(count));
                    return;
                }
                delay();
                out.write(buffer, 0, count);
            }
        } catch (IOException e) {
            // Closed by one of the ends, or by the other direction.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    private void delay() throws InterruptedException {
        Duration longest = happens(PIECES_PER_LONG_DELAY)
                ? LONG_DELAY
                : happens(PIECES_PER_SHORT_DELAY) ? SHORT_DELAY : Duration.ZERO;
        if (!longest.isZero()) {
            delays.incrementAndGet();
            healed.await(longest.toMillis() / 2 + random.nextInt((int) longest.toMillis() / 2), TimeUnit.MILLISECONDS);
        }
    }

    private boolean happens(int oneIn) {
        return healed.getCount() > 0 && random.nextInt(oneIn) == 0;
    }

    @Override
    public void close() throws IOException {
        heal();
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
        threads.shutdownNow();
    }
}
