package io.cloudsqlite.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.Fuzz;
import io.cloudsqlite.store.BlobVersion;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A power failure may leave any bytes in a state file: they say what was written, or nothing. */
final class StateFileFuzzTest {

    @Test
    void a_damaged_state_file_says_nothing(@TempDir Path directory) throws Exception {
        StateFile written = new StateFile(
                "main.db",
                new Content(4096, 1, DatabaseChecksum.of(new ByteArrayInputStream(header()))),
                new DatabaseVersion(
                        DatabaseFormat.FILE, Optional.empty(), 7, List.<CommitId>of(), new BlobVersion("v1")));
        written.write(directory);
        Path file = directory.resolve(StateFile.NAME);
        byte[] sound = Files.readAllBytes(file);
        assertThat(StateFile.read(directory)).contains(written);

        Fuzz.cases("state files", 500, random -> {
            byte[] bytes = sound.clone();
            switch (random.nextInt(4)) {
                case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(2 * bytes.length));
                case 1 -> random.nextBytes(bytes);
                case 2 -> Arrays.fill(bytes, random.nextInt(bytes.length), bytes.length, (byte) 0);
                default -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Files.write(file, bytes);

            if (Arrays.equals(bytes, sound)) {
                assertThat(StateFile.read(directory)).contains(written);
            } else {
                assertThat(StateFile.read(directory)).isEmpty();
            }
        });
    }

    private static byte[] header() {
        byte[] page = new byte[4096];
        byte[] magic = "SQLite format 3\0".getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(magic, 0, page, 0, magic.length);
        page[16] = 16;
        return page;
    }
}
