package io.cloudsqlite.cli;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs commands in this process, on the store in one directory. */
final class Commands {

    private final Path directory;

    Commands(Path directory) {
        this.directory = directory;
    }

    /** What a command left behind. */
    record Ended(int exitCode, String out, String err) {

        static Ended with(int exitCode, TestConsole console) {
            return new Ended(exitCode, console.written(), console.writtenToErr());
        }
    }

    Ended run(String... command) {
        return runWithInput("", command);
    }

    Ended runWithInput(String input, String... command) {
        return runOn(TestConsole.piped(input.getBytes(StandardCharsets.UTF_8)), command);
    }

    Ended runOn(TestConsole console, String... command) {
        return Ended.with(Main.run(console, withStore(command)), console);
    }

    /** Runs a command line as it is. */
    static Ended runPlain(String... commandLine) {
        TestConsole console = TestConsole.piped(new byte[0]);
        return Ended.with(Main.run(console, commandLine), console);
    }

    String[] withStore(String... command) {
        List<String> all = new ArrayList<>(List.of(command));
        all.add("--store=file:" + directory.resolve("store"));
        all.add("--work-dir=" + directory.resolve("work"));
        return all.toArray(String[]::new);
    }
}
