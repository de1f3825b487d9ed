package io.cloudsqlite.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.DatabaseName;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That the checksum which is taken along the way is that of the file. */
class DownloadTest {

    private static final DatabaseName APP = DatabaseName.of("app.db");
    private static final int PAGES = 200;

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void create_file() throws IOException {
        file = Files.createFile(directory.resolve("copy.db"));
    }

    private static Download begin(Path file) throws IOException {
        WorkBudget unbounded = new WorkBudget(Long.MAX_VALUE, 0, () -> false);
        return new Download(APP, file, unbounded.share(APP, 0, () -> false));
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 4096, 65536})
    void checksum_along_the_way_is_that_of_the_file_whatever_is_written_over_it(int pageSize) throws IOException {
        for (long seed = 0; seed < 20; seed++) {
            // given
            SplittableRandom random = new SplittableRandom(seed);
            byte[] expected = randomDatabase(PAGES, pageSize, random);
            try (Download download = begin(recreated())) {
                receiveInRanges(download, expected, pageSize, random);

                // when
                for (int i = random.nextInt(20); i > 0; i--) {
                    int pages = expected.length / pageSize;
                    int page = 1 + random.nextInt(pages + 3);
                    byte[] content = page == 1 ? firstPage(pageSize, random) : randomBytes(pageSize, random);
                    expected = with(expected, page, content);
                    download.writePage(page, content);
                    if (random.nextInt(10) == 0) {
                        expected = Arrays.copyOf(expected, (1 + random.nextInt(pages)) * pageSize);
                        download.truncate(expected.length);
                    }
                }

                // then
                assertThat(download.seal()).as("seed %d", seed).isEqualTo(checksum(expected));
                assertThat(download.content())
                        .isEqualTo(new Content(pageSize, expected.length / pageSize, checksum(expected)));
                assertThat(checksum(Files.readAllBytes(file))).isEqualTo(checksum(expected));
            }
        }
    }

    @Test
    void sealed_download_can_be_written_to_and_sealed_again() throws IOException {
        // given
        SplittableRandom random = new SplittableRandom(1);
        byte[] bytes = randomDatabase(PAGES, 4096, random);
        try (Download download = begin(file)) {
            receiveInRanges(download, bytes, 4096, random);
            download.seal();

            // when
            byte[] first = firstPage(4096, random);
            download.writePage(1, first);

            // then
            assertThat(download.seal()).isEqualTo(checksum(with(bytes, 1, first)));
        }
    }

    @Test
    void what_is_not_known_to_be_here_is_read() throws IOException {
        // given
        SplittableRandom random = new SplittableRandom(2);
        byte[] bytes = randomDatabase(PAGES, 4096, random);
        DatabaseChecksum wrong = checksum(randomDatabase(PAGES, 4096, random));
        try (Download download = begin(file)) {
            // when
            DatabaseChecksum unused = download.receive(new ByteArrayInputStream(bytes), 0, bytes.length, 4096);

            // then
            assertThat(download.seal()).isEqualTo(checksum(bytes));
        }
        try (Download download = begin(recreated())) {
            // when
            DatabaseChecksum unused = download.receive(new ByteArrayInputStream(bytes), 0, bytes.length, 4096);
            download.noteReceived(8192, wrong);

            // then
            assertThat(download.seal()).as("pages of another size").isEqualTo(checksum(bytes));
        }
    }

    @Test
    void range_that_ends_early_is_not_received() throws IOException {
        try (Download download = begin(file)) {
            assertThatThrownBy(() -> download.receive(new ByteArrayInputStream(new byte[5000]), 0, 8192, 4096))
                    .isInstanceOf(IOException.class)
                    .hasMessage("received 5000 of 8192 bytes");
        }
    }

    private Path recreated() throws IOException {
        Files.deleteIfExists(file);
        return Files.createFile(file);
    }

    private static void receiveInRanges(Download download, byte[] bytes, int pageSize, SplittableRandom random)
            throws IOException {
        DatabaseChecksum checksum = DatabaseChecksum.OF_NOTHING;
        int length = (1 + random.nextInt(PAGES)) * pageSize;
        int offset = (bytes.length - 1) / length * length;
        for (; offset >= 0; offset -= length) {
            int end = Math.min(bytes.length, offset + length);
            ByteArrayInputStream in = new ByteArrayInputStream(bytes, offset, end - offset);
            checksum = checksum.with(download.receive(in, offset, end - offset, pageSize));
        }
        download.noteReceived(pageSize, checksum);
    }

    private static byte[] with(byte[] database, int page, byte[] content) {
        byte[] changed = Arrays.copyOf(database, Math.max(database.length, page * content.length));
        System.arraycopy(content, 0, changed, (page - 1) * content.length, content.length);
        return changed;
    }

    private static byte[] randomDatabase(int pages, int pageSize, SplittableRandom random) {
        return with(randomBytes(pages * pageSize, random), 1, firstPage(pageSize, random));
    }

    private static byte[] firstPage(int pageSize, SplittableRandom random) {
        byte[] page = randomBytes(pageSize, random);
        DatabaseImageTest.writeHeader(page, pageSize);
        return page;
    }

    private static byte[] randomBytes(int count, SplittableRandom random) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static DatabaseChecksum checksum(byte[] database) throws IOException {
        return DatabaseChecksum.of(new ByteArrayInputStream(database));
    }
}
