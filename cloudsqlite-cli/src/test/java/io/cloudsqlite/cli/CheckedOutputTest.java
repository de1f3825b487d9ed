package io.cloudsqlite.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CheckedOutputTest {

    @Test
    void a_closed_pipe_ends_the_command_quietly() {
        Throwable failure = catchThrowable(() -> write("Broken pipe"));

        assertThat(ExitCode.of(failure)).isEqualTo(ExitCode.BROKEN_PIPE);
    }

    @Test
    void a_full_disk_fails_the_command() {
        Throwable failure = catchThrowable(() -> write("No space left on device"));

        assertThat(failure).hasMessage("cannot write the output: No space left on device");
        assertThat(ExitCode.of(failure)).isEqualTo(ExitCode.FAILED);
    }

    private static void write(String problem) {
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(problem);
            }
        };
        PrintWriter out = new PrintWriter(new CheckedOutput(broken), false, StandardCharsets.UTF_8);
        out.println("text");
        out.flush();
    }
}
