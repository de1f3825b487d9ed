package io.cloudsqlite.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.CommitId;
import java.io.IOException;
import java.io.InputStream;
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
        Files.write(main, mainBytes);
        Files.write(wal, walBytes);
        int pageCount = 41;
        long[] walOffsets = new long[pageCount + 1];
        byte[] expected = Arrays.copyOf(mainBytes, pageCount * pageSize);
        for (int page = 1; page <= pageCount; page++) {
            if (page > 37 || random.nextBoolean()) {
                int offset = 1 + random.nextInt(99 * pageSize);
                walOffsets[page] = offset;
                System.arraycopy(walBytes, offset, expected, (page - 1) * pageSize, pageSize);
            }
        }

        // when
        DatabaseImage image = DatabaseImage.of(main, wal, new PageMap(pageSize, pageCount, walOffsets), DATABASE_ID, 7);

        // then
        byte[] bytes = read(image);
        assertThat(image.sizeBytes()).isEqualTo(bytes.length);
        byte[] maskedBytes = bytes.clone();
        DatabaseHeader.mask(maskedBytes);
        DatabaseHeader.mask(expected);
        assertThat(maskedBytes).as("seed %d", seed).isEqualTo(expected);
        assertThat(read(image)).as("read again").isEqualTo(bytes);
        try (InputStream in = image.open()) {
            assertThat(ImageChecksum.of(in)).isEqualTo(image.checksum());
        }
    }

    @Test
    void missing_pages_are_not_made_up() throws IOException {
        // given
        Files.write(main, new byte[2 * 4096]);
        Files.write(wal, new byte[4096]);

        // when, then
        assertThatThrownBy(() -> DatabaseImage.of(main, wal, new PageMap(4096, 3, new long[4]), DATABASE_ID, 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("page 3");
    }

    private static byte[] read(DatabaseImage image) throws IOException {
        try (InputStream in = image.open()) {
            return in.readAllBytes();
        }
    }
}
