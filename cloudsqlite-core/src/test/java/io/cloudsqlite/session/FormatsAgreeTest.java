package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.format.HistoryEntry;
import io.cloudsqlite.lock.GrantingLockManager;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.HurriedTime;
import io.cloudsqlite.time.TimeSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random transactions give the same database, page for page, in format {@code log}, in format {@code file} and in plain SQLite,
 * whatever happens between them: checkpoints, merges, collections, restarts, processes that come late and take over, readers
 * that stay. And every state of the past that format {@code log} keeps is the one that was there.
 *
 * <p>{@code -Dcloudsqlite.agree.seed=7} runs one seed again, {@code -Dcloudsqlite.agree.seeds=100} runs more of them, {@code
 * -Dcloudsqlite.agree.transactions=500} longer ones.
 */
class FormatsAgreeTest {

    private static final DatabaseName APP = DatabaseName.of("app.db");
    private static final int SEEDS = Integer.getInteger("cloudsqlite.agree.seeds", 3);
    private static final int TRANSACTIONS = Integer.getInteger("cloudsqlite.agree.transactions", 40);
    private static final Duration RETENTION = Duration.ofDays(7);
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final long MAX_IMPORT_BYTES = 1 << 20;
    private static final int[] PAGE_SIZES = {512, 1024, 4096, 16_384, 65_536};

    @TempDir
    Path directory;

    private final TimeSource time = new HurriedTime(Duration.ZERO);

    static LongStream seeds() {
        Long chosen = Long.getLong("cloudsqlite.agree.seed");
        long first = new Random().nextInt(1_000_000);
        return chosen == null ? LongStream.range(first, first + SEEDS) : LongStream.of(chosen);
    }

    @ParameterizedTest(name = "-Dcloudsqlite.agree.seed={0}")
    @MethodSource("seeds")
    void every_format_gives_the_database_that_sqlite_gives_at_every_transaction(long seed) throws Exception {
        System.out.println("FormatsAgreeTest: -Dcloudsqlite.agree.seed=" + seed);
        try (Run run = new Run(new SplittableRandom(seed), seed % 2 == 0)) {
            // given
            run.begin();

            // when
            for (int transaction = 1; transaction <= run.transactions(); transaction++) {
                run.runTransaction();
                run.requireAgreement();
                run.interfere();
            }

            // then
            run.requireHistory();
        }
    }

    /** The three databases, and who uses them. */
    private final class Run implements AutoCloseable {

        private final SplittableRandom random;

        /** Whether there are large transactions; or else there are more of them, and few checkpoints. */
        private final boolean large;

        private final RandomTransaction.Source transactions;
        private final BlobStore logStore = new InMemoryBlobStore();
        private final BlobStore fileStore = new InMemoryBlobStore();
        private final Path plain = directory.resolve("plain.db");
        private final LogKeeper keeper = new LogKeeper(logStore, APP, directory.resolve("keeper"), time);
        private final LogKeeper collector =
                new LogKeeper(logStore, APP, directory.resolve("collector"), new HurriedTime(Duration.ofHours(2)));
        private final Map<Long, String> contents = new TreeMap<>();

        /** Two processes on format {@code log}, of which either writes. */
        private final CloudSqlite[] log = new CloudSqlite[2];

        private CloudSqlite file;
        private int directories;
        private int checkpoints;
        private int merged;
        private int collected;
        private long txid;

        /** Somebody who reads a version for a while, and which. */
        private @Nullable Export held;

        Run(SplittableRandom random, boolean large) {
            this.random = random;
            this.large = large;
            this.transactions = new RandomTransaction.Source(random.split(), large);
            for (int process = 0; process < log.length; process++) {
                log[process] = open(logStore, DatabaseFormat.LOG, "log-" + process);
            }
            file = open(fileStore, DatabaseFormat.FILE, "file");
        }

        private CloudSqlite open(BlobStore store, DatabaseFormat format, String name) {
            return CloudSqlite.builder(store, new GrantingLockManager())
                    .workDirectory(directory.resolve(name))
                    .format(format)
                    .time(time)
                    .retention(RETENTION)
                    .build();
        }

        int transactions() {
            return large ? TRANSACTIONS : 3 * TRANSACTIONS;
        }

