package io.cloudsqlite.cli.bench;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.cli.bench.cloud.Cloud;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.DbSession;
import io.cloudsqlite.session.RequestOptions;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Measures CloudSQLite, and in the same run what it is compared with, on one cloud.
 *
 * <pre>{@code
 * try (TemporaryFiles files = TemporaryFiles.in(directory)) {
 *     BenchReport report = new Bench(plan, cloud, files, System.err::println).run();
 * }
 * }</pre>
 *
 * <p>It uses CloudSQLite as anybody would, by {@link CloudSqlite} and {@link DbSession}. A process is a {@code CloudSqlite}
 * with a work directory of its own, in this JVM. Databases are made and checked without the cloud's slowness and not
 * measured; they are deleted in the end. Used by one thread.
 */
public final class Bench {

    private static final List<Integer> WRITERS = List.of(1, 8, 64);
    private static final int MIX_CLIENTS = 8;

    /** A reader that allows this staleness asks the store once in that time. */
    private static final Duration STALENESS = Duration.ofSeconds(5);

    /** Long enough for the largest database on the slowest link. */
    private static final Duration TIMEOUT = Duration.ofMinutes(10);

    private final BenchPlan plan;
    private final Cloud cloud;
    private final TemporaryFiles files;
    private final Consumer<String> progress;
    private final Runner runner;
    private final String prefix = "bench-" + Long.toHexString(new SplittableRandom().nextLong());
    private final List<Measurement> measurements = new ArrayList<>();
    private final List<WriteCheck> checks = new ArrayList<>();

    /** @param progress told what comes next, in a line */
    public Bench(BenchPlan plan, Cloud cloud, TemporaryFiles files, Consumer<String> progress) {
        this.plan = plan;
        this.cloud = cloud;
        this.files = files;
        this.progress = progress;
        this.runner = new Runner(plan.warmUp(), plan.duration(), plan.minOperations(), cloud.meter());
    }

    /** Runs everything, once. */
    public BenchReport run() throws IOException, SQLException, InterruptedException {
        progress.accept("the cloud's own latencies");
        Calibration calibration = Calibration.measure(cloud, name("calibration"));
        measureBareRequests();
        for (int megabytes : plan.megabytes()) {
            measure(megabytes);
        }
        return new BenchReport(calibration, measurements, checks);
    }

    private DatabaseName name(String suffix) {
        return DatabaseName.of(prefix + "-" + suffix);
    }

    private void measure(int megabytes) throws IOException, SQLException, InterruptedException {
        progress.accept("a database of " + megabytes + " MB");
        Path file = files.fresh("items.db");
        int rows = Items.build(file, megabytes * 1_000_000L);
        DatabaseName first = name(megabytes + "mb-first.db");
        DatabaseName ours = name(megabytes + "mb.db");
        try (CloudSqlite direct = open(cloud.directStore(), cloud.directLocks(), files.fresh("direct"))) {
            try (InputStream in = Files.newInputStream(file)) {
                direct.importDatabase(ours, in, false, Long.MAX_VALUE, TIMEOUT);
            }
            cloud.directStore()
                    .put(first.value(), FirstAlgorithm.bodyOf(file), Map.of(), PutCondition.IF_ABSENT, deadline());
            try {
                measureFirst(megabytes, rows, first);
                measurePlain(megabytes, rows, file);
                run(Kind.BARE_DOWNLOAD, megabytes, 1, number -> BareRequests.download(cloud, first.value()));
                measureOurs(megabytes, rows, ours, direct);
            } finally {
                cloud.directStore().delete(List.of(first.value()), deadline());
                direct.delete(ours);
            }
        }
        Files.deleteIfExists(file);
    }

    private void measureFirst(int megabytes, int rows, DatabaseName name)
            throws IOException, SQLException, InterruptedException {
        Ledger ledger = new Ledger();
        Path file = files.fresh("first.db");
        FirstAlgorithm algorithm = new FirstAlgorithm(cloud.store(), cloud.locks(), name, file);
        SplittableRandom random = new SplittableRandom(megabytes);
        run(Kind.FIRST_READ, megabytes, 1, number -> () -> algorithm.execute(Items.READ, 1 + random.nextInt(rows)));
        run(
                Kind.FIRST_WRITE,
                megabytes,
                1,
                number -> () -> ledger.write(1, () -> algorithm.execute(Items.WRITE, 1 + random.nextInt(rows))));
        FirstAlgorithm.download(cloud.directStore(), name, file, deadline());
        checks.add(WriteCheck.of(name, ledger, Items.countWrites(file)));
        Files.delete(file);
    }

