package io.cloudsqlite.aws;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A server of the module {@code cloudsqlite-emulators} as a process of its own, which ends with this one at the latest.
 *
 * <pre>{@code
 * try (Emulator s3 = Emulator.start("S3Emulator")) {
 *     S3Client client = AwsClients.standard().withEndpoint(s3.endpoint()).withCredentials(...).s3();
 * }
 * }</pre>
 *
 * <p>The system property {@code cloudsqlite.emulators.jar} says where that module's jar lies.
 */
public final class Emulator implements AutoCloseable {

    private static final String READY = "READY ";

    private final String name;
    private final Process process;

    private Emulator(String name, Process process) {
        this.name = name;
        this.process = process;
    }

    /** Starts the program {@code name}; {@link #endpoint} waits until it is ready. */
    public static Emulator start(String name) throws IOException {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("cloudsqlite.emulators.jar"),
                        "io.cloudsqlite.emulators." + name))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new Emulator(name, process);
    }

    /** Waits until the server is ready; call it once. */
    public URI endpoint() throws IOException {
        BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith(READY)) {
                return URI.create("http://127.0.0.1:" + line.substring(READY.length()));
            }
        }
        throw new IOException("The " + name + " ended before it was ready");
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
