package io.cloudsqlite.cli.bench.cloud;

import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.lock.LockManagerContractTest;
import io.cloudsqlite.time.TimeSource;
import java.time.Duration;
import java.util.Random;

class DelayedLockManagerTest extends LockManagerContractTest {

    @Override
    protected LockManager createLocks(TimeSource time) {
        Random random = new Random(42);
        return new DelayedLockManager(new InMemoryLockManager(time, random), Duration.ofNanos(100_000), random);
    }
}
