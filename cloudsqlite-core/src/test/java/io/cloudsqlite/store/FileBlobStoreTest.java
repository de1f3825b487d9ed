package io.cloudsqlite.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.store.GetOutcome.Found;
import io.cloudsqlite.store.GetOutcome.NotModified;
import io.cloudsqlite.store.PutOutcome.Refused;
import io.cloudsqlite.time.ManualTime;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class FileBlobStoreTest extends BlobStoreContractTest {

    private static final String KEY = "app.db";

    @TempDir
    Path directory;

    @Override
    protected BlobStore createStore() {
        return new FileBlobStore(directory);
    }

    // --- files that users see and make ---

    @Test
    void object_is_a_plain_file_at_its_key() throws IOException {
        put("logs/app.db", "hello");

        assertThat(directory.resolve("logs/app.db")).hasContent("hello");
    }

    @Test
    void file_that_a_user_made_is_an_object_without_metadata() throws IOException {
        Files.writeString(directory.resolve(KEY), "by hand");

        assertThat(read(KEY)).isEqualTo("by hand");
        BlobInfo info = store().head(KEY, soon()).orElseThrow();
        assertThat(info.metadata()).isEmpty();
        assertThat(store().list("", Optional.empty(), 10, soon()).blobs()).containsExactly(info);
        assertThat(store().put(KEY, body("x"), Map.of(), PutCondition.IF_ABSENT, soon()))
                .isInstanceOf(Refused.class);
        stored(store().put(KEY, body("x"), Map.of(), PutCondition.ifMatches(info.version()), soon()));
    }

    @Test
    void file_that_a_user_changed_is_a_new_version_without_metadata() throws IOException {
        BlobVersion version = stored(store().put(KEY, body("one"), Map.of("txid", "7"), PutCondition.ALWAYS, soon()));

        Files.writeString(directory.resolve(KEY), "two");

        try (Found found = find(KEY)) {
            assertThat(found.info().version()).isNotEqualTo(version);
            assertThat(found.info().metadata()).isEmpty();
        }
        assertThat(store().put(KEY, body("x"), Map.of(), PutCondition.ifMatches(version), soon()))
                .isInstanceOf(Refused.class);
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void copy_that_keeps_the_times_keeps_versions_and_metadata() throws Exception {
        BlobVersion version = stored(store().put(KEY, body("one"), Map.of("txid", "7"), PutCondition.ALWAYS, soon()));
        Path backup = directory.resolve("backup.db");
        // Not Files.copy, which keeps microseconds only.
        run("cp", "-p", directory.resolve(KEY).toString(), backup.toString());

        Files.delete(directory.resolve(KEY));
        assertThat(store().head(KEY, soon())).isEmpty();
        Files.move(backup, directory.resolve(KEY));

        assertThat(store().get(KEY, Optional.of(version), soon())).isInstanceOf(NotModified.class);
        assertThat(store().head(KEY, soon()).orElseThrow().metadata()).isEqualTo(Map.of("txid", "7"));
    }

    @Test
    void files_that_no_key_names_are_not_listed() throws IOException {
        put(KEY, "x");
        Files.writeString(directory.resolve(".hidden"), "");
        Files.writeString(directory.resolve("a file"), "");
        Files.createDirectories(directory.resolve(".git/objects"));
        Files.writeString(directory.resolve(".git/objects/a"), "");
        Files.createDirectories(directory.resolve("empty"));

        assertThat(store().list("", Optional.empty(), 10, soon()).blobs())
                .extracting(BlobInfo::key)
                .containsExactly(KEY);
    }

    @Test
    void file_that_is_cut_while_it_is_read_fails_the_read() throws IOException {
        put(KEY, "0123456789");

        try (Found found = find(KEY)) {
            Files.writeString(directory.resolve(KEY), "012");

            assertThatThrownBy(() -> found.body().readAllBytes()).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void symbolic_links_are_never_followed(@TempDir Path outside) throws IOException {
        Files.writeString(outside.resolve("secret"), "secret");
        Files.createSymbolicLink(directory.resolve("link.db"), outside.resolve("secret"));
        Files.createSymbolicLink(directory.resolve("folder"), outside);

        for (String key : List.of("link.db", "folder/secret")) {
            assertThat(store().head(key, soon())).isEmpty();
            assertThat(store().get(key, Optional.empty(), soon())).isInstanceOf(GetOutcome.Absent.class);
            store().delete(List.of(key), soon());
        }
        assertThat(store().list("", Optional.empty(), 10, soon()).blobs()).isEmpty();
        assertThat(store().list("folder/", Optional.empty(), 10, soon()).blobs())
                .isEmpty();
        assertThatThrownBy(() -> put("folder/secret", "x")).isInstanceOf(StorageUnavailableException.class);
        put("link.db", "an object now");

        assertThat(read("link.db")).isEqualTo("an object now");
        assertThat(outside.resolve("secret")).hasContent("secret");
        assertThat(outside).isDirectoryNotContaining(path -> !path.endsWith("secret"));
    }

    @Test
    void object_beside_or_below_another_of_its_name_is_refused() {
        put("a", "x");
        put("b/c", "x");

        assertThatThrownBy(() -> put("a/b", "y")).isInstanceOf(StorageUnavailableException.class);
        assertThatThrownBy(() -> put("b", "y")).isInstanceOf(StorageUnavailableException.class);

        assertThat(read("a")).isEqualTo("x");
        assertThat(read("b/c")).isEqualTo("x");
        assertThat(store().head("a/b", soon())).isEmpty();
        assertThat(store().head("b", soon())).isEmpty();
        assertThat(uploads()).isEmpty();
    }

    @Test
    void deletion_leaves_no_directories_and_no_metadata_behind() throws IOException {
        store().put("a/b/c", body("x"), Map.of("k", "v"), PutCondition.ALWAYS, soon());
        store().put("a/d", body("x"), Map.of("k", "v"), PutCondition.ALWAYS, soon());

        store().delete(List.of("a/b/c"), soon());
        assertThat(directory.resolve("a/b")).doesNotExist();
        store().delete(List.of("a/d"), soon());

        assertThat(directory.resolve("a")).doesNotExist();
        assertThat(directory.resolve(".cloudsqlite/meta")).isEmptyDirectory();
    }

    @Test
    void metadata_take_two_small_files_however_often_they_change() {
        for (int i = 0; i < 5; i++) {
            Map<String, String> metadata = Map.of("k", "v" + i);
            store().put(KEY, body("x" + i), metadata, PutCondition.ALWAYS, soon());
            assertThat(store().head(KEY, soon()).orElseThrow().metadata()).isEqualTo(metadata);
        }

        assertThat(files(directory.resolve(".cloudsqlite/meta/" + KEY))).containsExactlyInAnyOrder("@0", "@1");
    }

    @Test
    void metadata_that_lack_their_end_are_not_served() throws IOException {
        store().put(KEY, body("x"), Map.of("k", "v"), PutCondition.ALWAYS, soon());
        Path slot = directory.resolve(".cloudsqlite/meta/" + KEY + "/@0");
        String text = Files.readString(slot);

        for (int length = text.indexOf('\n') + 1; length < text.length() - 1; length++) {
            Files.writeString(slot, text.substring(0, length));
            assertThatThrownBy(() -> store().head(KEY, soon())).isInstanceOf(CorruptDatabaseException.class);
        }
    }

    @Test
    void half_written_metadata_of_a_put_that_crashed_do_not_matter() throws IOException {
        store().put(KEY, body("x"), Map.of("k", "v"), PutCondition.ALWAYS, soon());
        Files.writeString(directory.resolve(".cloudsqlite/meta/" + KEY + "/@1"), "1795341014.7406170");

        assertThat(store().head(KEY, soon()).orElseThrow().metadata()).isEqualTo(Map.of("k", "v"));
        store().put(KEY, body("y"), Map.of("k", "w"), PutCondition.ALWAYS, soon());
        assertThat(store().head(KEY, soon()).orElseThrow().metadata()).isEqualTo(Map.of("k", "w"));
    }

    // --- versions ---

    @Test
    void versions_never_repeat_even_if_the_clock_stands_still_and_bytes_repeat() {
        BlobStore frozen = new FileBlobStore(directory, new ManualTime(), new Random(42));
        Set<BlobVersion> versions = new HashSet<>();

        for (int i = 0; i < 50; i++) {
            versions.add(stored(frozen.put(KEY, body("same"), Map.of(), PutCondition.ALWAYS, soon())));
        }

        assertThat(versions).hasSize(50);
    }

    @Test
    void version_is_later_than_one_from_the_future() throws IOException {
        put(KEY, "old");
        FileTime future = FileTime.from(Instant.parse("2222-02-02T02:02:02.000000002Z"));
        Files.setLastModifiedTime(directory.resolve(KEY), future);

        put(KEY, "new");

        assertThat(Files.getLastModifiedTime(directory.resolve(KEY))).isGreaterThan(future);
    }

    @Test
    void object_is_dated_by_the_clock_to_a_millisecond() {
        ManualTime time = new ManualTime();
        BlobStore dated = new FileBlobStore(directory, time, new Random(42));

        dated.put(KEY, body("x"), Map.of(), PutCondition.ALWAYS, soon());

        assertThat(dated.head(KEY, soon()).orElseThrow().lastModified())
                .isBetween(time.instant(), time.instant().plus(Duration.ofMillis(1)));
    }

    // --- several stores on one directory, several processes, crashes ---

    @Test
    void two_stores_on_one_directory_are_one_store() throws Exception {
        put(KEY, "0");
        BlobStore[] stores = {store(), new FileBlobStore(directory)};

        Race.run(4, runner -> {
            for (int i = 0; i < 25; i++) {
                increment(stores[runner % 2], KEY);
            }
            return null;
        });

        assertThat(read(KEY)).isEqualTo("100");
    }

    @Test
    void increments_by_three_processes_are_never_lost() throws Exception {
        put(KEY, "0");
        List<ForkedJvm> jvms = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            jvms.add(ForkedJvm.start(List.of(), FileStoreProcess.class, "increment", directory, 60));
        }

        for (ForkedJvm jvm : jvms) {
            assertThat(jvm.exitCode()).isZero();
        }

        assertThat(read(KEY)).isEqualTo("180");
        assertThat(store().head(KEY, soon()).orElseThrow().metadata()).isEqualTo(Map.of("value", "180"));
    }

    @Test
    void after_a_kill_every_acknowledged_put_is_there_and_none_is_torn() throws Exception {
        int next = 1;
        for (int round = 0; round < 5; round++) {
            List<String> acknowledged = new ArrayList<>();
            try (ForkedJvm jvm = ForkedJvm.start(List.of(), FileStoreProcess.class, "put-forever", directory, next)) {
                for (int i = 0; i < 15 + round; i++) {
                    acknowledged.add(jvm.readLine());
                }
                jvm.kill();
                acknowledged.addAll(jvm.readAllLines());
            }
            int last = Integer.parseInt(acknowledged.get(acknowledged.size() - 1));

            BlobStore reopened = new FileBlobStore(directory);

            try (Found found = (Found) reopened.get(KEY, Optional.empty(), soon())) {
                int number = Integer.parseInt(found.info().metadata().get("number"));
                assertThat(number).as("the put in flight may have happened too").isBetween(last, last + 1);
                assertThat(found.body().readAllBytes()).isEqualTo(FileStoreProcess.bytesOf(number));
                next = number + 1;
            }
            assertThat(uploads()).isEmpty();
        }
    }

    @Test
    void leftover_uploads_of_a_dead_process_are_deleted_and_those_of_a_live_one_are_not() throws Exception {
        try (ForkedJvm jvm = ForkedJvm.start(List.of(), FileStoreProcess.class, "upload-forever", directory, 0)) {
            assertThat(jvm.readLine()).isEqualTo("uploading");
            createStore();
            assertThat(uploads()).as("a temporary file and its lock file").hasSize(2);

            jvm.kill();
            createStore();

            assertThat(uploads()).isEmpty();
            assertThat(store().head(KEY, soon())).isEmpty();
        }
    }

    @Test
    void opening_a_store_does_not_disturb_uploads_of_the_same_process() {
        BlobBody body = new TestBody(100_000, 100_000) {
            @Override
            void beforeRead(int readBytes) {
                createStore();
            }
        };

        stored(store().put(KEY, body, Map.of(), PutCondition.ALWAYS, soon()));

        assertThat(uploads()).isEmpty();
    }

    @Test
    void object_of_300_megabytes_passes_through_a_heap_of_32() throws Exception {
        try (ForkedJvm jvm = ForkedJvm.start(List.of("-Xmx32m"), FileStoreProcess.class, "stream", directory, 300)) {
            assertThat(jvm.readAllLines()).containsExactly("314572800 bytes read, the same");
            assertThat(jvm.exitCode()).isZero();
        }
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void put_that_the_disk_cannot_hold_has_not_happened_and_leaves_nothing() throws Exception {
        put(KEY, "old");
        List<String> limited = List.of("sh", "-c", "ulimit -f 4096 && exec \"$0\" \"$@\"");

        try (ForkedJvm jvm = ForkedJvm.start(limited, List.of(), FileStoreProcess.class, "put-large", directory, 8)) {
            assertThat(jvm.readAllLines())
                    .singleElement()
                    .asString()
                    .startsWith("StorageUnavailableException: 'app.db' could not be written: ");
        }

        assertThat(read(KEY)).isEqualTo("old");
        assertThat(uploads()).isEmpty();
    }

    @Test
    void upload_that_failed_leaves_nothing() {
        assertThatThrownBy(() -> store().put(KEY, new TestBody(10, 9), Map.of(), PutCondition.ALWAYS, soon()))
                .isInstanceOf(StorageUnavailableException.class);

        assertThat(uploads()).isEmpty();
    }

    @Test
    void directory_that_cannot_be_used_is_refused() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");

        assertThatThrownBy(() -> new FileBlobStore(file)).isInstanceOf(StorageUnavailableException.class);
    }

    private static void run(String... command) throws Exception {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }

    private List<String> uploads() {
        return files(directory.resolve(".cloudsqlite/tmp"));
    }

    private static List<String> files(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
