package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.lock.GrantingLockManager;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.store.FaultyBlobStore;
import io.cloudsqlite.store.FaultyBlobStore.Call;
import io.cloudsqlite.store.FaultyBlobStore.Fault;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.store.Race;
import io.cloudsqlite.store.StoredObjects;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.TimeSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A database changes its format while others use it. */
class ConvertTest {

    private static final DatabaseName APP = DatabaseName.of("app.db");
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final int CONVERSIONS = 30;

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final InMemoryBlobStore memory = new InMemoryBlobStore(time);
    private final StoredObjects objects = new StoredObjects(memory);

    @Test
    void database_keeps_its_content_and_its_numbering_in_whichever_format() {
        try (Cloud cloud = newProcess("work", new GrantingLockManager());
                Cloud other = newProcess("other", new GrantingLockManager())) {
            // given
            cloud.createCounter();
            other.increment();

            // when
            long toFile = cloud.cloud().convert(APP, DatabaseFormat.FILE, LONG);
            other.increment();
            long toLog = cloud.cloud().convert(APP, DatabaseFormat.LOG, LONG);
            other.increment();

            // then
            assertThat(toFile).isEqualTo(3);
            assertThat(toLog).isEqualTo(5);
            assertThat(cloud.txid()).isEqualTo(6);
            assertThat(cloud.counter()).isEqualTo(3);
            assertThat(cloud.cloud().convert(APP, DatabaseFormat.LOG, LONG))
                    .as("has that format already")
                    .isEqualTo(6);
        }
    }

    @Test
    void objects_of_the_log_are_gone_once_the_database_has_left_it() {
        InMemoryLockManager locks = new InMemoryLockManager();
        FaultyBlobStore faults = new FaultyBlobStore(memory);
        try (Cloud cloud = new Cloud(faults, locks, directory.resolve("work"), time);
                Cloud other = newProcess("other", new GrantingLockManager())) {
            // given
            cloud.createCounter();
            cloud.app().execute("CREATE TABLE ballast AS SELECT zeroblob(2000000) AS a, randomblob(2500000) AS b");
            faults.before(
                    Call.PUT,
                    () -> assertThat(other.cloud().maintain(APP, LONG).checkpointed())
                            .as("puts a base after the log was listed")
                            .isTrue());

            // when
            cloud.cloud().convert(APP, DatabaseFormat.FILE, LONG);

            // then
            assertThat(faults.isPlayed()).isTrue();
            assertThat(objects.keys("app.db")).containsExactly("app.db");
            assertThat(other.counter()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(DatabaseFormat.class)
    void conversion_whose_answer_is_lost_happens_once(DatabaseFormat target) {
        FaultyBlobStore faults = new FaultyBlobStore(memory);
        try (Cloud cloud = new Cloud(faults, new GrantingLockManager(), directory.resolve("work"), time);
                Cloud other = newProcess("other", new GrantingLockManager())) {
            // given
            other.createCounter();
            if (target == DatabaseFormat.LOG) {
                other.cloud().convert(APP, DatabaseFormat.FILE, LONG);
                faults.script(Call.PUT, Fault.LOST_AFTER);
            }
            long before = other.txid();
            faults.script(Call.PUT, Fault.LOST_AFTER);

            // when
            long txid = cloud.cloud().convert(APP, target, LONG);

            // then
            assertThat(txid).isEqualTo(before + 1);
            assertThat(faults.isPlayed()).isTrue();
            assertThat(other.txid()).isEqualTo(txid);
            assertThat(other.cloud().describe(APP).info().format()).isEqualTo(target);
            assertThat(other.counter()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void no_increment_is_lost_and_no_reader_goes_back_while_the_format_changes(boolean locked) throws Exception {
        LockManager locks = locked ? new InMemoryLockManager() : new GrantingLockManager();
        int writers = 2;
        AtomicBoolean done = new AtomicBoolean();
        try (Cloud converter = newRacer("converter", locks);
                Cloud first = newRacer("first", locks);
                Cloud second = newRacer("second", locks);
                Cloud reader = newRacer("reader", locks)) {
            // given
            first.createCounter();
            first.app().execute("CREATE TABLE ballast AS SELECT randomblob(100000) AS b");

            // when
            long acknowledged = Race.run(writers + 2, number -> switch (number) {
                        case 0 -> convertBackAndForth(converter, done);
                        case 1 -> incrementUntil(done, first);
                        case 2 -> incrementUntil(done, second);
                        default -> readUntil(done, reader);
                    })
                    .stream()
                    .mapToLong(Long::longValue)
                    .sum();

            // then
            assertThat(acknowledged).isPositive();
            assertThat(reader.counter()).isEqualTo(acknowledged);
            assertThat(reader.txid()).isEqualTo(2 + acknowledged + CONVERSIONS);
            converter.cloud().verify(APP, LONG);
        }
    }

    private static long convertBackAndForth(Cloud cloud, AtomicBoolean done) {
        try {
            DatabaseFormat format = DatabaseFormat.LOG;
            for (int converted = 0; converted < CONVERSIONS; ) {
                DatabaseFormat next = format == DatabaseFormat.LOG ? DatabaseFormat.FILE : DatabaseFormat.LOG;
                try {
                    cloud.cloud().convert(APP, next, LONG);
                    format = next;
                    converted++;
                } catch (WriteConflictException e) {
                    // Writers were faster; nothing was changed.
                }
            }
            return 0;
        } finally {
            done.set(true);
        }
    }

    private static long incrementUntil(AtomicBoolean done, Cloud cloud) {
        long acknowledged = 0;
        while (!done.get()) {
            try {
                cloud.increment();
                acknowledged++;
            } catch (WriteConflictException e) {
                // Nothing was changed.
            }
        }
        return acknowledged;
    }

    private static long readUntil(AtomicBoolean done, Cloud cloud) {
        long seen = 0;
        while (!done.get()) {
            long counter = cloud.counter();
            assertThat(counter).isGreaterThanOrEqualTo(seen);
            seen = counter;
        }
        return 0;
    }

    private Cloud newProcess(String work, LockManager locks) {
        return new Cloud(memory, locks, directory.resolve(work), time);
    }

    private Cloud newRacer(String work, LockManager locks) {
        return new Cloud(memory, locks, directory.resolve(work), TimeSource.system());
    }
}
