package io.cloudsqlite.simulator;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.format.HistoryEntry;
import io.cloudsqlite.format.LogPolicy;
import io.cloudsqlite.lock.GrantingLockManager;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.PointInTime;
import io.cloudsqlite.session.RequestOptions;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * One history of several processes that share a database: what happens in it follows from its seed alone, so a history that
 * violates something can be told again, line by line.
 *
 * <pre>{@code
 * Simulation.Result result = Simulation.run(seed, Settings.of(seed), FaultPlan.random(30, Simulation.FAULTS_END_NANOS), directory);
 * assertThat(result.violations()).isEmpty();
 * }</pre>
 *
 * <p>The processes run the production code, on one thread or several. Each has a store, a lock service, clocks and a work directory that behave badly: see
 * {@link Fault}. A process that was killed is started again on what its work directory holds, or on nothing. Once faults have
 * stopped, a fresh process must be able to write, and what it reads is judged by {@link Checker} or, if there were deletions, by
 * {@link IncarnationChecker}.
 */
final class Simulation {

    /** Prints every step; set by the system property {@code simulator.print}. */
    static final boolean PRINT = Boolean.getBoolean("simulator.print");

    /** When nothing goes wrong any more. */
    static final long FAULTS_END_NANOS = Duration.ofMinutes(10).toNanos();

    /** When nothing of what went wrong is felt any more: who stood still goes on, and whatever he had locked has lapsed. */
    static final long CALM_NANOS = Duration.ofMinutes(12).toNanos();

    /** How long the judge takes for all states of the past, however many writes there were. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private static final int MAX_RESTARTS = 4;

    private final World world;
    private final long seed;
    private final Settings settings;
    private final FaultPlan plan;
    private final Path directory;
    private final BlobStore store;
    private final LockManager locks;
    private final List<Event> events = new ArrayList<>();
    private final List<CloudSqlite> clouds = new ArrayList<>();
    private final Map<Integer, Caller> callers = new HashMap<>();
    private int directories;

    /**
     * What a history came to.
     *
     * @param violations empty if all is well
     * @param trace the same for the same history
     * @param calls how many calls each client made
     */
    record Result(List<String> violations, long trace, Map<Integer, Integer> calls) {}

    private Simulation(long seed, Settings settings, FaultPlan plan, Path directory, Function<Runnable, Fiber> fibers) {
        this.world = new World(seed, fibers);
        this.seed = seed;
        this.settings = settings;
        this.plan = plan;
        this.directory = directory;
        TimeSource trueTime = new SimulatedTime(world, Duration.ZERO, 1);
        this.store = new InMemoryBlobStore(trueTime);
        this.locks = settings.locks() == Settings.Locks.GOOD
                ? new InMemoryLockManager(trueTime, new SplittableRandom(seed))
                : new GrantingLockManager();
    }

    /** @param directory for work directories; what is in it is deleted in the end */
    static Result run(long seed, Settings settings, FaultPlan plan, Path directory) {
        return run(seed, settings, plan, directory, Fiber::of);
    }

    /** The same on fibers of one kind. */
    static Result run(long seed, Settings settings, FaultPlan plan, Path directory, Function<Runnable, Fiber> fibers) {
        Simulation simulation = new Simulation(seed, settings, plan, directory, fibers);
        try {
            return simulation.run();
        } finally {
            simulation.world.end();
            simulation.clouds.forEach(CloudSqlite::close);
            deleteChildren(directory);
        }
    }

    private Result run() {
        List<String> violations = new ArrayList<>();
        for (int client = 1; client <= settings.clients(); client++) {
            callers.put(client, new Caller(world, plan, client, time(client)));
            start(client, 0, 0, newDirectory());
        }
        try {
            world.run();
            violations.addAll(judge());
        } catch (RuntimeException | AssertionError e) {
            violations.add("something else went wrong: " + e);
            if (PRINT) {
                e.printStackTrace();
            }
        }
        Map<Integer, Integer> calls = new HashMap<>();
        callers.forEach((client, caller) -> calls.put(client, caller.calls()));
        return new Result(violations, world.trace(), calls);
    }

    private TimeSource time(int client) {
        long drawn = world.hash(client, 5) >>> 1;
        Duration skew = Duration.ofMillis(drawn % 20_000 - 10_000);
        double rate = 1 + (drawn / 20_000 % 3 - 1) * 0.002;
        return new SimulatedTime(world, skew, rate);
    }

