package io.cloudsqlite.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** That {@code docs/storage-format.md}, from which others write readers, is about what is written here. */
class StorageFormatDocumentTest {

    private static final Pattern EXAMPLE = Pattern.compile("```json\\n(.*?)\\n```", Pattern.DOTALL);

    @Test
    void the_example_of_a_manifest_is_one() throws IOException {
        Matcher example = EXAMPLE.matcher(Files.readString(Path.of("..", "docs", "storage-format.md")));
        assertThat(example.find()).isTrue();
        byte[] bytes = (example.group(1).replaceAll("\\s", "") + "\n").getBytes(UTF_8);

        Manifest manifest = ManifestJson.decode(bytes);

        assertThat(ManifestJson.encode(manifest)).isEqualTo(bytes);
        assertThat(manifest.base()).isPresent();
        assertThat(manifest.segments()).hasSize(1);
        assertThat(manifest.tail()).hasSize(1);
        assertThat(manifest.previous()).isPresent();
    }
}
