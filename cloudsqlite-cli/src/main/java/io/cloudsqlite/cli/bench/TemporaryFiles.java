package io.cloudsqlite.cli.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The directory of a benchmark, which goes when it ends, be it by an interrupt. Safe for use by many threads. */
public final class TemporaryFiles implements AutoCloseable {

    /** While clients still run, files may come as fast as they go. */
    private static final int MAX_TRIES = 10;

    private final Path directory;
    private final Thread atShutdown = new Thread(this::deleteWhileInUse);
    private int next;

    private TemporaryFiles(Path directory) {
        this.directory = directory;
    }

    /** A new directory below {@code parent}, which is made if it does not exist. */
    public static TemporaryFiles in(Path parent) throws IOException {
        TemporaryFiles files =
                new TemporaryFiles(Files.createTempDirectory(Files.createDirectories(parent), "cloudsqlite-bench-"));
        Runtime.getRuntime().addShutdownHook(files.atShutdown);
        return files;
    }

    /** A path in it that nothing is at. */
    public synchronized Path fresh(String name) {
        return directory.resolve(next++ + "-" + name);
    }

    /** Deletes {@code path} with all below it. */
    static void delete(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        List<Path> deepestFirst;
        try (Stream<Path> found = Files.walk(path)) {
            deepestFirst = found.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path each : deepestFirst) {
            Files.deleteIfExists(each);
        }
    }

    private void deleteWhileInUse() {
        for (int attempt = 1; attempt <= MAX_TRIES && Files.exists(directory); attempt++) {
            try {
                delete(directory);
            } catch (IOException | UncheckedIOException e) {
                // The next try may succeed; nobody is there any more to be told of the last.
            }
        }
    }

    @Override
    public void close() throws IOException {
        delete(directory);
        Runtime.getRuntime().removeShutdownHook(atShutdown);
    }
}
