package io.cloudsqlite.cli;

import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.cli.bench.Bench;
import io.cloudsqlite.cli.bench.BenchPlan;
import io.cloudsqlite.cli.bench.BenchReport;
import io.cloudsqlite.cli.bench.Results;
import io.cloudsqlite.cli.bench.ResultsHtml;
import io.cloudsqlite.cli.bench.ResultsJson;
import io.cloudsqlite.cli.bench.ResultsTable;
import io.cloudsqlite.cli.bench.Soak;
import io.cloudsqlite.cli.bench.SoakReport;
import io.cloudsqlite.cli.bench.TemporaryFiles;
import io.cloudsqlite.cli.bench.cloud.Cloud;
import io.cloudsqlite.cli.bench.cloud.CloudProfile;
import io.cloudsqlite.cli.bench.cloud.Traffic;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.FileBlobStore;
import io.cloudsqlite.store.InMemoryBlobStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "bench",
        description = "Measure CloudSQLite, and what it is compared with, on a simulated cloud or a real one.",
        footer = {
            "",
            "The simulated cloud is a store and locks in memory, made as slow as the options say. Compared with are the first"
                    + " project's algorithm, plain sqlite-jdbc on a local file, and the bare requests. A process is one in"
                    + " name: it has its own working copies, in the same JVM.",
            "Dollars: " + Traffic.PRICES + ".",
            "If it is interrupted, its databases stay in a real store; their names begin with bench- or soak-.",
            "The exit code is 1 if a write was lost that had been acknowledged, and not if a goal was missed.",
            "",
            "Examples:",
            "  cloudsqlite bench --html report.html",
            "  cloudsqlite bench --quick --sizes 1",
            "  cloudsqlite bench --soak 600",
            "  cloudsqlite bench --store s3://bucket/bench --sizes 10"
        })
final class BenchCommand implements Callable<Integer> {

    private static final long BYTES_PER_MEGABYTE = 1_000_000;
    private static final double NANOS_PER_MILLI = 1e6;

    /** What a store in memory takes at its peak: both databases of a size, and one of them on its way in. */
    private static final int HEAP_PER_DATABASE = 5;

    private final Console console;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @ArgGroup(exclusive = true)
    private @Nullable Extent extent;

    /** How much is measured. */
    private static final class Extent {

        @Option(names = "--quick", description = "Measure each workload shortly, at 1 and 10 MB. For a first look.")
        private boolean quick;

        @Option(names = "--full", description = "Measure 1, 10, 100 and 1000 MB. Takes about 10 minutes.")
        private boolean full;

        @Option(
                names = "--soak",
                paramLabel = "SECONDS",
                description = "Instead of the workloads, use many databases for that long and watch the heap.")
        private @Nullable Duration soak;
    }

    @Option(
            names = "--sizes",
            paramLabel = "MB",
            split = ",",
            description = "How large the databases are, in megabytes. Default: 1,10,100.")
    private @Nullable List<Integer> sizes;

    @Option(
            names = "--duration",
            paramLabel = "SECONDS",
            description = "How long each workload is measured, after a quarter of it to warm up. Default: 4.")
    private @Nullable Duration duration;

    @Option(
            names = "--processes",
            paramLabel = "N",
            defaultValue = "4",
            description =
                    "How many processes share a database in the workload of processes. Default: ${DEFAULT-VALUE}.")
    private int processes;

    @Option(
            names = "--soak-databases",
            paramLabel = "N",
            defaultValue = "1000",
            description = "How many databases --soak uses. Default: ${DEFAULT-VALUE}.")
    private int soakDatabases;

    @ArgGroup(exclusive = false, heading = "%nThe simulated cloud:%n")
    private Simulated simulated = new Simulated();

    /** How slow the simulated cloud is. */
    private static final class Simulated {

        @Option(
                names = "--get-ms",
                paramLabel = "MS",
                description = "From a get to its first byte; list too. Default: 20.")
        private @Nullable Double getMillis;

        @Option(names = "--put-ms", paramLabel = "MS", description = "A put or delete, without its bytes. Default: 35.")
        private @Nullable Double putMillis;

