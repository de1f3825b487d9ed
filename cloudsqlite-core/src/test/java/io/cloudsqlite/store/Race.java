package io.cloudsqlite.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Threads that all begin at the same moment.
 *
 * <pre>{@code
 * List<PutOutcome> outcomes = Race.run(32, runner -> store.put(...));
 * }</pre>
 */
public final class Race {

    private static final long LONGEST_SECONDS = 120;

    private Race() {}

    /** What one thread does. */
    @FunctionalInterface
    public interface Runner<T> {
        /** Runs as the {@code number}-th thread, from zero. */
        T run(int number) throws Exception;
    }

    /** What all runners returned, in the order of their numbers; fails if one of them fails. */
    public static <T> List<T> run(int threads, Runner<T> runner) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            CountDownLatch ready = new CountDownLatch(threads);
            List<Future<T>> futures = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int number = i;
                futures.add(executor.submit(() -> {
                    ready.countDown();
                    ready.await();
                    return runner.run(number);
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(get(future));
            }
            return results;
        } finally {
            executor.shutdownNow();
        }
    }

    private static <T> T get(Future<T> future) throws Exception {
        try {
            return future.get(LONGEST_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("a runner failed: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("a runner did not come in after " + LONGEST_SECONDS + " s", e);
        }
    }
}
