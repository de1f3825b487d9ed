package io.cloudsqlite.lambda;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A network that falls silent: passes bytes on to a server and back, until a request comes that it was told of.
 *
 * <pre>{@code
 * proxy.stallRequest("PUT /bucket/database.db ", 1 << 20);   // a megabyte of it arrives, the rest never does
 * proxy.stallAnswer("PUT /bucket/database.db ");             // all of it arrives, and nobody hears of that
 * ...
 * proxy.awaitStall();
 * proxy.heal();
 * }</pre>
 */
final class StallingProxy implements AutoCloseable {

    private static final int BUFFER_BYTES = 64 << 10;
    private static final int LONGEST_MARK = 1 << 10;
    private static final long LONGEST_SECONDS = 60;

    private final ServerSocket listener;
    private final URI server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Stall stall;

    /**
     * @param mark what the head of the request has in it
     * @param ofAnswer whether it is the answer that gets lost
     * @param afterBytes how much of the request arrives all the same
     */
    private record Stall(String mark, boolean ofAnswer, int afterBytes, CountDownLatch begun) {}

    private StallingProxy(ServerSocket listener, URI server) {
        this.listener = listener;
        this.server = server;
    }

    static StallingProxy before(URI server) throws IOException {
        ServerSocket listener = new ServerSocket();
        // Else the system takes in megabytes while nobody reads, and a client believes them sent.
        listener.setReceiveBufferSize(BUFFER_BYTES);
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        StallingProxy proxy = new StallingProxy(listener, server);
        proxy.threads.execute(proxy::accept);
        return proxy;
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    void stallRequest(String mark, int afterBytes) {
        stall = new Stall(mark, false, afterBytes, new CountDownLatch(1));
    }

    void stallAnswer(String mark) {
        stall = new Stall(mark, true, Integer.MAX_VALUE, new CountDownLatch(1));
    }

    /** Waits until the request has come, and its answer if that is what gets lost. */
    void awaitStall() throws InterruptedException {
        Stall awaited = stall;
        if (awaited == null || !awaited.begun.await(LONGEST_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the request did not come");
        }
    }

    /** Breaks every connection, with what is held back in it, and passes on what comes from now on. */
    void heal() throws IOException {
        stall = null;
        for (Socket socket : open) {
            socket.close();
        }
    }

    private void accept() {
        while (true) {
            try {
                Socket client = listener.accept();
                Socket upstream = new Socket(server.getHost(), server.getPort());
                Connection connection = new Connection(client, upstream);
                threads.execute(() -> connection.run(connection::passRequests));
                threads.execute(() -> connection.run(connection::passAnswers));
            } catch (IOException e) {
                return;
            }
        }
    }

    private final class Connection {

        private final Socket client;
        private final Socket upstream;
        private volatile boolean isMarked;

        Connection(Socket client, Socket upstream) {
            this.client = client;
            this.upstream = upstream;
            open.add(client);
            open.add(upstream);
        }

        @FunctionalInterface
        interface Direction {
            void pass() throws IOException, InterruptedException;
        }

        /** The end of one direction is the end of both. */
        void run(Direction direction) {
            try (client;
                    upstream) {
                direction.pass();
            } catch (IOException e) {
                // Closed by one of the ends, or by the test.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                open.remove(client);
                open.remove(upstream);
            }
        }

        void passRequests() throws IOException, InterruptedException {
            InputStream in = client.getInputStream();
            OutputStream out = upstream.getOutputStream();
            byte[] buffer = new byte[BUFFER_BYTES];
            String recent = "";
            long sinceMarkBytes = 0;
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                Stall current = stall;
                if (current != null && !isMarked) {
                    recent += new String(buffer, 0, count, ISO_8859_1);
                    isMarked = recent.contains(current.mark);
                    recent = recent.substring(Math.max(0, recent.length() - LONGEST_MARK));
                }
                sinceMarkBytes += isMarked ? count : 0;
                if (current != null && isMarked && sinceMarkBytes > current.afterBytes) {
                    hang(current);
                }
                out.write(buffer, 0, count);
            }
        }

        void passAnswers() throws IOException, InterruptedException {
            InputStream in = upstream.getInputStream();
            OutputStream out = client.getOutputStream();
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                Stall current = stall;
                boolean isToGoOn = new String(buffer, 0, count, ISO_8859_1).startsWith("HTTP/1.1 100 ");
                if (current != null && current.ofAnswer && isMarked && !isToGoOn) {
                    hang(current);
                }
                out.write(buffer, 0, count);
            }
        }

        /** Until the proxy is closed: what healing finds hanging has no socket to go on with. */
        private void hang(Stall current) throws InterruptedException {
            current.begun.countDown();
            new CountDownLatch(1).await();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        heal();
        threads.shutdownNow();
    }
}
