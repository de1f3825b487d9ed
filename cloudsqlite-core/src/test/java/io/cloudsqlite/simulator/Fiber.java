package io.cloudsqlite.simulator;

/** Something that runs until it pauses, and goes on when it is told to; at any time at most one of a world's fibers runs. */
interface Fiber {

    /** Runs until the fiber pauses again or ends. */
    void resume();

    boolean hasEnded();

    /** Pauses the fiber that calls, until it is resumed. */
    void pause();

    /**
     * A new fiber: on JDK 21 and newer, if {@code --add-exports java.base/jdk.internal.vm=ALL-UNNAMED} was given, one that takes
     * no thread; otherwise one on a thread of its own. Both run the same in every respect.
     */
    static Fiber of(Runnable work) {
        return ContinuationFiber.IS_AVAILABLE ? new ContinuationFiber(work) : new ThreadFiber(work);
    }
}
