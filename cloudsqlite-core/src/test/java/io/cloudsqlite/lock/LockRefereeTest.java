package io.cloudsqlite.lock;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.store.ForkedJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes take turns with a file lock, some of them are killed, and no two ever hold it at once. */
final class LockRefereeTest {

    private static final Duration TTL = Duration.ofMinutes(5);
    private static final int TURNS_BETWEEN_KILLS = 50;

    @TempDir
    private Path directory;

    /** {@code DIRECTORY PORT}. */
    public static void main(String[] arguments) throws IOException {
        LockReferee.takeTurns(new FileLockManager(Path.of(arguments[0])), TTL, Integer.parseInt(arguments[1]));
    }

    @Test
    void file_lock_has_one_holder_at_a_time_though_holders_are_killed() throws Exception {
        try (LockReferee referee = LockReferee.start(true)) {
            referee.watchKills(TURNS_BETWEEN_KILLS, () -> start(LockRefereeTest.class, directory, referee.port()));

            assertThat(referee.deadHolders()).isPositive();
            assertThat(referee.fouls()).isEmpty();
            System.out.println("LockRefereeTest: " + referee.turns() + " turns, " + referee.deadHolders()
                    + " after a holder that was killed");
        }
    }

    @Test
    void referee_sees_two_holders_of_a_lock_that_everybody_is_granted() throws Exception {
        try (LockReferee referee = LockReferee.start(true);
                ForkedJvm one = start(GrantingProcess.class, referee.port());
                ForkedJvm two = start(GrantingProcess.class, referee.port())) {
            LockReferee.await(() -> !referee.fouls().isEmpty());
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
}
