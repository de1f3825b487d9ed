package io.cloudsqlite.aws;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.lock.LockInfo;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.DbSession;
import io.cloudsqlite.session.VerificationReport;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.ForkedJvm;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Processes move money in one ledger while the world is against them: they are killed, stopped until their leases have lapsed,
 * cut off from S3 and kept waiting by it, one of them runs out of disk, and one checkpoints, merges and collects all the while.
 *
 * <p>Whatever happens, the sum stays what it is in every state that anybody reads, now or of the past; each transfer that was
 * acknowledged is there once, as the transaction that it was told to be; one whose outcome is unknown is there at most once,
 * one that failed is not; nobody who begins after another has ended sees less than he did; and when it is over, everybody gets
 * on with it again.
 *
 * <p>A run takes {@code -Dcloudsqlite.torture.seconds}, by default 8, and longer if not everything has happened by then. A
 * full disk takes a file system of its own, which not every machine lets a test mount: the table that is printed says so then.
 */
@ExtendWith(Emulators.Shared.class)
final class TortureIT {

    private static final Duration DURATION = Duration.ofSeconds(Integer.getInteger("cloudsqlite.torture.seconds", 8));
    private static final long SEED = Long.getLong("cloudsqlite.torture.seed", System.nanoTime());

    private static final DatabaseName DATABASE = DatabaseName.of(LedgerProcess.DATABASE);
    private static final int PROCESSES = 3;
    private static final String SMALL_DISK = "size=4m";

    /** How many transfers a process has made at the least when it is killed. */
    private static final int LEAST_TRANSFERS = 5;

    private static final int LEAST_FAILURES = 3;
    private static final int MAX_STOPS = 20;
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(2);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(2);

    private static Emulators emulators;

    @TempDir
    private Path directory;

    private final LedgerHistory history = new LedgerHistory();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Member> members = new ArrayList<>();
    private final CountDownLatch never = new CountDownLatch(1);
    private volatile boolean isOver;
    private int kills;
    private int stops;
    private int stopsOfHolders;
    private int fullDisks;
    private int lastKilled;

    @BeforeAll
    static void start(Emulators shared) {
        emulators = shared;
    }

