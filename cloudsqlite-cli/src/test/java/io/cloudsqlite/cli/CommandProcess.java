package io.cloudsqlite.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The packaged command as a process of its own. */
final class CommandProcess implements AutoCloseable {

    private static final Pattern URL = Pattern.compile(" at (http://\\S+) ");
    private static final int LONGEST_SECONDS = 60;

    private final Process process;
    private final Path err;

    private CommandProcess(Process process, Path err) {
        this.process = process;
        this.err = err;
    }

    /** What the command line begins with: the JVM that runs this test, and the jar that was packaged. */
    static List<String> commandLine() {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return List.of(java, "--enable-native-access=ALL-UNNAMED", "-jar", System.getProperty("command.jar"));
    }

    static CommandProcess start(Path directory, String... arguments) throws IOException {
        List<String> commandLine = new ArrayList<>(commandLine());
        commandLine.addAll(List.of(new Commands(directory).withStore(arguments)));
        return start(new ProcessBuilder(commandLine));
    }

    static CommandProcess start(ProcessBuilder builder) throws IOException {
        Path err = Files.createTempFile("cloudsqlite", ".err");
        return new CommandProcess(builder.redirectError(err.toFile()).start(), err);
    }

    /** The URL that a server prints. */
    String awaitUrl() throws IOException {
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            Matcher url = URL.matcher(line);
            if (url.find()) {
                return url.group(1);
            }
        }
        throw new IllegalStateException("the server ended without a URL: " + err());
    }

    Commands.Ended await(String input) throws IOException, InterruptedException {
        process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Commands.Ended(awaitEnd(), out, err());
    }

    /** Kills it as {@code kill -9} does. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        awaitEnd();
    }

    /** Asks it to end, as {@code kill} and Ctrl-C do. */
    int terminate() throws InterruptedException {
        process.destroy();
        return awaitEnd();
    }

    private int awaitEnd() throws InterruptedException {
        if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the command does not end: " + err());
        }
        return process.exitValue();
    }

    String err() {
        try {
            return Files.readString(err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Files.deleteIfExists(err);
    }
}