        /** Makes the database, if it is to have another page size or vacuums itself. */
        void begin() throws Exception {
            boolean imported = random.nextInt(4) > 0;
            try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + plain);
                    Statement statement = connection.createStatement()) {
                if (imported) {
                    statement.execute("PRAGMA page_size = " + PAGE_SIZES[random.nextInt(PAGE_SIZES.length)]);
                    statement.execute("PRAGMA auto_vacuum = " + random.nextInt(3));
                    statement.execute("CREATE TABLE imported (x)");
                }
                statement.execute("PRAGMA journal_mode = WAL");
            }
            if (imported) {
                byte[] bytes = Files.readAllBytes(plain);
                for (CloudSqlite cloud : List.of(log[0], file)) {
                    txid = cloud.importDatabase(
                            APP, new ByteArrayInputStream(bytes), false, MAX_IMPORT_BYTES, PATIENCE);
                }
                note();
            }
        }

        void runTransaction() throws Exception {
            RandomTransaction transaction = transactions.next();
            CloudSqlite writer = log[random.nextInt(log.length)];
            if (transaction.fails()) {
                for (CloudSqlite cloud : List.of(writer, file)) {
                    assertThatThrownBy(() -> write(cloud, transaction)).isInstanceOf(CloudSqliteException.class);
                }
                return;
            }
            runPlain(transaction);
            long written = write(writer, transaction);
            assertThat(write(file, transaction)).isEqualTo(written);
            assertThat(written).isBetween(txid, txid + 1);
            txid = written;
            note();
        }

        private long write(CloudSqlite cloud, RandomTransaction transaction) {
            DbSession db = cloud.database(APP);
            return transaction.viaJdbc()
                    ? db.write(
                                    connection -> {
                                        transaction.run(connection);
                                        return 0;
                                    },
                                    RequestOptions.DEFAULT)
                            .txid()
                    : db.transaction(transaction.statements(), RequestOptions.DEFAULT)
                            .txid();
        }

        /** As a working copy does: a new connection for each transaction, in WAL mode. */
        private void runPlain(RandomTransaction transaction) throws SQLException {
            try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + plain);
                    Statement statement = connection.createStatement()) {
                statement.execute("PRAGMA synchronous = OFF");
                if (!transaction.isVacuum()) {
                    statement.execute("BEGIN IMMEDIATE");
                }
                transaction.run(connection);
                if (!transaction.isVacuum()) {
                    statement.execute("COMMIT");
                }
            }
        }

        private void note() throws IOException {
            String content = contentOf(Files.readAllBytes(plain));
            assertThat(contents.getOrDefault(txid, content)).isEqualTo(content);
            contents.put(txid, content);
        }

        void requireAgreement() throws IOException {
            requireContent(file);
            requireContent(log[random.nextInt(log.length)]);
        }

        private void requireContent(CloudSqlite cloud) throws IOException {
            try (Export export = cloud.export(APP)) {
                assertThat(export.version().txid()).isEqualTo(txid);
                requireContent(export);
            }
        }

        private void requireContent(Export export) throws IOException {
            assertThat(contentOf(export.body().readAllBytes()))
                    .as("content at transaction %d", export.version().txid())
                    .isEqualTo(contents.get(export.version().txid()));
        }

        /** Lets happen what may between any two transactions. */
        void interfere() throws IOException {
            switch (random.nextInt(24)) {
                case 0, 1 -> checkpoints += (large || random.nextInt(8) == 0) && keeper.checkpoint() ? 1 : 0;
                case 2, 3, 4, 5 -> merged += keeper.mergeIfDue();
                case 6, 7, 8 -> collected += collector.collect(RETENTION);
                case 9 -> restart("log-");
                case 10 -> restart("fresh-" + ++directories + "-");
                case 11 ->
                    merged += log[random.nextInt(log.length)]
                            .maintain(APP, PATIENCE)
                            .mergedSegments();
                case 12 -> {
                    if (held == null) {
                        held = log[random.nextInt(log.length)].export(APP);
                    }
                }
                case 13, 14, 15, 16, 17, 18, 19 -> release();
                case 20 -> assertThat(log[0].verify(APP, PATIENCE).txid()).isEqualTo(txid);
                default -> {
                    // Nothing.
                }
            }
        }

        private void restart(String name) throws IOException {
            release();
            int process = random.nextInt(log.length);
            log[process].close();
            log[process] = open(logStore, DatabaseFormat.LOG, name + process);
        }

        /** Who has held a version for a while has seen no other. */
        private void release() throws IOException {
            try (Export export = held) {
                if (export != null) {
                    requireContent(export);
                }
            } finally {
                held = null;
            }
        }

        void requireHistory() throws IOException {
            release();
            System.out.println("FormatsAgreeTest: txid=" + txid + " checkpoints=" + checkpoints + " merged=" + merged
                    + " collected=" + collected + " content=" + contents.get(txid));
            CloudSqlite cloud = log[0];
            assertThat(cloud.verify(APP, PATIENCE).txid()).isEqualTo(txid);
            List<Long> txids = new ArrayList<>();
            for (HistoryEntry entry : cloud.history(APP, OptionalLong.empty(), Integer.MAX_VALUE)) {
                txids.add(0, entry.txid());
            }
            assertThat(txids).containsExactlyElementsOf(contents.keySet());
            for (long then : txids) {
                try (Export export = cloud.export(APP, PointInTime.afterTransaction(then))) {
                    assertThat(export.version().txid()).isEqualTo(then);
                    requireContent(export);
                }
            }
        }

        @Override
        public void close() {
            Optional.ofNullable(held).ifPresent(Export::close);
            for (CloudSqlite cloud : log) {
                cloud.close();
            }
            file.close();
            keeper.close();
            collector.close();
        }
    }

    /** A hash of all that counts: not how a file is used, nor how often it was changed. */
    private static String contentOf(byte[] database) {
        byte[] bytes = database.clone();
        Arrays.fill(bytes, 18, 20, (byte) 0);
        Arrays.fill(bytes, 24, 28, (byte) 0);
        Arrays.fill(bytes, 92, 96, (byte) 0);
        try {
            return bytes.length + " bytes, "
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
