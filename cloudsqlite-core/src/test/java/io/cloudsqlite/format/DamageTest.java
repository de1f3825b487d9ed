package io.cloudsqlite.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.copy.PastCopy;
import io.cloudsqlite.copy.ReadTransaction;
import io.cloudsqlite.copy.WorkDirectory;
import io.cloudsqlite.copy.WorkingCopy;
import io.cloudsqlite.lock.GrantingLockManager;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.store.StoredObjects;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.ManualTime;
import io.cloudsqlite.time.SystemRandom;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Objects that are not what was stored: flipped bytes, cut off, exchanged, gone. What is read of them is right, or there is an
 * error; it is never wrong.
 */
class DamageTest {

    private static final DatabaseName APP = DatabaseName.of("app.db");
    private static final DatabaseName TWIN = DatabaseName.of("twin.db");
    private static final String FOLDER = "app.db.cloudsqlite/";
    private static final Duration LONG = Duration.ofHours(1);

    /** Every byte of an object that has no more than this, and a sample of a larger one's. */
    private static final int MAX_FLIPS = 600;

    private static final int TRUNCATIONS = 40;

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime();
    private final InMemoryBlobStore blobs = new InMemoryBlobStore(time);
    private final StoredObjects objects = new StoredObjects(blobs);
    private final DatabaseStore store =
            new DatabaseStore(blobs, DatabaseFormat.LOG, LogPolicy.DEFAULT, time, SystemRandom.create(), Runnable::run);
    private final SqlExecutor executor = SqlExecutor.trusted();
    private Random random;
    private WorkDirectory work;
    private WorkingCopy copy;

    @BeforeEach
    void open() {
        long seed = System.nanoTime();
        System.out.println("DamageTest seed " + seed);
        random = new Random(seed);
        work = WorkDirectory.claim(directory.resolve("work"), OptionalLong.empty());
        copy = WorkingCopy.open(work, APP, executor::configure, time);
    }

    @Test
    void damaged_manifest_is_never_taken_for_a_sound_one() throws Exception {
        // given
        create(DatabaseFormat.LOG, APP);

        // when, then
        assertThat(outcomesOfDamageTo("app.db", this::readNewest).harmless()).isZero();
    }

    @Test
    void damaged_base_is_never_served() throws Exception {
        // given
        create(DatabaseFormat.LOG, APP);

        // when
        Outcomes outcomes = outcomesOfDamageTo(objects.onlyKey(FOLDER + "base/"), this::readNewest);

        // then
        assertThat(outcomes.noticed()).isPositive();
    }

    @Test
    void damaged_segment_is_never_served() throws Exception {
        // given
        create(DatabaseFormat.LOG, APP);

        // when, then
        assertThat(outcomesOfDamageTo(objects.onlyKey(FOLDER + "log/"), this::readNewest)
                        .harmless())
                .isZero();
    }

    @Test
    void damaged_segment_is_never_added_to_a_working_copy_that_is_behind() throws Exception {
        // given
        StoredObjects.Content earlier = create(DatabaseFormat.LOG, APP);
        StoredObjects.Content newest = objects.get("app.db");

        // when, then
        assertThat(outcomesOfDamageTo(objects.onlyKey(FOLDER + "log/"), MAX_FLIPS / 3, () -> {
                            objects.put("app.db", earlier);
                            assertThat(readNewest()).startsWith("one ");
                            objects.put("app.db", newest);
                            return readAgain();
                        })
                        .harmless())
                .isZero();
    }

    @Test
    void damaged_archived_manifest_never_leads_to_a_wrong_past() throws Exception {
        // given
        create(DatabaseFormat.LOG, APP);
        try (CloudSqlite cloud = newProcess(DatabaseFormat.LOG)) {
            importDatabase(cloud, APP, "three");
        }
        assertThat(readPast(3)).startsWith("two ");

        // when, then
        assertThat(outcomesOfDamageTo(objects.onlyKey(FOLDER + "manifests/"), () -> readPast(3))
                        .harmless())
                .isZero();
    }

    @Test
    void damaged_plain_file_is_never_served() throws Exception {
        // given
        create(DatabaseFormat.FILE, APP);

        // when
        Outcomes outcomes = outcomesOfDamageTo("app.db", this::readNewest);

        // then
        assertThat(outcomes.noticed()).isPositive();
    }

