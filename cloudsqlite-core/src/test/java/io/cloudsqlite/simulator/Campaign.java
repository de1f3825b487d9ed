package io.cloudsqlite.simulator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Many histories, one seed after the other.
 *
 * <pre>{@code
 * java ... io.cloudsqlite.simulator.Campaign 1 100000 2     # seeds 1 to 100000 on 2 threads
 * java -Dsimulator.print=true ... io.cloudsqlite.simulator.Campaign 4711 4711 1
 * }</pre>
 */
final class Campaign {

    private Campaign() {}

    /** A seed whose history violated something. */
    record Failure(long seed, List<String> violations) {}

    /** Runs the histories of the seeds from {@code first} to {@code last}, until one fails. */
    static List<Failure> run(long first, long last, int threads, int maxFailures) throws InterruptedException {
        AtomicLong next = new AtomicLong(first);
        ConcurrentLinkedQueue<Failure> failures = new ConcurrentLinkedQueue<>();
        List<Thread> workers = new ArrayList<>();
        for (int worker = 0; worker < threads; worker++) {
            Thread thread = new Thread(() -> work(next, last, failures, maxFailures), "campaign-" + worker);
            thread.start();
            workers.add(thread);
        }
        for (Thread worker : workers) {
            worker.join();
        }
        return List.copyOf(failures);
    }

    private static void work(AtomicLong next, long last, ConcurrentLinkedQueue<Failure> failures, int maxFailures) {
        try {
            Path directory = Files.createTempDirectory("simulator-");
            for (long seed = next.getAndIncrement();
                    seed <= last && failures.size() < maxFailures;
                    seed = next.getAndIncrement()) {
                Settings settings = Settings.of(seed);
                FaultPlan plan = FaultPlan.random(settings.faultsPerThousand(), Simulation.FAULTS_END_NANOS);
                Simulation.Result result = Simulation.run(seed, settings, plan, directory);
                if (!result.violations().isEmpty()) {
                    failures.add(new Failure(seed, result.violations()));
                }
            }
            Files.delete(directory);
        } catch (IOException | RuntimeException | Error e) {
            // Whatever ends a worker is not to pass for histories without violations.
            failures.add(new Failure(-1, List.of(e.toString())));
        }
    }

    /** Arguments: the first seed, the last, how many threads. */
    public static void main(String[] arguments) throws InterruptedException {
        long first = Long.parseLong(arguments[0]);
        long last = Long.parseLong(arguments[1]);
        int threads = Integer.parseInt(arguments[2]);
        long began = System.nanoTime();
        List<Failure> failures = run(first, last, threads, 10);
        double seconds = (System.nanoTime() - began) / 1e9;
        for (Failure failure : failures) {
            System.out.println("seed " + failure.seed() + " of " + Settings.of(failure.seed()));
            failure.violations().forEach(violation -> System.out.println("  " + violation));
        }
        long histories = last - first + 1;
        System.out.printf(
                "%d histories, %d with violations, %.1f s, %.0f a second%n",
                histories, failures.size(), seconds, histories / seconds);
    }
}