        @Option(
                names = "--lock-ms",
                paramLabel = "MS",
                description = "Each request to the lock service: to acquire a lock, and to give it back. Default: 5.")
        private @Nullable Double lockMillis;

        @Option(
                names = "--stream-mb",
                paramLabel = "MB",
                description = "Megabytes a second of each get or put. Default: 80.")
        private @Nullable Integer streamMegabytes;

        @Option(
                names = "--link-mb",
                paramLabel = "MB",
                description = "Megabytes a second of all together. Default: no limit.")
        private @Nullable Integer linkMegabytes;

        boolean isGiven() {
            return getMillis != null
                    || putMillis != null
                    || lockMillis != null
                    || streamMegabytes != null
                    || linkMegabytes != null;
        }

        CloudProfile profile() {
            OptionalLong link =
                    linkMegabytes == null ? OptionalLong.empty() : OptionalLong.of(linkMegabytes * BYTES_PER_MEGABYTE);
            return new CloudProfile(
                    millis(getMillis, 20),
                    millis(putMillis, 35),
                    millis(lockMillis, 5),
                    (streamMegabytes == null ? 80 : streamMegabytes) * BYTES_PER_MEGABYTE,
                    link);
        }

        private static Duration millis(@Nullable Double given, double otherwise) {
            return Duration.ofNanos(Math.round((given == null ? otherwise : given) * NANOS_PER_MILLI));
        }
    }

    @Option(
            names = "--store",
            paramLabel = "URL",
            description =
                    "Measure a real store, as other commands name it, in place of the simulated one. Databases are"
                            + " made in it and deleted.")
    private @Nullable StoreUrl store;

    @Option(
            names = "--lock-table",
            paramLabel = "NAME",
            description = "The DynamoDB table with the locks of a real store in S3. Default: as for other commands.")
    private @Nullable String lockTable;

    @Option(
            names = "--work-dir",
            paramLabel = "DIR",
            description = "Where working copies are kept, on a local disk. Default: the temporary directory.")
    private @Nullable Path workDirectory;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private CreationOptions creation;