    /** Starts the process of a client, which goes on with the operation {@code from}. */
    private void start(int client, int restarts, int from, Path work) {
        int[] next = {from};
        SplittableRandom random = new SplittableRandom(world.hash(client, restarts, 3));
        World.Run process = world.start("client " + client, Duration.ofMillis(random.nextInt(100)), () -> {
            CloudSqlite cloud = open(client, random, work);
            Queue<Integer> unanswered = unanswered(client);
            Executor threads = world.threadsOfThisProcess();
            for (int thread = 1; thread <= settings.threads(); thread++) {
                SplittableRandom own = random.split();
                Client program = new Client(world, settings, callers.get(client), client, cloud, own, events);
                threads.execute(() -> operate(program, unanswered, next, own));
            }
        });
        watch(client, restarts, process, next, work, random);
    }

    /** What a thread of a client does, as long as there is something left that no other does. */
    private void operate(Client program, Queue<Integer> unanswered, int[] next, SplittableRandom random) {
        for (Integer index = unanswered.poll(); index != null; index = unanswered.poll()) {
            program.repeat(index);
        }
        while (next[0] < settings.operations()) {
            int operation = next[0]++;
            program.operate(operation);
            world.sleep(Duration.ofMillis(random.nextInt(settings.pauseMillis())));
        }
    }

    /** What a client repeats that has just started: where it stands among the events. */
    private Queue<Integer> unanswered(int client) {
        Queue<Integer> unanswered = new ArrayDeque<>();
        for (int index = 0; index < events.size() && settings.workload() == Settings.Workload.RETRIED_WRITE; index++) {
            Event event = events.get(index);
            if (event.client() == client && event.endedNanos() == Long.MAX_VALUE) {
                unanswered.add(index);
            }
        }
        return unanswered;
    }

    /** Starts a client again some time after it was killed. */
    private void watch(int client, int restarts, World.Run process, int[] next, Path work, SplittableRandom random) {
        world.after(Duration.ofSeconds(5), () -> {
            if (!process.hasEnded()) {
                watch(client, restarts, process, next, work, random);
            } else if (process.isKilled() && restarts < MAX_RESTARTS) {
                start(client, restarts + 1, next[0], random.nextInt(4) == 0 ? newDirectory() : copyOf(work, random));
            }
        });
    }

    /** Whether maintainers get in each other's way as much as can be: some of them collect all that is not needed this moment. */
    private boolean hasCollectors() {
        return settings.workload() == Settings.Workload.WRITER_AND_MAINTAINER;
    }

    private boolean keepsHistory() {
        return !hasCollectors() && (world.hash(13) >>> 1) % 3 == 0;
    }

    /** When logs become what; who finds that none is long only collects. */
    private LogPolicy policy(int client) {
        SplittableRandom random = new SplittableRandom(world.hash(11));
        boolean onlyCollects = hasCollectors() && client > 2 && client <= settings.clients();
        int tailBytes = random.nextBoolean() ? 1_200 : 4_000;
        return new LogPolicy(
                tailBytes,
                tailBytes * 4,
                onlyCollects ? Long.MAX_VALUE : 1_000,
                random.nextBoolean() ? 20 : 5,
                random.nextBoolean() ? 0 : 1 << 20,
                onlyCollects ? Integer.MAX_VALUE : 4,
                onlyCollects ? Integer.MAX_VALUE : 2,
                Duration.ofSeconds(hasCollectors() || random.nextBoolean() ? 0 : 2));
    }

    private CloudSqlite open(int client, SplittableRandom random, Path work) {
        Caller caller = callers.get(client);
        CloudSqlite cloud = CloudSqlite.builder(new SimulatedStore(store, caller), new SimulatedLocks(locks, caller))
                .format(settings.format())
                .logPolicy(policy(client))
                .retention(Duration.ofSeconds(keepsHistory() ? 3_600 : 0))
                .workDirectory(work)
                .time(time(client))
                .random(random.split())
                .lockWait(Duration.ofSeconds(10))
                .requestTimeout(Client.TIMEOUT)
                .downloads(world.threadsOfThisProcess())
                .writers(world.threadsOfThisProcess())
                .answersEarly(world.hash(17) % 2 == 0)
                .build();
        clouds.add(cloud);
        return cloud;
    }

