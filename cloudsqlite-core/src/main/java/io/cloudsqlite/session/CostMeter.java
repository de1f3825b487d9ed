package io.cloudsqlite.session;

import io.cloudsqlite.format.Checkout;
import io.cloudsqlite.format.Operation;
import io.cloudsqlite.time.TimeSource;
import java.time.Duration;

/** Measures one request: each lap is the time since the lap before. Used by one thread. */
final class CostMeter {

    private final TimeSource time;
    private final Operation operation;
    private final long began;
    private long lapBegan;
    private Duration lock = Duration.ZERO;
    private Duration checkout = Duration.ZERO;
    private Duration execute = Duration.ZERO;
    private Duration commit = Duration.ZERO;
    private Checkout cache = Checkout.HIT;

    CostMeter(TimeSource time, Operation operation) {
        this.time = time;
        this.operation = operation;
        this.began = time.nanoTime();
        this.lapBegan = began;
    }

    /** Notes when others have acquired the lock and checked out, and how; what is executed begins now. */
    void prepared(long lockedAtNanos, long checkedOutAtNanos, Checkout how) {
        lock = Duration.ofNanos(lockedAtNanos - began);
        checkout = Duration.ofNanos(checkedOutAtNanos - lockedAtNanos);
        cache = how;
        lapBegan = time.nanoTime();
    }

    void checkedOut(Checkout how) {
        checkout = lap();
        cache = how;
    }

    void executed() {
        execute = lap();
    }

    void committed() {
        commit = lap();
    }

    private Duration lap() {
        long now = time.nanoTime();
        Duration lap = Duration.ofNanos(now - lapBegan);
        lapBegan = now;
        return lap;
    }

    Cost cost() {
        return new Cost(
                Duration.ofNanos(time.nanoTime() - began),
                lock,
                checkout,
                execute,
                commit,
                operation.storeRequests(),
                operation.bytesDownloaded(),
                operation.bytesUploaded(),
                cache);
    }
}
