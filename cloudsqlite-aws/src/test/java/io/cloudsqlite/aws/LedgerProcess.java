package io.cloudsqlite.aws;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.format.LogPolicy;
import io.cloudsqlite.format.MaintenanceReport;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.lock.LockInfo;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.session.Answer;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.DbSession;
import io.cloudsqlite.session.PointInTime;
import io.cloudsqlite.session.RequestOptions;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.time.Deadline;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletionService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * What other processes do in {@link TortureIT}: they move money between accounts, and read what there is and was, until they
 * are killed.
 *
 * <p>A transfer has an id of its own, and its transaction inserts a row with it. What happens is told in lines, whose times are
 * {@link System#nanoTime}, which the processes of a machine have in common:
 *
 * <pre>
 * TRY id                           before a transfer, and then one of
 * DONE id began ended txid
 * UNKNOWN id
 * FAILED id kind message
 * READ began ended txid sum rows   of what there is
 * PAST txid sum rows               of what there was after that transaction
 * FORGOTTEN txid                   history does not reach back that far
 * UNREAD kind message              a read failed
 * MAINTAINED checkpoints merged deleted
 * UNMAINTAINED kind message
 * FULL                             after it was told to FILL the disk, which it does until it is told to FREE it
 * BROKEN trace                     why it ended by itself, which none should
 * </pre>
 */
final class LedgerProcess {

    static final String DATABASE = "ledger.db";
    static final int ACCOUNTS = 20;

    /** Small enough that the log of a small database has everything happen to it, and no garbage is spared for its youth. */
    private static final LogPolicy BUSY_LOG =
            new LogPolicy(2 << 10, 8 << 10, 16 << 10, 4, 4 << 20, 6, 3, Duration.ZERO);

    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration RETENTION = Duration.ofSeconds(4);
    private static final Duration BETWEEN_MAINTENANCE = Duration.ofMillis(300);
    private static final Duration AFTER_FAILURE = Duration.ofMillis(20);
    private static final Duration FILL_AGAIN = Duration.ofMillis(1);

    /** So that transactions are of many sizes, and need room. */
    private static final int LARGEST_SEAL_BYTES = 12 << 10;

    private static final int READS_PER_PAST_READ = 5;
    private static final int DEEPEST_PAST = 60;

    /** Ends the waits between things, should anything end the process. */
    private final CountDownLatch over = new CountDownLatch(1);

    private final Random random = new Random();
    private final CloudSqlite cloud;
    private final DbSession db;
    private final String name;
    private final DatabaseFormat format;

    private LedgerProcess(CloudSqlite cloud, String name, DatabaseFormat format) {
        this.cloud = cloud;
        this.db = cloud.database(DATABASE);
        this.name = name;
        this.format = format;
    }

    /** {@code S3_ENDPOINT DYNAMODB_ENDPOINT BUCKET TABLE WORK_DIRECTORY FORMAT NAME IS_MAINTAINER}. */
    public static void main(String[] arguments) throws Exception {
        S3Client s3 = Emulators.clients(URI.create(arguments[0])).s3();
        DynamoDbClient dynamoDb = Emulators.clients(URI.create(arguments[1])).dynamoDb();
        Path work = Path.of(arguments[4]);
        obeyInput(work);
        DatabaseFormat format = DatabaseFormat.of(arguments[5]).orElseThrow();
        BlobStore store = new S3BlobStore(s3, arguments[2]);
        LockManager locks = new ShortLeases(new DynamoDbLockManager(dynamoDb, arguments[3]));
        try (CloudSqlite cloud = open(store, locks, work, format, REQUEST_TIMEOUT)) {
            new LedgerProcess(cloud, arguments[6], format).run(Boolean.parseBoolean(arguments[7]));
        } catch (ExecutionException e) {
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace));
            say("BROKEN", trace.toString().replaceAll("\\s+", " "));
            Runtime.getRuntime().halt(1);
        }
    }

    static CloudSqlite open(
            BlobStore store, LockManager locks, Path work, DatabaseFormat format, Duration requestTimeout) {
        return CloudSqlite.builder(store, locks)
                .workDirectory(work)
                .format(format)
                .requestTimeout(requestTimeout)
                .retention(RETENTION)
                .logPolicy(BUSY_LOG)
                .build();
    }

    static List<SqlStatement> create() {
        return Stream.concat(
                        Stream.of(
                                SqlStatement.of(
                                        "CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER, seal BLOB)"),
                                // Without a key on what a transfer is called: one that was made twice shows as two
                                // rows.
                                SqlStatement.of("CREATE TABLE transfer (n INTEGER PRIMARY KEY, id TEXT)")),
                        Stream.iterate(0, id -> id + 1)
                                .limit(ACCOUNTS)
                                .map(id -> SqlStatement.of("INSERT INTO account VALUES (?, 1000, NULL)", id)))
                .collect(Collectors.toList());
    }

    /** Only a failure that no caller is told to expect ends one of them, and with it the process. */
    private void run(boolean isMaintainer) throws InterruptedException, ExecutionException {
        CompletionService<Void> ended = new ExecutorCompletionService<>(Executors.newCachedThreadPool());
        ended.submit(this::transferForever);
        ended.submit(this::readForever);
        if (isMaintainer) {
            ended.submit(this::maintainForever);
        }
        ended.take().get();
    }

    private Void transferForever() throws InterruptedException {
        for (int number = 1; ; number++) {
            String id = name + "-" + number;
            say("TRY", id);
            long began = System.nanoTime();
            try {
                long txid = number % 2 == 0 ? transferByStatements(id) : transferByCode(id);
                say("DONE", id, began, System.nanoTime(), txid);
            } catch (CommitUnknownException e) {
                say("UNKNOWN", id);
            } catch (CloudSqliteException e) {
                say("FAILED", id, kind(e), e.getMessage());
                over.await(AFTER_FAILURE.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
    }

    private long transferByStatements(String id) {
        int amount = 1 + random.nextInt(10);
        int from = random.nextInt(ACCOUNTS);
        int to = random.nextInt(ACCOUNTS);
        return db.transaction(
                        List.of(
                                SqlStatement.of("UPDATE account SET balance = balance - ? WHERE id = ?", amount, from),
                                SqlStatement.of("INSERT INTO transfer (id) VALUES (?)", id),
                                SqlStatement.of(
                                        "UPDATE account SET balance = balance + ?, seal = randomblob(?) WHERE id = ?",
                                        amount,
                                        1 + random.nextInt(LARGEST_SEAL_BYTES),
                                        to)),
                        RequestOptions.DEFAULT)
                .txid();
    }

    /** What it writes was computed from what it read, so an update that was lost shows in the sum. */
    private long transferByCode(String id) {
        int from = random.nextInt(ACCOUNTS);
        int to = (from + 1) % ACCOUNTS;
        Answer<Long> answer = db.write(
                connection -> {
                    long before = balance(connection, from);
                    setBalance(connection, to, balance(connection, to) + before / 2);
                    setBalance(connection, from, before - before / 2);
                    try (PreparedStatement insert =
                            connection.prepareStatement("INSERT INTO transfer (id) VALUES (?)")) {
                        insert.setString(1, id);
                        insert.executeUpdate();
                    }
                    return before;
                },
                RequestOptions.DEFAULT);
        return answer.txid();
    }

    private static long balance(Connection connection, int account) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT balance FROM account WHERE id = ?")) {
            select.setInt(1, account);
            try (ResultSet rows = select.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        }
    }

    private static void setBalance(Connection connection, int account, long balance) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("UPDATE account SET balance = ? WHERE id = ?")) {
            update.setLong(1, balance);
            update.setInt(2, account);
            update.executeUpdate();
        }
    }

    private Void readForever() throws InterruptedException {
        long newest = 0;
        for (int number = 1; ; number++) {
            try {
                if (format == DatabaseFormat.LOG && newest > 0 && number % READS_PER_PAST_READ == 0) {
                    readPast(Math.max(1, newest - random.nextInt(DEEPEST_PAST)));
                } else {
                    newest = readPresent();
                }
            } catch (CloudSqliteException e) {
                say("UNREAD", kind(e), e.getMessage());
                over.await(AFTER_FAILURE.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
    }

    private long readPresent() {
        long began = System.nanoTime();
        Answer<SqlResult> answer = read(RequestOptions.DEFAULT);
        say("READ", began, System.nanoTime(), answer.txid(), totals(answer));
        return answer.txid();
    }

    private void readPast(long txid) {
        try {
            Answer<SqlResult> answer = read(RequestOptions.DEFAULT.withAsOf(PointInTime.afterTransaction(txid)));
            say("PAST", txid, totals(answer));
        } catch (InvalidRequestException e) {
            say("FORGOTTEN", txid);
        }
    }

    private Answer<SqlResult> read(RequestOptions options) {
        return db.execute(
                SqlStatement.of("SELECT (SELECT sum(balance) FROM account), (SELECT count(*) FROM transfer)"), options);
    }

    private static String totals(Answer<SqlResult> answer) {
        List<?> row = answer.value().rows().get(0);
        return row.get(0) + " " + row.get(1);
    }

    private Void maintainForever() throws InterruptedException {
        while (true) {
            try {
                MaintenanceReport done = cloud.maintain(DatabaseName.of(DATABASE), REQUEST_TIMEOUT);
                say("MAINTAINED", done.checkpointed() ? 1 : 0, done.mergedSegments(), done.deletedObjects());
            } catch (CloudSqliteException e) {
                say("UNMAINTAINED", kind(e), e.getMessage());
            }
            over.await(BETWEEN_MAINTENANCE.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private static String kind(CloudSqliteException e) {
        String kind = e.getClass().getSimpleName();
        return e instanceof SqlFailedException failed ? kind + ":" + failed.sqliteCode() : kind;
    }

    /** One write of the whole line, so that a process which is killed has told all of it or nothing. */
    private static void say(Object... words) {
        System.out.print(Stream.of(words).map(String::valueOf).collect(Collectors.joining(" ")) + "\n");
        System.out.flush();
    }

    /** Ends this process with the test that started it, and fills its disk when told to. */
    private static void obeyInput(Path work) {
        Thread input = new Thread(
                () -> {
                    try (BufferedReader in =
                            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
                        for (String line = in.readLine(); line != null; line = in.readLine()) {
                            if (line.equals("FILL")) {
                                fillUntilTold(in, work.resolve("filler"));
                            }
                        }
                    } catch (IOException | InterruptedException e) {
                        System.err.println("the input failed: " + e);
                    }
                    Runtime.getRuntime().halt(1);
                },
                "input");
        input.setDaemon(true);
        input.start();
    }

    /** Takes whatever room others make, until a line comes that says to free it all. */
    private static void fillUntilTold(BufferedReader in, Path filler) throws IOException, InterruptedException {
        byte[] page = new byte[4 << 10];
        boolean wasFull = false;
        CountDownLatch never = new CountDownLatch(1);
        while (!in.ready()) {
            try (OutputStream out =
                    Files.newOutputStream(filler, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
                while (!in.ready()) {
                    out.write(page);
                }
            } catch (IOException e) {
                if (!wasFull) {
                    say("FULL");
                    wasFull = true;
                }
                never.await(FILL_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
        Files.delete(filler);
    }

    /** Leases that lapse soon, so that who is stopped for a moment has lost his. */
    static final class ShortLeases implements LockManager {

        private static final Duration LONGEST = Duration.ofMillis(1_500);

        private final LockManager locks;

        ShortLeases(LockManager locks) {
            this.locks = locks;
        }

        @Override
        public Lease acquire(DatabaseName database, Duration ttl, Deadline deadline) {
            return locks.acquire(database, ttl.compareTo(LONGEST) < 0 ? ttl : LONGEST, deadline);
        }

        @Override
        public Optional<LockInfo> find(DatabaseName database, Deadline deadline) {
            return locks.find(database, deadline);
        }

        @Override
        public boolean breakLock(DatabaseName database, Deadline deadline) {
            return locks.breakLock(database, deadline);
        }
    }
}