    @Test
    void damaged_transaction_in_the_tail_of_a_manifest_that_vouches_for_it_is_never_served() throws Exception {
        // given
        create(DatabaseFormat.LOG, APP);
        Manifest sound = ManifestJson.decode(objects.get("app.db").bytes());
        Manifest.Entry entry = sound.tail().get(0);
        byte[] ltx = entry.ltx();
        String right = readNewest();
        int noticed = 0;
        int damages = 0;

        for (int at = 0; at < ltx.length; at += 1 + random.nextInt(4)) {
            // when
            byte[] damaged = ltx.clone();
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            Manifest.Entry other =
                    new Manifest.Entry(entry.fromTxid(), entry.txid(), entry.timestamp(), entry.checksum(), damaged);
            objects.replace("app.db", ManifestJson.encode(withTail(sound, other)));

            // then: a few bits of an LZ4 block say nothing, and the file's checksum is of the page that comes of it
            damages++;
            try {
                assertThat(readNewest()).as("byte %d", at).isEqualTo(right);
            } catch (CorruptDatabaseException e) {
                noticed++;
            }
        }
        assertThat(noticed).as("of %d", damages).isGreaterThan(damages * 9 / 10);
    }

    private static Manifest withTail(Manifest manifest, Manifest.Entry entry) {
        return new Manifest(
                manifest.databaseId(),
                manifest.txid(),
                manifest.timestamp(),
                manifest.pageSizeBytes(),
                manifest.pageCount(),
                manifest.checksum(),
                manifest.recentCommits(),
                manifest.base(),
                manifest.segments(),
                List.of(entry),
                manifest.collections(),
                manifest.previous(),
                manifest.forgotten());
    }

    @Test
    void plain_file_of_another_database_is_not_taken_for_this_one() throws Exception {
        // given
        create(DatabaseFormat.FILE, APP);
        create(DatabaseFormat.FILE, TWIN);

        // when
        objects.replace("app.db", objects.get("twin.db").bytes());

        // then
        assertThatThrownBy(this::readNewest)
                .isInstanceOf(CorruptDatabaseException.class)
                .hasMessageContaining("checksum");
    }

    @Test
    void objects_of_another_database_are_never_taken_for_those_of_this_one() throws Exception {
        // given
        create(DatabaseFormat.LOG, APP);
        create(DatabaseFormat.LOG, TWIN);
        for (String kind : List.of("base/", "log/")) {
            String key = objects.onlyKey(FOLDER + kind);
            StoredObjects.Content own = objects.get(key);
            StoredObjects.Content others = objects.get(objects.onlyKey("twin.db.cloudsqlite/" + kind));

            // when
            objects.put(key, others);

            // then
            assertThatThrownBy(this::readNewest).isInstanceOf(CorruptDatabaseException.class);
            objects.put(key, own);
            assertThat(readNewest()).startsWith("two ");
        }
    }

    @Test
    void object_that_is_missing_for_good_is_told_as_damage_and_at_once() throws Exception {
        // given
        create(DatabaseFormat.LOG, APP);
        for (String kind : List.of("base/", "log/")) {
            String key = objects.onlyKey(FOLDER + kind);
            StoredObjects.Content own = objects.get(key);
            objects.delete(key);

            // when, then
            assertThatThrownBy(this::readNewest)
                    .isInstanceOf(CorruptDatabaseException.class)
                    .hasMessageContaining(key);
            assertThatThrownBy(() -> readPast(3))
                    .isInstanceOf(CorruptDatabaseException.class)
                    .hasMessageContaining(key);
            objects.put(key, own);
            assertThat(readNewest()).startsWith("two ");
        }
    }

    /**
     * How damage showed.
     *
     * @param noticed how often it was an error
     * @param harmless how often what was read was right all the same
     */
    private record Outcomes(int noticed, int harmless) {}

    /** Damages an object in many ways, one after the other; fails if {@code reading} ever gives what is not right. */
    private Outcomes outcomesOfDamageTo(String key, Supplier<String> reading) {
        return outcomesOfDamageTo(key, MAX_FLIPS, reading);
    }

