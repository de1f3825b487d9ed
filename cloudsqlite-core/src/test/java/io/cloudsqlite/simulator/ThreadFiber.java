package io.cloudsqlite.simulator;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** A fiber on a thread that waits whenever the fiber does not run. */
final class ThreadFiber implements Fiber {

    private static final ExecutorService THREADS = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "fiber");
        thread.setDaemon(true);
        return thread;
    });

    private final Runnable work;
    private final Semaphore mayRun = new Semaphore(0);
    private final Semaphore hasPaused = new Semaphore(0);
    private boolean started;
    private volatile boolean ended;
    private volatile @Nullable Throwable failure;

    ThreadFiber(Runnable work) {
        this.work = work;
    }

    @Override
    public void resume() {
        if (started) {
            mayRun.release();
        } else {
            started = true;
            THREADS.execute(this::run);
        }
        hasPaused.acquireUninterruptibly();
        Throwable thrown = failure;
        if (thrown instanceof RuntimeException e) {
            throw e;
        }
        if (thrown instanceof Error e) {
            throw e;
        }
    }

    private void run() {
        try {
            work.run();
        } catch (Throwable e) {
            failure = e;
        } finally {
            ended = true;
            hasPaused.release();
        }
    }

    @Override
    public boolean hasEnded() {
        return ended;
    }

    @Override
    public void pause() {
        hasPaused.release();
        mayRun.acquireUninterruptibly();
    }
}
