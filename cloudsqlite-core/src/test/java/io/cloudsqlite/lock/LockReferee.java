package io.cloudsqlite.lock;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.store.ForkedJvm;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Watches from outside that a lock has one holder at a time: processes tell it when they hold the lock and when they are about
 * to let go of it.
 *
 * <pre>{@code
 * LockReferee referee = LockReferee.start(true);                       // in the test
 * referee.watchKills(20, () -> startProcess(referee.port()));
 * LockReferee.takeTurns(locks, ttl, referee.port());                   // in each process, until it is killed
 * assertThat(referee.fouls()).isEmpty();
 * }</pre>
 *
 * <p>Who holds it and says no more is gone when the lease has lapsed, or, where the lock looks for that, when the process is
 * dead.
 */
public final class LockReferee implements AutoCloseable {

    private static final DatabaseName DATABASE = DatabaseName.of("app.db");
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(100);
    private static final int PROCESSES = 3;

    private final ServerSocket listener;
    private final boolean frees;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> fouls = new ArrayList<>();
    private final CountDownLatch isDetained = new CountDownLatch(1);
    private volatile long detained;
    private @Nullable Holder holder;
    private int turns;
    private int deadHolders;

    private record Holder(long pid, Instant expiresAt) {}

    private LockReferee(ServerSocket listener, boolean frees) {
        this.listener = listener;
        this.frees = frees;
    }

    /**
     * Begins to listen.
     *
     * @param frees whether the lock of a process that is dead is free before its lease has lapsed
     */
    public static LockReferee start(boolean frees) throws IOException {
        LockReferee referee = new LockReferee(new ServerSocket(0, 0, InetAddress.getLoopbackAddress()), frees);
        referee.threads.execute(referee::accept);
        return referee;
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Each time that one held the lock beside another. */
    public synchronized List<String> fouls() {
        return List.copyOf(fouls);
    }

    public synchronized int turns() {
        return turns;
    }

    /** How often the lock came from one who had not let go of it. */
    public synchronized int deadHolders() {
        return deadHolders;
    }

    /** Starts a process that takes turns. */
    @FunctionalInterface
    public interface Starter {
        ForkedJvm start() throws IOException;
    }

    /**
     * Has three processes take turns, and kills one after the other, the first of them as a holder of the lock; once only.
     *
     * @param turnsBetweenKills how many turns they take before each kill
     */
    public void watchKills(int turnsBetweenKills, Starter starter) throws IOException, InterruptedException {
        List<ForkedJvm> jvms = new ArrayList<>();
        try {
            for (int i = 0; i < PROCESSES; i++) {
                jvms.add(starter.start());
            }
            awaitTurns(turnsBetweenKills);
            detain(jvms.get(0).pid());
            jvms.get(0).kill();
            awaitTurns(turnsBetweenKills);
            jvms.get(1).kill();
            awaitTurns(turnsBetweenKills);
            jvms.get(2).kill();
        } finally {
            for (ForkedJvm jvm : jvms) {
                jvm.close();
            }
        }
    }

    private void awaitTurns(int more) throws InterruptedException {
        int before = turns();
        await(() -> turns() >= before + more);
    }

    /** Waits until something has happened that the referee sees. */
    static void await(BooleanSupplier condition) throws InterruptedException {
        Deadline end = Deadline.after(LONGEST_WAIT, TimeSource.system());
        CountDownLatch never = new CountDownLatch(1);
        while (!condition.getAsBoolean()) {
            if (end.hasPassed()) {
                throw new AssertionError("the processes do not get on");
            }
            never.await(1, TimeUnit.MILLISECONDS);
        }
    }

    /** Waits until that process holds the lock, and lets it do nothing more, so that it is killed as a holder. */
    private void detain(long pid) throws InterruptedException {
        detained = pid;
        if (!isDetained.await(LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("the process does not get the lock");
        }
    }

    private void accept() {
        while (true) {
            try {
                Socket process = listener.accept();
                threads.execute(() -> listen(process));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void listen(Socket process) {
        try (process;
                BufferedReader in = reader(process)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] words = line.split(" ", -1);
                if (words[0].equals("HOLD")) {
                    Holder by = new Holder(Long.parseLong(words[1]), Instant.parse(words[2]));
                    held(by);
                    if (by.pid == detained) {
                        isDetained.countDown();
                        new CountDownLatch(1).await();
                    }
                } else {
                    letGo(Long.parseLong(words[1]));
                }
                process.getOutputStream().write('\n');
            }
        } catch (IOException e) {
            // It was killed.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void held(Holder by) {
        Holder before = holder;
        if (before != null) {
            boolean isDead =
                    !ProcessHandle.of(before.pid).filter(ProcessHandle::isAlive).isPresent();
            if (Instant.now().isBefore(before.expiresAt) && !(frees && isDead)) {
                fouls.add(by + " holds the lock beside " + before);
            }
            deadHolders++;
        }
        holder = by;
        turns++;
    }

    private synchronized void letGo(long pid) {
        if (holder != null && holder.pid == pid) {
            holder = null;
        }
    }

    /** Acquires the lock and lets go of it, again and again, and tells the referee at {@code port}. */
    public static void takeTurns(LockManager locks, Duration ttl, int port) throws IOException {
        long pid = ProcessHandle.current().pid();
        try (Socket referee = new Socket(InetAddress.getLoopbackAddress(), port);
                BufferedReader in = reader(referee)) {
            while (true) {
                try (Lease lease = locks.acquire(DATABASE, ttl, Deadline.after(LONGEST_WAIT, TimeSource.system()))) {
                    tell(referee, in, "HOLD " + pid + " " + lease.expiresAt());
                    tell(referee, in, "GONE " + pid);
                }
            }
        }
    }

    /** Returns when the referee has taken note. */
    private static void tell(Socket referee, BufferedReader in, String line) throws IOException {
        referee.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        if (in.readLine() == null) {
            throw new IOException("the referee is gone");
        }
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    @Override
    public void close() throws IOException {
        listener.close();
        threads.shutdownNow();
    }
}
