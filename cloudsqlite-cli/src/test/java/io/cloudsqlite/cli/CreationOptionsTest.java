package io.cloudsqlite.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.DatabaseFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CreationOptionsTest {

    @Test
    void the_environment_names_a_format_or_none() {
        assertThat(CreationOptions.ofEnvironment(Map.of())).isEmpty();
        assertThat(CreationOptions.ofEnvironment(Map.of("CLOUDSQLITE_FORMAT", "")))
                .isEmpty();
        assertThat(CreationOptions.ofEnvironment(Map.of("CLOUDSQLITE_FORMAT", "file")))
                .contains(DatabaseFormat.FILE);
    }

    @Test
    void a_format_that_there_is_not_is_told_with_those_there_are() {
        assertThatThrownBy(() -> CreationOptions.ofEnvironment(Map.of("CLOUDSQLITE_FORMAT", "zip")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("environment variable CLOUDSQLITE_FORMAT: 'zip' is not one of [file, log]");
    }
}
