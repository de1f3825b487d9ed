package io.cloudsqlite.aws;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.DbSession;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.ForkedJvm;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Eight writers in four processes increment one counter, and every second one process is killed and another takes its place.
 * No increment that was acknowledged may be missing, and none may be there twice.
 *
 * <p>To start a process takes nearly two seconds of a processor, as much as some thirty increments. So whoever is killed has
 * made a few first: on a machine that is slow or busy with other things, kills are then rarer, where else there would be
 * nothing but starts.
 *
 * <p>It runs until there are 1,000 increments, but not for longer than {@code -Dcloudsqlite.race.seconds}, by default 120.
 */
@ExtendWith(Emulators.Shared.class)
final class CounterRaceIT {

    private static final int PROCESSES = 4;
    private static final int INCREMENTS = 1_000;
    private static final Duration LONGEST = Duration.ofSeconds(Integer.getInteger("cloudsqlite.race.seconds", 120));
    private static final Duration BETWEEN_KILLS = Duration.ofSeconds(1);

    /** How many increments a process has made at the least when it is killed. */
    private static final int LEAST_INCREMENTS = 20;

    /**
     * After every tenth kill the lock is left to lapse, if the killed had it, for which all others wait some seven seconds. After
     * the others it is broken, whoever has it: a commit does not rely on it.
     */
    private static final int KILLS_PER_LAPSE = 10;

    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    private static Emulators emulators;

    @TempDir
    private Path directory;

    private final Set<String> tried = ConcurrentHashMap.newKeySet();
    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private final AtomicInteger started = new AtomicInteger();
    private final AtomicReferenceArray<@Nullable ForkedJvm> running = new AtomicReferenceArray<>(PROCESSES);
    private final AtomicIntegerArray made = new AtomicIntegerArray(PROCESSES);
    private final CountDownLatch enough = new CountDownLatch(INCREMENTS);

    private volatile boolean isOver;
    private int lastKilled;
    private String bucket;
    private String table;

    @BeforeAll
    static void start(Emulators shared) {
        emulators = shared;
    }

    @Test
    @Timeout(3_600)
    void acknowledged_increments_are_counted_once_whoever_is_killed() throws Exception {
        bucket = emulators.newBucket();
        table = emulators.newLockTable();
        try (CloudSqlite cloud = CloudSqlite.builder(
                        new S3BlobStore(emulators.s3(), bucket), new DynamoDbLockManager(emulators.dynamoDb(), table))
                .workDirectory(directory.resolve("test"))
                .build()) {
            DbSession db = cloud.database(CounterProcess.DATABASE);
            db.transaction(List.of(
                    SqlStatement.of("CREATE TABLE counter (n INTEGER)"),
                    SqlStatement.of("INSERT INTO counter VALUES (0)"),
                    // Without a key: an increment that was made twice shows as two rows.
                    SqlStatement.of("CREATE TABLE done (id TEXT)")));

            long startNanos = System.nanoTime();
            int kills = race(cloud);

            Duration took = Duration.ofNanos(System.nanoTime() - startNanos);
            List<List<@Nullable Object>> rows =
                    db.execute("SELECT (SELECT n FROM counter), id FROM done").rows();
            List<String> done = rows.stream().map(row -> (String) row.get(1)).toList();
            System.out.println("CounterRaceIT: " + acknowledged.size() + " increments acknowledged, "
                    + (tried.size() - acknowledged.size()) + " unknown, counter "
                    + rows.get(0).get(0) + "; " + kills
                    + " of " + started + " processes killed in the race, " + took.toMillis() + " ms");
            assertThat(acknowledged).isNotEmpty();
            assertThat(done).doesNotHaveDuplicates();
            assertThat(rows.get(0).get(0)).isEqualTo((long) done.size());
            assertThat(new HashSet<>(done)).containsAll(acknowledged);
            assertThat(tried).containsAll(done);
        }
    }

    /** Runs until there are enough increments or the time is up, and returns how many processes were killed in the course of it. */
    private int race(CloudSqlite cloud) throws Exception {
        ExecutorService places = Executors.newFixedThreadPool(PROCESSES);
        List<Future<?>> filled = new ArrayList<>();
        for (int i = 0; i < PROCESSES; i++) {
            int place = i;
            filled.add(places.submit(() -> keepFilled(place)));
        }
        int kills = 0;
        Deadline end = Deadline.after(LONGEST, TimeSource.system());
        while (!enough.await(BETWEEN_KILLS.toMillis(), TimeUnit.MILLISECONDS)
                && !end.hasPassed()
                && filled.stream().noneMatch(Future::isDone)) {
            if (killNext()) {
                kills++;
                if (kills % KILLS_PER_LAPSE != 0) {
                    cloud.unlock(DatabaseName.of(CounterProcess.DATABASE));
                }
            }
        }
        isOver = true;
        places.shutdown();
        for (int i = 0; i < PROCESSES; i++) {
            killLast(i, filled.get(i));
        }
        return kills;
    }

    /** A process may have been about to start when the race ended. */
    private void killLast(int place, Future<?> filled) throws Exception {
        while (true) {
            kill(place);
            try {
                filled.get(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                // It starts just now.
            }
        }
    }

    /** Each in its turn, so that none lives for long. */
    private boolean killNext() throws InterruptedException {
        for (int i = 0; i < PROCESSES; i++) {
            lastKilled = (lastKilled + 1) % PROCESSES;
            if (made.get(lastKilled) >= LEAST_INCREMENTS && kill(lastKilled)) {
                return true;
            }
        }
        return false;
    }

    private boolean kill(int place) throws InterruptedException {
        ForkedJvm jvm = running.getAndSet(place, null);
        if (jvm == null) {
            return false;
        }
        jvm.kill();
        return true;
    }

    /** One process after the other, each until it is killed. */
    private @Nullable Void keepFilled(int place) throws IOException {
        while (!isOver) {
            String name = "process" + started.incrementAndGet();
            try (ForkedJvm jvm = ForkedJvm.start(
                    List.of("--enable-native-access=ALL-UNNAMED"),
                    CounterProcess.class,
                    emulators.s3Endpoint(),
                    emulators.dynamoDbEndpoint(),
                    bucket,
                    table,
                    // All of them use one directory, as the processes of a machine do, and find what the killed left in
                    // it.
                    directory.resolve("work"),
                    name)) {
                made.set(place, 0);
                running.set(place, jvm);
                jvm.forEachLine(line -> note(place, line));
                if (running.getAndSet(place, null) != null) {
                    throw new IllegalStateException("the " + name + " ended by itself");
                }
            }
        }
        return null;
    }

    private void note(int place, String line) {
        String id = line.substring(line.indexOf(' ') + 1);
        if (line.startsWith("TRY ")) {
            tried.add(id);
        } else if (line.startsWith("DONE ") && acknowledged.add(id)) {
            made.incrementAndGet(place);
            enough.countDown();
        }
    }
}
