package io.cloudsqlite.lock;

import io.cloudsqlite.time.TimeSource;
import java.util.Random;

class InMemoryLockManagerTest extends LockManagerContractTest {

    @Override
    protected LockManager createLocks(TimeSource time) {
        return new InMemoryLockManager(time, new Random(42));
    }
}