    /** What a fresh process finds once nothing goes wrong any more. */
    private List<String> judge() {
        List<String> violations = new ArrayList<>();
        int client = settings.clients() + 1;
        callers.put(client, new Caller(world, FaultPlan.NONE, client, time(client)));
        List<String> rows = new ArrayList<>();
        long[] txid = {0};
        world.start("judge", Duration.ofMinutes(11), () -> {
            SplittableRandom random = new SplittableRandom(seed);
            CloudSqlite cloud = open(client, random, newDirectory());
            Client program = new Client(world, settings, callers.get(client), client, cloud, random, events);
            int before = events.size();
            program.write("last");
            if (events.get(before).outcome() != Event.Outcome.COMMITTED) {
                violations.add("nobody can write any more: " + events.get(before));
            }
            program.read(RequestOptions.DEFAULT);
            Event all = events.get(before + 1);
            rows.addAll(all.rows());
            txid[0] = all.txid().orElse(-1);
            try {
                cloud.verify(Client.DATABASE, PATIENCE);
                violations.addAll(past(cloud, rows));
            } catch (CloudSqliteException e) {
                violations.add("what the store holds is not sound: " + e);
            }
        });
        world.run();
        violations.addAll(
                settings.workload() == Settings.Workload.DELETE_AND_CREATE
                        ? new IncarnationChecker(events).check()
                        : new Checker(events, rows, txid[0]).check());
        return violations;
    }

    /** Every state that the history lists can be restored, and is what it should be. */
    private List<String> past(CloudSqlite cloud, List<String> rows) {
        List<String> violations = new ArrayList<>();
        if (cloud.describe(Client.DATABASE).info().format() == DatabaseFormat.FILE) {
            return violations;
        }
        List<HistoryEntry> history = cloud.history(Client.DATABASE, OptionalLong.empty(), 1_000);
        boolean isAllKept = settings.format() == DatabaseFormat.LOG
                && keepsHistory()
                && events.stream().noneMatch(event -> event.kind() == Event.Kind.CONVERT);
        long kept = history.stream()
                .mapToLong(entry -> entry.txid() - entry.fromTxid() + 1)
                .sum();
        if (isAllKept && kept != history.get(0).txid()) {
            violations.add("history has forgotten some of " + history.get(0).txid() + " transactions: " + history);
        }
        for (HistoryEntry entry : history.subList(0, Math.min(4, history.size()))) {
            SqlResult past = cloud.database(Client.DATABASE)
                    .execute(
                            SqlStatement.of("SELECT name FROM op ORDER BY id"),
                            RequestOptions.DEFAULT.withAsOf(PointInTime.afterTransaction(entry.txid())))
                    .value();
            List<String> names =
                    past.rows().stream().map(row -> String.valueOf(row.get(0))).toList();
            if (names.size() > rows.size() || !rows.subList(0, names.size()).equals(names)) {
                violations.add("the state after transaction " + entry.txid() + " is none: " + names);
            }
        }
        return violations;
    }

    private Path newDirectory() {
        return directory.resolve(Integer.toString(directories++));
    }

    /** What a machine that was switched off finds on its disk; the lock files of its processes are gone with them. */
    private Path copyOf(Path work, SplittableRandom random) {
        Path copy = newDirectory();
        // Drawn once: files are found in an order that depends on their names, which are not the same in every run.
        boolean damaged = random.nextInt(4) == 0;
        double where = random.nextDouble();
        try (Stream<Path> files = Files.exists(work) ? Files.walk(work) : Stream.empty()) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = copy.resolve(work.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else if (!file.toString().endsWith(".lock")) {
                    Files.copy(file, target);
                    if (damaged && file.toString().endsWith(".db")) {
                        damage(target, where);
                    }
                }
            }
            return copy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a power failure may do to a file: its end is missing, or some of it is wrong. */
    private static void damage(Path file, double where) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length == 0) {
            return;
        }
        int at = (int) (where * bytes.length);
        if (where * 1_000 % 2 < 1) {
            Files.write(file, Arrays.copyOf(bytes, at));
        } else {
            Arrays.fill(bytes, at, Math.min(bytes.length, at + 64), (byte) 0x41);
            Files.write(file, bytes);
        }
    }

    private static void deleteChildren(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                if (!file.equals(directory)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