    private Outcomes outcomesOfDamageTo(String key, int maxFlips, Supplier<String> reading) {
        StoredObjects.Content sound = objects.get(key);
        String right = reading.get();
        int noticed = 0;
        int harmless = 0;
        int size = sound.bytes().length;
        int[] flips = size <= maxFlips
                ? IntStream.range(0, size).toArray()
                : random.ints(maxFlips, 0, size).toArray();
        for (int at : flips) {
            byte[] bytes = sound.bytes();
            bytes[at] ^= (byte) (1 << random.nextInt(8));
            if (isNoticed(key, bytes, right, reading, "byte " + at + " is another")) {
                noticed++;
            } else {
                harmless++;
            }
        }
        for (int length : random.ints(TRUNCATIONS, 0, size).toArray()) {
            byte[] bytes = Arrays.copyOf(sound.bytes(), length);
            assertThat(isNoticed(key, bytes, right, reading, "cut off at " + length))
                    .as("cut off at %d", length)
                    .isTrue();
        }
        objects.put(key, sound);
        assertThat(reading.get()).isEqualTo(right);
        return new Outcomes(noticed, harmless);
    }

    private boolean isNoticed(String key, byte[] bytes, String right, Supplier<String> reading, String damage) {
        objects.replace(key, bytes);
        try {
            assertThat(reading.get()).as(damage).isEqualTo(right);
            return false;
        } catch (CorruptDatabaseException | StorageUnavailableException e) {
            return true;
        } catch (RuntimeException e) {
            throw new AssertionError(damage + ": " + e, e);
        }
    }

    /** What a process reads that has nothing yet. */
    private String readNewest() {
        copy.discard();
        return readAgain();
    }

    private String readAgain() {
        store.checkout(copy, operation());
        try (ReadTransaction transaction = copy.read(operation().deadline()).orElseThrow()) {
            return contentOf(transaction.prepared().connection());
        }
    }

    private String readPast(long txid) {
        try (PastCopy past = PastCopy.receive(
                work, APP, executor::configure, download -> store.history().read(APP, txid, download, operation()))) {
            return contentOf(past.connection());
        }
    }

    private static String contentOf(Connection connection) {
        try (Statement statement = connection.createStatement()) {
            ResultSet row = statement.executeQuery("SELECT word, t.b, untouched.b FROM t, untouched");
            return row.getString(1) + " " + Arrays.hashCode(row.getBytes(2)) + " " + Arrays.hashCode(row.getBytes(3));
        } catch (SQLException e) {
            throw SqlExecutor.translate(e);
        }
    }

    /**
     * A database with all that there is in its format: a small base with 'one', a segment that adds a large value, and a tail
     * with 'two'.
     *
     * @return its manifest, or itself, before the segment was added
     */
    private StoredObjects.Content create(DatabaseFormat format, DatabaseName name) throws Exception {
        try (CloudSqlite cloud = newProcess(format)) {
            importDatabase(cloud, name, "one");
            StoredObjects.Content earlier = objects.get(name.value());
            cloud.database(name).execute("UPDATE t SET b = randomblob(90000)");
            cloud.database(name).execute("UPDATE t SET word = 'two'");
            return earlier;
        }
    }

    private void importDatabase(CloudSqlite cloud, DatabaseName name, String word) throws Exception {
        Path file = Files.createTempFile(directory, "import", ".db");
        try (Connection plain = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = plain.createStatement()) {
            statement.execute("CREATE TABLE t (word TEXT, b BLOB)");
            statement.execute("INSERT INTO t VALUES ('" + word + "', randomblob(200))");
            statement.execute("CREATE TABLE untouched AS SELECT randomblob(3000) AS b");
        }
        cloud.importDatabase(name, new ByteArrayInputStream(Files.readAllBytes(file)), true, 1 << 20, LONG);
    }

    private CloudSqlite newProcess(DatabaseFormat format) {
        return CloudSqlite.builder(blobs, new GrantingLockManager())
                .workDirectory(directory.resolve("process"))
                .time(time)
                .format(format)
                .downloads(Runnable::run)
                .build();
    }

    private Operation operation() {
        return new Operation(Deadline.after(LONG, time));
    }
}
