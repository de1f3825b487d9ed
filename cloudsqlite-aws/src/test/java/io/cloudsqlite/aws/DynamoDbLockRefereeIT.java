package io.cloudsqlite.aws;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.lock.LockReferee;
import io.cloudsqlite.store.ForkedJvm;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Processes take turns with a lock in DynamoDB, some of them are killed, and no two ever hold it at once. */
@ExtendWith(Emulators.Shared.class)
final class DynamoDbLockRefereeIT {

    /** Whoever waits after a kill waits for this long at the most, and a second more. */
    private static final Duration TTL = Duration.ofSeconds(3);

    private static final int TURNS_BETWEEN_KILLS = 20;

    private static Emulators emulators;

    @BeforeAll
    static void start(Emulators shared) {
        emulators = shared;
    }

    /** {@code DYNAMODB_ENDPOINT TABLE PORT}. */
    public static void main(String[] arguments) throws IOException {
        LockReferee.takeTurns(
                new DynamoDbLockManager(
                        Emulators.clients(URI.create(arguments[0])).dynamoDb(), arguments[1]),
                TTL,
                Integer.parseInt(arguments[2]));
    }

    @Test
    void lock_has_one_holder_at_a_time_though_holders_are_killed() throws Exception {
        String table = emulators.newLockTable();
        try (LockReferee referee = LockReferee.start(false)) {
            referee.watchKills(
                    TURNS_BETWEEN_KILLS,
                    () -> ForkedJvm.start(
                            List.of(),
                            DynamoDbLockRefereeIT.class,
                            emulators.dynamoDbEndpoint(),
                            table,
                            referee.port()));

            assertThat(referee.deadHolders()).isPositive();
            assertThat(referee.fouls()).isEmpty();
            System.out.println("DynamoDbLockRefereeIT: " + referee.turns() + " turns, " + referee.deadHolders()
                    + " after a holder that was killed");
        }
    }
}
