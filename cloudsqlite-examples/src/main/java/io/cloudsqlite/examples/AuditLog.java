package io.cloudsqlite.examples;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.DbSession;
import io.cloudsqlite.session.RequestOptions;
import io.cloudsqlite.sql.SqlStatement;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;

/**
 * An audit log that several processes write at the same time, and a count at the end: every entry that was acknowledged is
 * there, exactly once, and each has a TXID of its own, without a gap between them.
 *
 * <p>The processes are two {@link CloudSqlite} in one JVM. That is as good as two JVMs, or two machines: they share nothing
 * but the store and the locks. Several threads write in each.
 *
 * <p>What to take from it is {@link #append}: which errors to try again after, and how to make that safe.
 *
 * <p>To run it, in the root of the project, on a directory that may be left out for a temporary one:
 *
 * <pre>
 * mvn -q -Dquick -pl cloudsqlite-examples -am package
 * java --enable-native-access=ALL-UNNAMED -cp cloudsqlite-examples/target/quick/cloudsqlite-examples.jar \
 *     io.cloudsqlite.examples.AuditLog [DIRECTORY]
 * </pre>
 *
 * <p>Safe for use by many threads.
 */
public final class AuditLog {

    private static final int PROCESSES = 2;
    private static final int WRITERS_PER_PROCESS = 3;
    private static final int ENTRIES_PER_WRITER = 10;
    private static final int MAX_ATTEMPTS = 5;

    private final DbSession db;

    /** A log in {@code db}, which has a table for it after {@link #create}. */
    public AuditLog(DbSession db) {
        this.db = db;
    }

    /**
     * Creates the table if it does not exist. Entries get their positions in the order in which they are committed.
     *
     * @return the newest TXID of the database
     */
    public long create() {
        SqlStatement create = SqlStatement.of("CREATE TABLE IF NOT EXISTS entry ("
                + "position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, actor TEXT NOT NULL, action TEXT NOT NULL)");
        return db.execute(create, RequestOptions.DEFAULT).txid();
    }

    /**
     * Appends an entry. When this returns, the entry is durable.
     *
     * <p>Most errors say that nothing was changed, and some of them pass: then the statement can simply be run again. After
     * {@link CommitUnknownException} the entry may be there or not. Running the statement again is safe all the same,
     * because the caller chose the id before the first attempt, and an id that is there already is left alone.
     *
     * @param id different for each entry
     * @return the TXID of the transaction that appended it
     */
    public long append(UUID id, String actor, String action) {
        SqlStatement insert = SqlStatement.of(
                "INSERT INTO entry (id, actor, action) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
                id.toString(),
                actor,
                action);
        for (int attempt = 1; ; attempt++) {
            try {
                return db.execute(insert, RequestOptions.DEFAULT).txid();
            } catch (CloudSqliteException e) {
                boolean mayPass = e.isRetryable() || e instanceof CommitUnknownException;
                if (!mayPass || attempt == MAX_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** The ids of all entries, in the order in which they were committed. */
    public List<UUID> ids() {
        return db.execute("SELECT id FROM entry ORDER BY position").rows().stream()
                .map(row -> UUID.fromString(String.valueOf(row.get(0))))
                .toList();
    }

    /** What a writer remembers of an entry that was acknowledged. */
    record Receipt(String writer, UUID id, long txid) {}

    /**
     * What came of it.
     *
     * @param txidBefore the newest TXID before the first entry was appended
     * @param receipts all acknowledged entries, one writer's after another's
     * @param ids what is in the log
     */
    record Outcome(long txidBefore, List<Receipt> receipts, List<UUID> ids) {

        long found(Receipt receipt) {
            return ids.stream().filter(receipt.id()::equals).count();
        }

        boolean isComplete() {
            return receipts.stream().allMatch(receipt -> found(receipt) == 1);
        }

        boolean isContiguous() {
            LongStream expected = LongStream.rangeClosed(txidBefore + 1, txidBefore + receipts.size());
            return receipts.stream()
                    .map(Receipt::txid)
                    .sorted()
                    .toList()
                    .equals(expected.boxed().toList());
        }
    }

    /**
     * Runs the example.
     *
     * @param args the directory to keep everything in; a temporary one if there is none
     */
    public static void main(String[] args) throws IOException, InterruptedException, ExecutionException {
        Path directory = args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("cloudsqlite-audit");
        print(run(directory), System.out);
    }

    static Outcome run(Path directory) throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(PROCESSES * WRITERS_PER_PROCESS);
        try (CloudSqlite first = open(directory);
                CloudSqlite second = open(directory)) {
            List<AuditLog> processes =
                    List.of(new AuditLog(first.database("audit.db")), new AuditLog(second.database("audit.db")));
            long txidBefore = processes.get(0).create();

            List<Callable<List<Receipt>>> writers = new ArrayList<>();
            for (int process = 0; process < PROCESSES; process++) {
                for (int thread = 0; thread < WRITERS_PER_PROCESS; thread++) {
                    AuditLog log = processes.get(process);
                    String name = "process " + (process + 1) + ", thread " + (thread + 1);
                    writers.add(() -> write(log, name));
                }
            }
            List<Receipt> receipts = new ArrayList<>();
            for (Future<List<Receipt>> writer : threads.invokeAll(writers)) {
                receipts.addAll(writer.get());
            }
            return new Outcome(txidBefore, receipts, processes.get(1).ids());
        } finally {
            threads.shutdown();
        }
    }

    /** Processes have the store and the locks in common; each picks a part of the work directory for itself. */
    private static CloudSqlite open(Path directory) {
        return CloudSqlite.inDirectory(directory.resolve("store"))
                .workDirectory(directory.resolve("work"))
                .build();
    }

    private static List<Receipt> write(AuditLog log, String writer) {
        List<Receipt> receipts = new ArrayList<>();
        for (int number = 1; number <= ENTRIES_PER_WRITER; number++) {
            UUID id = UUID.randomUUID();
            long txid = log.append(id, writer, "did thing " + number);
            receipts.add(new Receipt(writer, id, txid));
        }
        return receipts;
    }

    static void print(Outcome outcome, PrintStream out) {
        List<Receipt> receipts = outcome.receipts();
        out.printf("%-20s  %12s  %6s  %10s  %9s%n", "writer", "acknowledged", "found", "first TXID", "last TXID");
        for (int from = 0; from < receipts.size(); from += ENTRIES_PER_WRITER) {
            List<Receipt> own = receipts.subList(from, from + ENTRIES_PER_WRITER);
            out.printf(
                    "%-20s  %12d  %6d  %10d  %9d%n",
                    own.get(0).writer(),
                    own.size(),
                    own.stream().mapToLong(outcome::found).sum(),
                    own.get(0).txid(),
                    own.get(own.size() - 1).txid());
        }
        out.println("every acknowledged entry is there exactly once: " + outcome.isComplete());
        out.println("TXIDs without a gap: " + outcome.isContiguous());
    }
}