    @AfterEach
    void end_processes() throws Exception {
        isOver = true;
        for (Member member : members) {
            member.kill();
        }
        threads.shutdown();
        assertThat(threads.awaitTermination(LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource
    @Timeout(36_000)
    void ledger_stays_right_whatever_happens_to_those_who_write_in_it(DatabaseFormat format) throws Exception {
        String bucket = emulators.newBucket();
        String table = emulators.newLockTable();
        BlobStore store = new S3BlobStore(emulators.s3(), bucket);
        LockManager locks = new DynamoDbLockManager(emulators.dynamoDb(), table);
        try (CloudSqlite cloud = LedgerProcess.open(store, locks, directory.resolve("test"), format, LONGEST_WAIT);
                UnreliableProxy proxy = UnreliableProxy.before(emulators.s3Endpoint(), SEED)) {
            DbSession db = cloud.database(DATABASE);
            db.transaction(LedgerProcess.create());
            long startNanos = System.nanoTime();
            Optional<String> refusal = refusalOfSmallDisk();
            for (int i = 0; i < PROCESSES; i++) {
                boolean isMaintainer = i == 0;
                addMember(List.of(), proxy, bucket, table, directory.resolve("work"), format, isMaintainer);
            }
            if (refusal.isEmpty()) {
                Path small = Files.createDirectory(directory.resolve("small"));
                addMember(withSmallDisk(small), proxy, bucket, table, small, format, false);
            }

            torture(cloud, proxy, refusal.isEmpty());
            proxy.heal();
            for (Member member : members) {
                awaitTransfer(member);
            }
            isOver = true;
            for (Member member : members) {
                member.kill();
            }
            for (Member member : members) {
                member.filled.get();
            }

            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos);
            print(format, proxy, refusal, seconds);
            VerificationReport verified = cloud.verify(DATABASE, LONGEST_WAIT);
            List<String> ledger = db.execute("SELECT id FROM transfer ORDER BY n").rows().stream()
                    .map(row -> (String) row.get(0))
                    .toList();
            assertThat(db.execute("SELECT sum(balance) FROM account").single()).isEqualTo(LedgerHistory.SUM);
            assertThat(verified.txid()).isEqualTo(ledger.size() + 1L);
            history.check(ledger);
        }
    }

    private void print(DatabaseFormat format, UnreliableProxy proxy, Optional<String> refusal, long seconds) {
        StringBuilder rows = new StringBuilder("TortureIT, format " + format + ", seed " + SEED + "\n");
        LedgerHistory.row(rows, "seconds", seconds);
        LedgerHistory.row(rows, "killed", kills);
        LedgerHistory.row(rows, "stopped", stops);
        LedgerHistory.row(rows, "stopped while it held the lock, until that had lapsed", stopsOfHolders);
        LedgerHistory.row(rows, "request cut", proxy.cutRequests());
        LedgerHistory.row(rows, "answer cut", proxy.cutAnswers());
        LedgerHistory.row(rows, "request or answer delayed", proxy.delays());
        LedgerHistory.row(rows, "disk full", refusal.map(why -> "never: " + why).orElse(Integer.toString(fullDisks)));
        System.out.println(rows.append(history.table()));
    }

    private void torture(CloudSqlite cloud, UnreliableProxy proxy, boolean hasSmallDisk) throws Exception {
        Deadline end = Deadline.after(DURATION, TimeSource.system());
        while (!end.hasPassed() || proxy.cutRequests() == 0 || proxy.cutAnswers() == 0) {
            killNext();
            stopHolder(cloud);
            if (hasSmallDisk) {
                fillDisk(members.get(PROCESSES));
            }
        }
    }

    /** Each in its turn, so that none lives for long. */
    private void killNext() throws Exception {
        lastKilled = (lastKilled + 1) % PROCESSES;
        Member member = members.get(lastKilled);
        await("a process has made some transfers", () -> member.made.get() >= LEAST_TRANSFERS);
        member.kill();
        kills++;
    }

    /** Stops whoever holds the lock until the lock is another's. It may have let go of it just before it stopped. */
    private void stopHolder(CloudSqlite cloud) throws Exception {
        for (int i = 0; i < MAX_STOPS; i++) {
            await("somebody holds the lock", () -> holder(cloud).isPresent());
            Optional<LockInfo> lock = cloud.findLock(DATABASE);
            Optional<Member> holder = lock.flatMap(this::memberWith);
            if (holder.isEmpty()) {
                continue;
            }
            ForkedJvm jvm = holder.get().running;
            if (jvm == null) {
                continue;
            }
            jvm.pause();
            stops++;
            try {
                if (cloud.findLock(DATABASE).equals(lock)) {
                    await("the lease lapses", () -> !cloud.findLock(DATABASE).equals(lock));
                    int before = history.acknowledged();
                    await("others go on", () -> history.acknowledged() > before);
                    stopsOfHolders++;
                    return;
                }
            } finally {
                jvm.resume();
            }
        }
    }

    private Optional<Member> holder(CloudSqlite cloud) {
        return cloud.findLock(DATABASE).flatMap(this::memberWith);
    }

    private Optional<Member> memberWith(LockInfo lock) {
        return members.stream()
                .filter(member -> {
                    ForkedJvm jvm = member.running;
                    return jvm != null && lock.holder().startsWith("process " + jvm.pid() + " ");
                })
                .findFirst();
    }

    /** Whose disk is full fails and says so, and nobody else notices; when there is room again, it goes on by itself. */
    private void fillDisk(Member member) throws Exception {
        awaitTransfer(member);
        member.isFull = false;
        member.tell("FILL");
        await("the disk is full", () -> member.isFull);
        int failures = member.diskFailures.get();
        int before = history.acknowledged();
        await("it fails for want of room", () -> member.diskFailures.get() >= failures + LEAST_FAILURES);
        await("others go on", () -> history.acknowledged() > before);
        member.tell("FREE");
        awaitTransfer(member);
        fullDisks++;
    }

    private void awaitTransfer(Member member) throws InterruptedException, ExecutionException {
        int before = member.made.get();
        await("a process makes a transfer", () -> member.made.get() != before && member.made.get() > 0);
    }

    private void await(String what, BooleanSupplier condition) throws InterruptedException, ExecutionException {
        Deadline end = Deadline.after(LONGEST_WAIT, TimeSource.system());
        while (!condition.getAsBoolean()) {
            for (Member member : members) {
                if (member.filled.isDone()) {
                    member.filled.get();
                    throw new AssertionError("nothing runs in " + member.place + " any more");
                }
            }
            assertThat(end.hasPassed())
                    .as("waited in vain until %s, seed %d, %s", what, SEED, history.table())
                    .isFalse();
            never.await(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** Why there can be no disk of its own for a process, if that is so. */
    private Optional<String> refusalOfSmallDisk() throws Exception {
        List<String> command = new ArrayList<>(withSmallDisk(Files.createDirectory(directory.resolve("probe"))));
        command.add("true");
        try {
            Process probe =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return probe.waitFor() == 0 ? Optional.empty() : Optional.of("mount refused: " + said);
        } catch (IOException e) {
            return Optional.of("no command unshare");
        }
    }

    /** Runs a command with a small disk at {@code path}, which only that command sees, and which goes away with it. */
    private static List<String> withSmallDisk(Path path) {
        String script = "mount -t tmpfs -o " + SMALL_DISK + " tmpfs \"$0\" && exec \"$@\"";
        return List.of("unshare", "--mount", "--map-root-user", "sh", "-c", script, path.toString());
    }

    private void addMember(
            List<String> runner,
            UnreliableProxy proxy,
            String bucket,
            String table,
            Path work,
            DatabaseFormat format,
            boolean isMaintainer) {
        Object[] arguments = {
            proxy.endpoint(), emulators.dynamoDbEndpoint(), bucket, table, work, format, null, isMaintainer
        };
        Member member = new Member("place" + members.size(), runner, arguments);
        members.add(member);
        member.filled = threads.submit(member::keepFilled);
    }

    /** One process after the other, each until it is killed. */
    private final class Member {

        private final String place;
        private final List<String> runner;
        private final Object[] arguments;
        private final AtomicInteger made = new AtomicInteger();
        private final AtomicInteger diskFailures = new AtomicInteger();
        private Future<?> filled;
        private volatile @Nullable ForkedJvm running;
        private volatile boolean isFull;
        private String lastLine = "nothing";
        private int started;

        Member(String place, List<String> runner, Object[] arguments) {
            this.place = place;
            this.runner = runner;
            this.arguments = arguments;
        }

        @Nullable
        Void keepFilled() throws IOException, InterruptedException {
            while (!isOver) {
                arguments[6] = place + "-" + ++started;
                try (ForkedJvm jvm = ForkedJvm.start(
                        runner, List.of("--enable-native-access=ALL-UNNAMED"), LedgerProcess.class, arguments)) {
                    made.set(0);
                    running = jvm;
                    jvm.forEachLine(this::note);
                    if (running != null) {
                        throw new IllegalStateException(
                                "the process " + arguments[6] + " ended by itself, with exit code " + jvm.exitCode()
                                        + ", and last said: " + lastLine);
                    }
                }
            }
            return null;
        }

        private void note(String line) {
            lastLine = line;
            if (line.equals("FULL")) {
                isFull = true;
                return;
            }
            history.note(line);
            if (line.startsWith("DONE ")) {
                made.incrementAndGet();
            } else if (line.contains("SQLITE_FULL") || line.contains("work directory")) {
                diskFailures.incrementAndGet();
            }
        }

        void tell(String line) throws IOException {
            ForkedJvm jvm = running;
            assertThat(jvm).isNotNull();
            jvm.tell(line);
        }

        /** As {@code kill -9} does. */
        void kill() throws InterruptedException {
            ForkedJvm jvm = running;
            if (jvm != null) {
                running = null;
                jvm.kill();
            }
        }
    }
}
