package io.cloudsqlite.simulator;

import java.util.function.Function;

/** The threads of a simulated process, on threads. */
final class ThreadsWorldTest extends WorldTest {

    @Override
    Function<Runnable, Fiber> fibers() {
        return ThreadFiber::new;
    }
}