    @Option(names = "--json", paramLabel = "FILE", description = "Write all figures to a file, as JSON.")
    private @Nullable Path jsonFile;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "Write a page with plots to a file, which needs no network.")
    private @Nullable Path htmlFile;

    BenchCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, SQLException, InterruptedException {
        BenchPlan plan = plan();
        if (store != null && simulated.isGiven()) {
            throw refused("a real store is as slow as it is: leave out --store, or what describes the simulated cloud");
        }
        requireWritable(jsonFile);
        requireWritable(htmlFile);
        Path parent = workDirectory == null ? Path.of(System.getProperty("java.io.tmpdir")) : workDirectory;
        Results results;
        try (TemporaryFiles files = TemporaryFiles.in(parent)) {
            results = isSoak() ? soak(files) : bench(plan, files);
        }
        endProgress();
        new ResultsTable(console.out()).print(results);
        if (jsonFile != null) {
            Files.writeString(jsonFile, ResultsJson.of(results));
        }
        if (htmlFile != null) {
            Files.writeString(htmlFile, ResultsHtml.of(results));
        }
        boolean isSound = results.report().map(BenchReport::isSound).orElse(true);
        return (isSound ? ExitCode.OK : ExitCode.FAILED).number();
    }

    /** Told before the measurement, and not after it. */
    private void requireWritable(@Nullable Path file) {
        if (file == null) {
            return;
        }
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null || !Files.isWritable(directory) || Files.isDirectory(file)) {
            throw refused("cannot write the file '" + file + "'");
        }
    }

    private ParameterException refused(@Nullable String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private boolean isSoak() {
        return extent != null && extent.soak != null;
    }

    private BenchPlan plan() {
        boolean isQuick = extent != null && extent.quick;
        boolean isFull = extent != null && extent.full;
        List<Integer> measured = sizes != null
                ? sizes
                : isQuick ? List.of(1, 10) : isFull ? List.of(1, 10, 100, 1_000) : List.of(1, 10, 100);
        Duration each = duration != null ? duration : isQuick ? Duration.ofMillis(400) : Duration.ofSeconds(4);
        try {
            BenchPlan plan =
                    new BenchPlan(measured, each.dividedBy(4), each, isQuick ? 1 : 3, processes, creation::applyTo);
            requireHeap(plan);
            return plan;
        } catch (IllegalArgumentException e) {
            throw refused(e.getMessage());
        }
    }

    private void requireHeap(BenchPlan plan) {
        int largest = plan.megabytes().get(plan.megabytes().size() - 1);
        long needed = largest * BYTES_PER_MEGABYTE * HEAP_PER_DATABASE;
        if (store == null && !isSoak() && needed > Runtime.getRuntime().maxMemory()) {
            throw refused("a database of " + largest + " MB in a simulated cloud needs a heap of "
                    + needed / BYTES_PER_MEGABYTE + " MB: set JAVA_TOOL_OPTIONS=-Xmx" + needed / BYTES_PER_MEGABYTE
                    + "m, or leave that size out");
        }
    }

    private Results bench(BenchPlan plan, TemporaryFiles files) throws IOException, SQLException, InterruptedException {
        Cloud cloud = cloud(new InMemoryBlobStore());
        BenchReport report = new Bench(plan, cloud, files, this::showProgress).run();
        return new Results(now(), assumptions(), Optional.of(report), Optional.empty());
    }

    /** The store of a soak is on the disk, for the heap is what is watched. */
    private Results soak(TemporaryFiles files) throws InterruptedException {
        if (soakDatabases < 1) {
            throw refused("--soak-databases is at least 1");
        }
        Duration time = Optional.ofNullable(extent).map(chosen -> chosen.soak).orElseThrow();
        Cloud cloud = cloud(new FileBlobStore(files.fresh("store")));
        SoakReport report = new Soak(cloud, files, creation::applyTo, soakDatabases, time, this::showProgress).run();
        return new Results(now(), assumptions(), Optional.empty(), Optional.of(report));
    }

    private Cloud cloud(BlobStore simulatedStore) {
        if (store == null) {
            return Cloud.simulated(simulatedStore, new InMemoryLockManager(), profile());
        }
        try {
            StoreUrl.OpenStore opened = store.open(StoreOptions.lockTable(lockTable));
            return Cloud.real(opened.blobs(), opened.locks());
        } catch (StorageUnavailableException e) {
            throw new CommandFailedException("cannot open " + store + ": " + e.getMessage(), e);
        }
    }

    private CloudProfile profile() {
        try {
            return simulated.profile();
        } catch (IllegalArgumentException e) {
            throw refused(e.getMessage());
        }
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS);
    }

    private List<String> assumptions() {
        List<String> lines = new ArrayList<>();
        if (store == null) {
            CloudProfile profile = profile();
            lines.add("Simulated cloud: get " + millis(profile.getFirstByte()) + " ms and put "
                    + millis(profile.putFirstByte()) + " ms to the first byte, " + millis(profile.lockRoundTrip())
                    + " ms for each request to the lock service, " + profile.streamBytesPerSecond() / BYTES_PER_MEGABYTE
                    + " MB/s a stream, "
                    + (profile.linkBytesPerSecond().isPresent()
                            ? profile.linkBytesPerSecond().getAsLong() / BYTES_PER_MEGABYTE + " MB/s in all"
                            : "any number of streams")
                    + ". No latency varies.");
        } else {
            lines.add("The store is " + store + "; tries to acquire a lock that was taken are not counted.");
        }
        lines.add("Machine: " + Runtime.getRuntime().availableProcessors() + " processors, "
                + System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", Java "
                + Runtime.version().feature() + ", heap of up to "
                + Runtime.getRuntime().maxMemory() / BYTES_PER_MEGABYTE + " MB. All clients, all processes and the"
                + " simulated cloud run in this one JVM.");
        lines.add("Dollars: " + Traffic.PRICES + ".");
        return lines;
    }

    private static String millis(Duration duration) {
        return Double.toString(duration.toNanos() / NANOS_PER_MILLI).replaceFirst("\\.0$", "");
    }

    private void showProgress(String next) {
        if (console.errIsTerminal()) {
            console.err().print("\r\033[K" + next);
            console.err().flush();
        } else {
            console.err().println(next);
        }
    }

    private void endProgress() {
        if (console.errIsTerminal()) {
            showProgress("");
        }
    }
}
