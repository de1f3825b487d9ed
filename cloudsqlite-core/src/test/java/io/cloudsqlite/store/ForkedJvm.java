package io.cloudsqlite.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Another process that runs a main class of the tests, for what only other processes can show.
 *
 * <pre>{@code
 * try (ForkedJvm jvm = ForkedJvm.start(List.of("-Xmx32m"), StoreProcess.class, "increment", "/tmp/x", "10")) {
 *     assertThat(jvm.readLine()).isEqualTo("ready");
 *     jvm.kill();                  // as kill -9 does
 * }
 * }</pre>
 */
public final class ForkedJvm implements AutoCloseable {

    private static final long LONGEST_SECONDS = 120;

    private final Process process;
    private final BufferedReader output;

    private ForkedJvm(Process process) {
        this.process = process;
        this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Starts the main class with the class path of this process; what it prints to stderr goes to ours. */
    public static ForkedJvm start(List<String> options, Class<?> main, Object... arguments) throws IOException {
        return start(List.of(), options, main, arguments);
    }

    /** As {@link #start(List, Class, Object...)}, run by the command {@code runner}. */
    public static ForkedJvm start(List<String> runner, List<String> options, Class<?> main, Object... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(runner);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new ForkedJvm(process);
    }

    public long pid() {
        return process.pid();
    }

    /** The next line it prints; fails if it ends before. */
    public String readLine() throws IOException {
        String line = output.readLine();
        if (line == null) {
            throw new AssertionError("the process ended without printing another line");
        }
        return line;
    }

    /** Hands over each line as it is printed, until the process ends. */
    public void forEachLine(Consumer<String> action) {
        output.lines().forEach(action);
    }

    /** What it prints until it ends. */
    public List<String> readAllLines() {
        return output.lines().toList();
    }

    /** Ends it as {@code kill -9} does, and waits until it is gone. */
    public void kill() throws InterruptedException {
        // Process.destroyForcibly would close the streams too, and what was printed last could not be read.
        process.toHandle().destroyForcibly();
        exitCode();
    }

    /** Stops it where it stands, as {@code kill -STOP} does, until it is {@linkplain #resume resumed} or killed. */
    public void pause() throws IOException, InterruptedException {
        signal("-STOP");
    }

    /** Lets it go on. */
    public void resume() throws IOException, InterruptedException {
        signal("-CONT");
    }

    private void signal(String signal) throws IOException, InterruptedException {
        int failed = new ProcessBuilder("kill", signal, Long.toString(pid()))
                .inheritIO()
                .start()
                .waitFor();
        if (failed != 0) {
            throw new AssertionError("kill " + signal + " failed");
        }
    }

    /** Tells it a line, on its standard input. */
    public void tell(String line) throws IOException {
        OutputStream input = process.getOutputStream();
        input.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        input.flush();
    }

    /** Waits until it ends. */
    public int exitCode() throws InterruptedException {
        if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the process did not end after " + LONGEST_SECONDS + " s");
        }
        return process.exitValue();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        output.close();
    }
}