    private void measurePlain(int megabytes, int rows, Path original)
            throws IOException, SQLException, InterruptedException {
        Path file = files.fresh("plain.db");
        Files.copy(original, file, StandardCopyOption.REPLACE_EXISTING);
        try (PlainSqlite plain = new PlainSqlite(file)) {
            SplittableRandom random = new SplittableRandom(megabytes);
            run(Kind.PLAIN_READ, megabytes, 1, number -> () -> plain.read(1 + random.nextInt(rows)));
            run(Kind.PLAIN_WRITE, megabytes, 1, number -> () -> plain.write(1 + random.nextInt(rows)));
            run(Kind.PLAIN_TRANSACTION, megabytes, 1, number -> plain::transaction);
        }
        Files.delete(file);
    }

    /** Those that are the same for databases of any size. */
    private void measureBareRequests() throws InterruptedException {
        DatabaseName object = name("bare");
        cloud.directStore().put(object.value(), BlobBody.of(new byte[1]), Map.of(), PutCondition.IF_ABSENT, deadline());
        try {
            run(Kind.BARE_GET, Measurement.ANY_SIZE, 1, number -> BareRequests.get(cloud, object.value()));
            run(Kind.BARE_COMMIT, Measurement.ANY_SIZE, 1, number -> BareRequests.commit(cloud, object));
        } finally {
            cloud.directStore().delete(List.of(object.value()), deadline());
        }
    }

    private void measureOurs(int megabytes, int rows, DatabaseName name, CloudSqlite direct)
            throws IOException, InterruptedException {
        Ledger ledger = new Ledger();
        RequestOptions stale = RequestOptions.DEFAULT.withMaxStaleness(STALENESS);
        run(Kind.COLD_READ, megabytes, 1, number -> new ColdReader(name, rows));
        try (CloudSqlite process = openMeasured()) {
            SessionClients clients = new SessionClients(process.database(name), rows, ledger);
            run(Kind.WARM_READ, megabytes, 1, number -> clients.reader(RequestOptions.DEFAULT, number));
            run(Kind.STALE_READ, megabytes, 1, number -> clients.reader(stale, number));
            run(Kind.WRITE, megabytes, 1, clients::writer);
            run(Kind.TRANSACTION, megabytes, 1, number -> clients.inserter());
            if (megabytes == plan.sharedMegabytes()) {
                for (int writers : WRITERS) {
                    run(Kind.WRITERS, megabytes, writers, clients::writer);
                }
                run(Kind.MIX, megabytes, MIX_CLIENTS, clients::mixer);
            }
        }
        if (megabytes == plan.sharedMegabytes()) {
            run(Kind.PROCESSES, megabytes, plan.processes(), number -> new OwnProcess(name, rows, ledger, number));
        }
        SqlStatement count = SqlStatement.of(Items.COUNT_WRITES);
        @Nullable
        Object found = direct.database(name)
                .execute(count, RequestOptions.DEFAULT.withTimeout(TIMEOUT))
                .value()
                .single();
        checks.add(WriteCheck.of(name, ledger, ((Number) Objects.requireNonNull(found)).longValue()));
    }

    private void run(Kind kind, int megabytes, int clients, Workload.Clients opening) throws InterruptedException {
        Workload workload = new Workload(kind, megabytes, clients, opening);
        progress.accept(workload.toString());
        measurements.add(runner.measure(workload));
    }

    private CloudSqlite open(BlobStore store, LockManager locks, Path workDirectory) {
        // As a service does, which lives on.
        CloudSqlite.Builder builder = CloudSqlite.builder(store, locks)
                .workDirectory(workDirectory)
                .requestTimeout(TIMEOUT)
                .answersEarly(true);
        plan.settings().accept(builder);
        return builder.build();
    }

    private CloudSqlite openMeasured() {
        return open(cloud.store(), cloud.locks(), files.fresh("process"));
    }

    private static Deadline deadline() {
        return Deadline.after(TIMEOUT, TimeSource.system());
    }

    /** A new process for each read, which has to download the database. */
    private final class ColdReader implements Client {

        private final DatabaseName name;
        private final SplittableRandom random = new SplittableRandom(0);
        private final int rows;
        private Path workDirectory = files.fresh("cold");
        private @Nullable CloudSqlite process;

        ColdReader(DatabaseName name, int rows) {
            this.name = name;
            this.rows = rows;
        }

        @Override
        public void prepare() throws IOException {
            close();
            workDirectory = files.fresh("cold");
        }

        @Override
        public void run() {
            process = open(cloud.store(), cloud.locks(), workDirectory);
            process.database(name).execute(Items.READ, 1 + random.nextInt(rows));
        }

        @Override
        public void close() throws IOException {
            if (process != null) {
                process.close();
                process = null;
            }
            TemporaryFiles.delete(workDirectory);
        }
    }

    /** A process that has a client of its own, and the store and the locks in common with others. */
    private final class OwnProcess implements Client {

        private final CloudSqlite process = openMeasured();
        private final Client client;

        OwnProcess(DatabaseName name, int rows, Ledger ledger, int number) {
            client = new SessionClients(process.database(name), rows, ledger).mixer(number);
        }

        @Override
        public void run() throws Exception {
            client.run();
        }

        @Override
        public void close() {
            process.close();
        }
    }
}
