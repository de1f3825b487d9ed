package io.cloudsqlite.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.CommitId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The image that is published: the main file with the pages of the WAL laid over it. */
class DatabaseImageTest {

    private static final CommitId DATABASE_ID = new CommitId("0123456789abcdef0123456789abcdef");

    @TempDir
    Path directory;

    private Path main;
    private Path wal;

    @BeforeEach
    void name_files() {
        main = directory.resolve("main");
        wal = directory.resolve("wal");
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 4096, 65536})
    void pages_of_the_wal_lie_over_those_of_the_main_file(int pageSize) throws IOException {
        // given
        long seed = 42;
        SplittableRandom random = new SplittableRandom(seed);
        byte[] mainBytes = new byte[37 * pageSize];
        random.nextBytes(mainBytes);
        byte[] walBytes = new byte[100 * pageSize];
        random.nextBytes(walBytes);
        writeHeader(mainBytes, pageSize);
        Files.write(main, mainBytes);
        Files.write(wal, walBytes);
        int pageCount = 41;
        long[] walOffsets = new long[pageCount + 1];
        byte[] expected = Arrays.copyOf(mainBytes, pageCount * pageSize);
        for (int page = 1; page <= pageCount; page++) {
            if (page > 37 || (page > 1 && random.nextBoolean())) {
                int offset = 1 + random.nextInt(99 * pageSize);
                walOffsets[page] = offset;
                System.arraycopy(walBytes, offset, expected, (page - 1) * pageSize, pageSize);
            }
        }

        DatabaseChecksum checksum = DatabaseChecksum.of(new ByteArrayInputStream(expected));

        // when
        DatabaseImage image = new DatabaseImage(main, wal, new PageMap(pageSize, pageCount, walOffsets), checksum);

        // then
        assertThat(image.sizeBytes()).isEqualTo(expected.length);
        assertThat(read(image)).as("seed %d", seed).isEqualTo(expected);
        assertThat(read(image)).as("read again").isEqualTo(expected);
        DatabaseImage unique = image.withChangeCounter(DATABASE_ID, 7);
        byte[] counted = read(unique);
        assertThat(counted)
                .as("another change counter, and its checksum with it")
                .isNotEqualTo(expected);
        assertThat(read(image.withChangeCounter(DATABASE_ID, 8))).isNotEqualTo(counted);
        Arrays.fill(counted, 24, 28, (byte) 0);
        Arrays.fill(counted, 92, 96, (byte) 0);
        Arrays.fill(expected, 24, 28, (byte) 0);
        Arrays.fill(expected, 92, 96, (byte) 0);
        assertThat(counted).as("all else").isEqualTo(expected);
    }

    @Test
    void damage_to_the_local_files_does_not_pass() throws IOException {
        // given
        byte[] bytes = new byte[3 * 4096];
        writeHeader(bytes, 4096);
        DatabaseChecksum checksum = DatabaseChecksum.of(new ByteArrayInputStream(bytes));
        bytes[5000] ^= 1;
        Files.write(main, bytes);

        // when
        DatabaseImage image = DatabaseImage.of(main, new Content(4096, 3, checksum));

        // then
        assertThatThrownBy(() -> read(image)).isInstanceOf(IOException.class).hasMessageContaining("damaged");
    }

    @Test
    void missing_pages_are_not_made_up() throws IOException {
        // given
        byte[] bytes = new byte[2 * 4096];
        writeHeader(bytes, 4096);
        Files.write(main, bytes);
        Files.write(wal, new byte[4096]);

        // when, then
        DatabaseImage image =
                new DatabaseImage(main, wal, new PageMap(4096, 3, new long[4]), DatabaseChecksum.OF_NOTHING);
        assertThatThrownBy(() -> read(image)).isInstanceOf(IOException.class).hasMessageContaining("page 3");
    }

    /** The first bytes of a SQLite file that is used with a rollback journal. */
    static void writeHeader(byte[] bytes, int pageSize) {
        byte[] magic = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(magic, 0, bytes, 0, magic.length);
        ByteBuffer.wrap(bytes).putShort(16, (short) (pageSize == 65536 ? 1 : pageSize));
        bytes[18] = 1;
        bytes[19] = 1;
    }

    private static byte[] read(DatabaseImage image) throws IOException {
        try (InputStream in = image.open()) {
            return in.readAllBytes();
        }
    }
}
