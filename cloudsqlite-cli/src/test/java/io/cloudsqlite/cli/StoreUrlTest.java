package io.cloudsqlite.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoreUrlTest {

    @Test
    void file_is_a_directory() {
        assertThat(StoreUrl.parse("file:./data")).isEqualTo(new StoreUrl.Directory(Path.of("./data")));
        assertThat(StoreUrl.parse("file:/var/data")).isEqualTo(new StoreUrl.Directory(Path.of("/var/data")));
        assertThat(StoreUrl.parse("file:///var/data")).isEqualTo(new StoreUrl.Directory(Path.of("/var/data")));
    }

    @Test
    void a_tilde_is_the_home_directory() {
        assertThat(StoreUrl.parse("file:~/data"))
                .isEqualTo(new StoreUrl.Directory(Path.of(System.getProperty("user.home"), "data")));
    }

    @Test
    void memory_is_memory() {
        assertThat(StoreUrl.parse("memory:")).isEqualTo(new StoreUrl.Memory());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "file:", "data", "s3:bucket", "memory:x", "FILE:x"})
    void anything_else_is_refused_with_what_is_supported(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StoreUrl.parse(url))
                .withMessage("'" + url + "' is not a store that is supported; supported are file:DIR, memory:");
    }
}
