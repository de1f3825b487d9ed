package io.cloudsqlite.lock;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.store.ForkedJvm;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes take turns with a file lock, some of them are killed, and no two ever hold it at once. */
final class LockRefereeTest {

    private static final Duration TTL = Duration.ofMinutes(5);
    private static final int PROCESSES = 3;
    private static final int TURNS_BETWEEN_KILLS = 50;

    @TempDir
    private Path directory;

    /** {@code DIRECTORY PORT}. */
    public static void main(String[] arguments) throws IOException {
        LockReferee.takeTurns(new FileLockManager(Path.of(arguments[0])), TTL, Integer.parseInt(arguments[1]));
    }

    @Test
    void file_lock_has_one_holder_at_a_time_though_holders_are_killed() throws Exception {
        List<ForkedJvm> jvms = new ArrayList<>();
        try (LockReferee referee = LockReferee.start(true)) {
            for (int i = 0; i < PROCESSES; i++) {
                jvms.add(start(LockRefereeTest.class, directory, referee.port()));
            }
            awaitTurns(referee);
            referee.detain(jvms.get(0).pid());
            jvms.get(0).kill();
            awaitTurns(referee);
            jvms.get(1).kill();
            awaitTurns(referee);
            jvms.get(2).kill();

            assertThat(referee.deadHolders()).isPositive();
            assertThat(referee.fouls()).isEmpty();
            System.out.println("LockRefereeTest: " + referee.turns() + " turns, " + referee.deadHolders()
                    + " after a holder that was killed");
        } finally {
            for (ForkedJvm jvm : jvms) {
                jvm.close();
            }
        }
    }

    @Test
    void referee_sees_two_holders_of_a_lock_that_everybody_is_granted() throws Exception {
        try (LockReferee referee = LockReferee.start(true);
                ForkedJvm one = start(GrantingProcess.class, referee.port());
                ForkedJvm two = start(GrantingProcess.class, referee.port())) {
            await(() -> !referee.fouls().isEmpty());
            assertThat(one.pid()).isNotEqualTo(two.pid());
        }
    }

    /** A process whose lock everybody is granted: {@code PORT}. */
    static final class GrantingProcess {
        private GrantingProcess() {}

        public static void main(String[] arguments) throws IOException {
            LockReferee.takeTurns(new GrantingLockManager(), TTL, Integer.parseInt(arguments[0]));
        }
    }

    private static ForkedJvm start(Class<?> main, Object... arguments) throws IOException {
        return ForkedJvm.start(List.of(), main, arguments);
    }

    private static void awaitTurns(LockReferee referee) throws InterruptedException {
        int before = referee.turns();
        await(() -> referee.turns() >= before + TURNS_BETWEEN_KILLS);
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        Deadline end = Deadline.after(Duration.ofSeconds(100), TimeSource.system());
        CountDownLatch never = new CountDownLatch(1);
        while (!condition.getAsBoolean()) {
            assertThat(end.hasPassed()).isFalse();
            never.await(1, TimeUnit.MILLISECONDS);
        }
    }
}
