package io.cloudsqlite.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.time.TimeSource;
import java.nio.file.Path;
import java.sql.Statement;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a group makes of transactions that go wrong in ways of which SQLite knows nothing. */
final class WriteGroupTest {

    private static final long ROOM_FOR_A_SMALL_TRANSACTION = 500_000;

    @TempDir
    Path directory;

    @Test
    void transaction_that_fails_when_sqlite_has_committed_it_is_followed_by_no_other() throws Exception {
        // given
        try (WorkDirectory work =
                WorkDirectory.claim(directory.resolve("work"), OptionalLong.of(ROOM_FOR_A_SMALL_TRANSACTION))) {
            WorkingCopy copy = WorkingCopy.open(work, DatabaseName.of("app.db"), connection -> {}, TimeSource.system());
            copy.markAbsent(copy.epoch());
            work.whenFull(() -> {
                throw new OutOfMemoryError("for a test");
            });
            try (WriteGroup group = copy.write().orElseThrow();
                    Statement statement = group.connection().createStatement()) {
                group.begin();
                statement.execute("CREATE TABLE t AS SELECT zeroblob(1000000)");

                // when
                assertThatThrownBy(group::commit).isInstanceOf(OutOfMemoryError.class);
                group.rollBack();

                // then
                assertThat(group.transactions()).isZero();
                assertThat(group.isSpoiled()).isTrue();
                work.whenFull(() -> false);
            }
            assertThat(copy.version()).isEmpty();
        }
    }
}
