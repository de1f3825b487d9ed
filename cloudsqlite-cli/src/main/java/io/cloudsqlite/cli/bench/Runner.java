package io.cloudsqlite.cli.bench;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.cli.bench.cloud.Traffic;
import io.cloudsqlite.cli.bench.cloud.TrafficMeter;
import io.cloudsqlite.cli.latency.LatencyLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionService;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Runs workloads, one at a time, and measures them. The load is closed: each client begins its next operation when the one
 * before has ended. Each client warms up first, and the measurement begins when all have.
 */
final class Runner {

    private final Duration warmUp;
    private final Duration duration;
    private final int minOperations;
    private final TrafficMeter meter;

    /**
     * @param duration how long a workload is measured
     * @param minOperations how many operations it has at the least, however long they take
     */
    Runner(Duration warmUp, Duration duration, int minOperations, TrafficMeter meter) {
        this.warmUp = warmUp;
        this.duration = duration;
        this.minOperations = minOperations;
        this.meter = meter;
    }

    /**
     * Runs a workload.
     *
     * @throws IllegalStateException if a client failed by anything but a refusal of CloudSQLite's, which are counted
     */
    Measurement measure(Workload workload) throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(workload.clients());
        try {
            Start start = new Start();
            CyclicBarrier warm = new CyclicBarrier(workload.clients(), start);
            CompletionService<Part> running = new ExecutorCompletionService<>(threads);
            for (int i = 0; i < workload.clients(); i++) {
                int number = i;
                running.submit(() -> runClient(workload, number, warm, start));
            }
            List<Part> parts = new ArrayList<>();
            while (parts.size() < workload.clients()) {
                parts.add(running.take().get());
            }
            return total(workload, start, parts);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the workload '" + workload + "' failed: " + e.getCause(), e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    /** The moment at which all clients are warm. */
    private final class Start implements Runnable {

        private volatile long nanos;
        private volatile Traffic traffic = meter.total();

        @Override
        public void run() {
            traffic = meter.total();
            nanos = System.nanoTime();
        }
    }

    /** What one client has measured. */
    private static final class Part {

        final LatencyLog latencies = new LatencyLog();
        final Map<String, Integer> failures = new HashMap<>();
        long idleNanos;
        long endNanos;
    }

    private Part runClient(Workload workload, int number, CyclicBarrier warm, Start start) throws Exception {
        try (Client client = workload.opening().open(number)) {
            run(client, System.nanoTime() + warmUp.toNanos(), 1);
            warm.await();
            int attempts = (minOperations + workload.clients() - 1) / workload.clients();
            return run(client, start.nanos + duration.toNanos(), attempts);
        }
    }

    private static Part run(Client client, long untilNanos, int minAttempts) throws Exception {
        Part part = new Part();
        for (int attempt = 1; ; attempt++) {
            long idle = System.nanoTime();
            client.prepare();
            long began = System.nanoTime();
            part.idleNanos += began - idle;
            try {
                client.run();
                part.latencies.add(System.nanoTime() - began);
            } catch (OperationInterruptedException e) {
                throw e;
            } catch (CloudSqliteException e) {
                part.failures.merge(e.getClass().getSimpleName(), 1, Integer::sum);
            }
            part.endNanos = System.nanoTime();
            if (attempt >= minAttempts && part.endNanos - untilNanos >= 0) {
                return part;
            }
        }
    }

    private Measurement total(Workload workload, Start start, List<Part> parts) {
        Traffic traffic = meter.total().since(start.traffic);
        LatencyLog latencies = new LatencyLog();
        Map<String, Integer> failures = new HashMap<>();
        long elapsedNanos = 0;
        long idleNanos = 0;
        for (Part part : parts) {
            latencies.addAll(part.latencies);
            part.failures.forEach((failure, count) -> failures.merge(failure, count, Integer::sum));
            elapsedNanos = Math.max(elapsedNanos, part.endNanos - start.nanos);
            idleNanos += part.idleNanos;
        }
        return new Measurement(
                workload.kind(),
                workload.megabytes(),
                workload.clients(),
                latencies.size(),
                failures,
                Duration.ofNanos(elapsedNanos - idleNanos / parts.size()),
                latencies.summary(),
                traffic);
    }
}
