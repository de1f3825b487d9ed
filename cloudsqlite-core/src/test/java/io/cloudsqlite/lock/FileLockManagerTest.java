package io.cloudsqlite.lock;

import static io.cloudsqlite.lock.FileLockProcess.DATABASE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.store.ForkedJvm;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileLockManagerTest extends LockManagerContractTest {

    private static final Duration TTL = Duration.ofMinutes(5);

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private int created;

    /** Each with a directory of its own, so that none sees the leases of another. */
    @Override
    protected LockManager createLocks(TimeSource time) {
        return new FileLockManager(directory.resolve("locks" + created++), time, new Random(42));
    }

    @Override
    protected boolean keepsHints() {
        return false;
    }

    private static Deadline now() {
        return Deadline.after(Duration.ZERO, TimeSource.system());
    }

    @Test
    void two_managers_on_one_directory_exclude_each_other() {
        LockManager one = new FileLockManager(directory, time, new Random(1));
        LockManager two = new FileLockManager(directory, time, new Random(2));

        try (Lease lease = one.acquire(DATABASE, TTL, now())) {
            assertThatThrownBy(() -> two.acquire(DATABASE, TTL, now())).isInstanceOf(DatabaseLockedException.class);
            assertThat(two.find(DATABASE, now())).contains(new LockInfo(lease.holder(), lease.expiresAt()));
        }
        two.acquire(DATABASE, TTL, now()).close();
    }

    @Test
    void processes_take_turns() throws Exception {
        List<ForkedJvm> jvms = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            jvms.add(ForkedJvm.start(List.of(), FileLockProcess.class, "take-turns", directory, 40));
        }

        for (ForkedJvm jvm : jvms) {
            assertThat(jvm.exitCode()).isZero();
        }
    }

    @Test
    void lock_of_a_live_process_is_held_and_that_of_a_killed_one_is_free_at_once() throws Exception {
        LockManager locks = new FileLockManager(directory);
        try (ForkedJvm jvm = ForkedJvm.start(List.of(), FileLockProcess.class, "hold", directory, 0)) {
            String holder = jvm.readLine();
            assertThat(holder).contains(Long.toString(jvm.pid()));
            assertThatExceptionOfType(DatabaseLockedException.class)
                    .isThrownBy(() -> locks.acquire(DATABASE, TTL, now()))
                    .satisfies(e -> assertThat(e.holder()).isEqualTo(holder));

            jvm.kill();

            assertThat(locks.find(DATABASE, now())).isEmpty();
            locks.acquire(DATABASE, TTL, now()).ensureValid();
        }
    }

    @Test
    void lease_of_another_machine_lasts_until_it_lapses() throws IOException {
        LockManager locks = new FileLockManager(directory, time, new Random(42));
        write(new LeaseRecord(
                "n", "another.machine", Long.MAX_VALUE, 1, time.instant().plus(TTL)));

        assertThatExceptionOfType(DatabaseLockedException.class)
                .isThrownBy(() -> locks.acquire(DATABASE, TTL, now()))
                .satisfies(e -> assertThat(e.holder()).contains("another.machine"));

        time.advance(TTL);
        locks.acquire(DATABASE, TTL, now()).ensureValid();
    }

    @Test
    void process_that_was_given_the_id_of_a_dead_holder_is_not_the_holder() throws IOException {
        LockManager locks = new FileLockManager(directory, time, new Random(42));
        String host = InetAddress.getLocalHost().getHostName();
        ProcessHandle self = ProcessHandle.current();
        long start = self.info().startInstant().orElseThrow().toEpochMilli();
        Instant expiry = time.instant().plus(TTL);

        write(new LeaseRecord("n", host, self.pid(), start, expiry));
        assertThat(locks.find(DATABASE, now())).isPresent();
        write(new LeaseRecord("n", host, self.pid(), start + 2_000, expiry));
        assertThat(locks.find(DATABASE, now()))
                .as("the clock was set by two seconds")
                .isPresent();
        write(new LeaseRecord("n", host, self.pid(), 0, expiry));
        assertThat(locks.find(DATABASE, now())).as("its start is not known").isPresent();
        write(new LeaseRecord("n", host, self.pid(), start - 3_600_000, expiry));

        assertThat(locks.find(DATABASE, now())).isEmpty();
        locks.acquire(DATABASE, TTL, now()).ensureValid();
    }

    @Test
    void file_that_is_no_lease_counts_as_none() throws IOException {
        LockManager locks = new FileLockManager(directory, time, new Random(42));
        String good = new LeaseRecord("n", "h", 1, 1, time.instant().plus(TTL)).encode();
        for (String text : List.of("", "\n", "nonce", good.substring(0, good.length() / 2), good + good, "\0\u00ff")) {
            Files.writeString(leaseFile(), text);

            assertThat(locks.find(DATABASE, now())).isEmpty();
            locks.acquire(DATABASE, TTL, now()).close();
        }
    }

    @Test
    void closing_never_throws_even_if_the_directory_is_gone() throws IOException {
        LockManager locks = new FileLockManager(directory, time, new Random(42));
        Lease lease = locks.acquire(DATABASE, TTL, now());
        Files.delete(leaseFile());
        Path guards = directory.resolve(".cloudsqlite/lease-locks");
        Files.move(guards, directory.resolve("elsewhere"));

        lease.close();

        assertThatThrownBy(() -> locks.find(DATABASE, now())).isInstanceOf(StorageUnavailableException.class);
    }

    private void write(LeaseRecord lease) throws IOException {
        Files.writeString(leaseFile(), lease.encode());
    }

    private Path leaseFile() {
        return directory.resolve(".cloudsqlite/leases/" + DATABASE);
    }
}
