package io.cloudsqlite.aws;

import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.AbortedException;

/** Whether a call of the SDK failed because its thread was interrupted. */
final class Interrupts {

    private Interrupts() {}

    /** Whether {@code failure} is owed to an interrupt; if so, the thread is interrupted again afterwards. */
    static boolean caused(Throwable failure) {
        boolean interrupted = Thread.currentThread().isInterrupted();
        for (@Nullable Throwable e = failure; e != null && !interrupted; e = e.getCause()) {
            interrupted = e instanceof AbortedException || e instanceof InterruptedException;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return interrupted;
    }
}
