package io.cloudsqlite.format;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.ltx.LtxReader;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.DbSession;
import io.cloudsqlite.session.Export;
import io.cloudsqlite.session.PointInTime;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.ManualTime;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * A small database in format {@code log}, its transactions as they lie in the store, and the states that they lead to. Its
 * {@link #main} writes the fixtures that {@link LogEntriesTest} reads: {@code LogEntries DIRECTORY}.
 *
 * @param ltx the entries of tail and segments, by their names
 * @param databases the state after each transaction
 */
record LogEntries(SortedMap<String, byte[]> ltx, SortedMap<Long, byte[]> databases) {

    /** After a transaction that lets the database grow, after a VACUUM that lets it shrink, and at the end. */
    static final List<Long> STATES_IN_FIXTURES = List.of(6L, 9L, 12L);

    private static final DatabaseName APP = DatabaseName.of("app.db");

    private static final List<String> TRANSACTIONS = List.of(
            "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, b BLOB)",
            "INSERT INTO note (text) VALUES ('first'), ('second'), ('third')",
            "UPDATE note SET text = text || '!' WHERE id = 2",
            "CREATE INDEX note_text ON note (text)",
            "WITH RECURSIVE i (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i LIMIT 300)"
                    + " INSERT INTO note (text) SELECT 'note ' || (x * 7919 % 1000) FROM i",
            "INSERT INTO note (text, b) VALUES ('large', CAST(printf('%.*c', 20000, 'x') AS BLOB)), ('zeros', zeroblob(12000))",
            "DELETE FROM note WHERE id % 2 = 0",
            "DELETE FROM note WHERE length(b) > 1000 OR id > 40",
            "VACUUM",
            "ALTER TABLE note ADD COLUMN at INTEGER DEFAULT 0",
            "DROP INDEX note_text",
            "INSERT INTO note (text, at) VALUES ('last', 12)");

    /** Makes the database, always the same. */
    static LogEntries make(Path workDirectory) throws IOException {
        ManualTime time = new ManualTime();
        InMemoryBlobStore store = new InMemoryBlobStore(time);
        // So small a tail that there are segments too.
        LogPolicy policy = new LogPolicy(2_000, 2_000, 1 << 20, 2, 4 << 20, 64, 8, Duration.ofHours(1));
        SortedMap<Long, byte[]> databases = new TreeMap<>();
        try (CloudSqlite cloud = CloudSqlite.builder(store, new InMemoryLockManager(time, new Random(0)))
                .workDirectory(workDirectory)
                .time(time)
                .random(new Random(1))
                .logPolicy(policy)
                .build()) {
            DbSession db = cloud.database(APP);
            for (String sql : TRANSACTIONS) {
                time.advance(Duration.ofSeconds(1));
                db.execute(sql);
            }
            for (long txid = 1; txid <= TRANSACTIONS.size(); txid++) {
                try (Export export = cloud.export(APP, PointInTime.afterTransaction(txid))) {
                    databases.put(txid, export.body().readAllBytes());
                }
            }
        }
        return new LogEntries(entriesIn(store, Deadline.after(Duration.ofMinutes(1), time)), databases);
    }

    private static SortedMap<String, byte[]> entriesIn(InMemoryBlobStore store, Deadline deadline) throws IOException {
        Manifest manifest = ManifestJson.decode(get(store, APP.value(), deadline));
        SortedMap<String, byte[]> entries = new TreeMap<>();
        for (Manifest.Segment segment : manifest.segments()) {
            byte[] archive = get(store, LogKeys.folder(APP) + segment.key(), deadline);
            ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(archive));
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                entries.put(entry.getName(), zip.readAllBytes());
            }
        }
        for (Manifest.Entry entry : manifest.tail()) {
            entries.put(LogKeys.entry(entry.fromTxid(), entry.txid()), entry.ltx());
        }
        return entries;
    }

    private static byte[] get(InMemoryBlobStore store, String key, Deadline deadline) throws IOException {
        try (GetOutcome got = store.get(key, Optional.empty(), deadline)) {
            return ((GetOutcome.Found) got).body().readAllBytes();
        }
    }

    /** The database that an LTX file makes of the one before. */
    static byte[] apply(byte[] database, byte[] ltx) throws IOException {
        LtxReader reader = new LtxReader(new ByteArrayInputStream(ltx));
        int pageSize = reader.header().pageSizeBytes();
        byte[] applied = Arrays.copyOf(database, reader.header().commitPages() * pageSize);
        while (reader.next()) {
            System.arraycopy(reader.page(), 0, applied, (reader.pageNumber() - 1) * pageSize, pageSize);
        }
        return applied;
    }

    /** Writes all entries, and the databases of {@link #STATES_IN_FIXTURES}. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createDirectories(Path.of(arguments[0]));
        LogEntries made = make(Files.createTempDirectory("log-entries"));
        for (Map.Entry<String, byte[]> entry : made.ltx.entrySet()) {
            Files.write(directory.resolve(entry.getKey()), entry.getValue());
        }
        for (long txid : STATES_IN_FIXTURES) {
            Files.write(directory.resolve(txid + ".db"), made.databases.get(txid));
        }
    }
}
