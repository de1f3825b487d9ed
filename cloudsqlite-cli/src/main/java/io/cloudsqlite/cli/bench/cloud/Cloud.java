package io.cloudsqlite.cli.bench.cloud;

import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.time.SystemRandom;

/**
 * A store and its locks, as those see them who are measured, and as those who prepare and check.
 *
 * <pre>{@code
 * Cloud cloud = Cloud.simulated(new InMemoryBlobStore(), new InMemoryLockManager(), profile);
 * Traffic before = cloud.meter().total();
 * ... use cloud.store() and cloud.locks() ...
 * Traffic used = cloud.meter().total().since(before);
 * }</pre>
 *
 * @param store metered, and slow if it is simulated
 * @param locks metered, and slow if they are simulated
 * @param directStore the same objects, not metered and as fast as they are
 * @param directLocks the same locks, not metered and as fast as they are
 */
public record Cloud(
        BlobStore store, LockManager locks, BlobStore directStore, LockManager directLocks, TrafficMeter meter) {

    /** A cloud of that store and those locks, made as slow as {@code profile} says. */
    public static Cloud simulated(BlobStore store, LockManager locks, CloudProfile profile) {
        TrafficMeter meter = new TrafficMeter();
        // Metered within, so that each try to acquire a lock that is taken counts.
        BlobStore slowStore = new DelayedBlobStore(new MeteredBlobStore(store, meter), profile);
        LockManager slowLocks = new DelayedLockManager(
                new MeteredLockManager(locks, meter), profile.lockRoundTrip(), SystemRandom.create());
        return new Cloud(slowStore, slowLocks, store, locks, meter);
    }

    /** A cloud that is as slow as it is. */
    public static Cloud real(BlobStore store, LockManager locks) {
        TrafficMeter meter = new TrafficMeter();
        return new Cloud(new MeteredBlobStore(store, meter), new MeteredLockManager(locks, meter), store, locks, meter);
    }
}
