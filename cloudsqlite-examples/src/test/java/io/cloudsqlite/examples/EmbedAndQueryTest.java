package io.cloudsqlite.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbedAndQueryTest {

    @TempDir
    Path directory;

    @Test
    void prints_what_it_does() {
        // when
        String printed = run();

        // then
        assertThat(printed.lines().map(line -> line.replaceFirst("refused: .*CHECK", "refused: CHECK")))
                .containsExactly(
                        "opened two accounts; the last INSERT affected 1 row",
                        "  ann has 100",
                        "  bob has 20",
                        "ann pays bob 30, as one transaction",
                        "  ann has 70",
                        "  bob has 50",
                        "ann pays bob 1000, which she does not have",
                        "  refused: CHECK constraint failed: balance >= 0",
                        "  ann has 70",
                        "  bob has 50",
                        "a current read took 1 request to the store",
                        "a read of at most a minute ago took 0",
                        "  and includes our transaction: true",
                        "all share what they have, with JDBC",
                        "  everybody has 60 now",
                        "  ann has 60",
                        "  bob has 60",
                        "the database is in the store: " + directory.resolve("store"));
        assertThat(directory.resolve("store/bank.db")).isRegularFile();
    }

    @Test
    void runs_again_on_the_same_directory() {
        // given
        String first = run();

        // when
        String second = run();

        // then
        assertThat(second).isEqualTo(first);
    }

    private String run() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        EmbedAndQuery.run(directory, new PrintStream(printed, true, StandardCharsets.UTF_8));
        return printed.toString(StandardCharsets.UTF_8);
    }
}
