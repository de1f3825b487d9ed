package io.cloudsqlite.cli.loadtest;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Sends statements to a CloudSQLite server, several at a time, and measures the answers.
 *
 * <pre>{@code
 * LoadTestReport report = new LoadTest(plan).run(progress -> {});
 * }</pre>
 *
 * <p>The load is closed: each of the plan's concurrent clients sends its next request when its last one was answered, so a
 * slow server is asked less often. Latencies are those that a client saw, connections and all.
 */
public final class LoadTest {

    private static final Duration PROGRESS_INTERVAL = Duration.ofMillis(200);

    private final LoadTestPlan plan;
    private final SqlClient client;
    private final Tally tally = new Tally();
    private final AtomicInteger nextNumber = new AtomicInteger();

    public LoadTest(LoadTestPlan plan) {
        this.plan = plan;
        this.client = new SqlClient(plan.endpoint(), plan.database());
    }

    /**
     * Prepares the table, sends the requests and waits for their answers. Runs once.
     *
     * @param progress told a few times a second how far it is
     * @throws IOException if the table could not be prepared
     */
    public LoadTestReport run(Consumer<Progress> progress) throws IOException, InterruptedException {
        prepare();
        ExecutorService clients = Executors.newFixedThreadPool(plan.concurrency());
        try {
            long start = System.nanoTime();
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < plan.concurrency(); i++) {
                running.add(
                        clients.submit(() -> sendUntil(start + plan.duration().toNanos())));
            }
            clients.shutdown();
            while (!clients.awaitTermination(PROGRESS_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                progress.accept(progressSince(start));
            }
            progress.accept(progressSince(start));
            requireNoDefect(running);
            return tally.report(elapsedSince(start));
        } finally {
            clients.shutdownNow();
        }
    }

    /** How far a load test is. */
    public record Progress(int done, int failed, Duration elapsed) {}

    private void prepare() throws IOException, InterruptedException {
        for (String sql : List.of(Workload.CREATE_TABLE, Workload.INSERT)) {
            SqlClient.Outcome outcome = client.send(sql);
            if (!outcome.succeeded()) {
                throw new IOException("cannot prepare the load test at " + plan.endpoint() + ": " + outcome.message());
            }
        }
    }

    private Void sendUntil(long endNanos) throws InterruptedException {
        int number = nextNumber.getAndIncrement();
        while (number < plan.requests() && System.nanoTime() - endNanos < 0) {
            long sent = System.nanoTime();
            SqlClient.Outcome outcome = client.send(plan.workload().statement(number));
            tally.count(outcome, System.nanoTime() - sent);
            number = nextNumber.getAndIncrement();
        }
        return null;
    }

    private Progress progressSince(long startNanos) {
        return new Progress(tally.done(), tally.failed(), elapsedSince(startNanos));
    }

    private static Duration elapsedSince(long startNanos) {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    private static void requireNoDefect(List<Future<?>> ended) throws InterruptedException {
        for (Future<?> client : ended) {
            try {
                client.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("a client of the load test failed", e.getCause());
            }
        }
    }
}
