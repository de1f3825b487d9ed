package io.cloudsqlite.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The directory of a benchmark, which goes when it ends. Safe for use by many threads. */
public final class TemporaryFiles implements AutoCloseable {

    private final Path directory;
    private int next;

    private TemporaryFiles(Path directory) {
        this.directory = directory;
    }

    /** A new directory below {@code parent}, which is made if it does not exist. */
    public static TemporaryFiles in(Path parent) throws IOException {
        return new TemporaryFiles(Files.createTempDirectory(Files.createDirectories(parent), "cloudsqlite-bench-"));
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

    @Override
    public void close() throws IOException {
        delete(directory);
    }
}
