package io.cloudsqlite.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** More databases in one process than its disk has room for: each is written once, and read once when all have been. */
final class ManyDatabases {

    private static final int CLIENTS = 8;
    private static final int OPEN = 20;
    private static final int MEASURED_EVERY = 100;

    /** What a process has open besides databases, which differs by what the tests before have left to the garbage collector. */
    private static final int OTHER_DESCRIPTORS = 60;

    private static final int DESCRIPTORS_EACH = 6;

    private final Path work;
    private final int databases;
    private final long budgetBytes;

    ManyDatabases(Path work, int databases, long budgetBytes) {
        this.work = work;
        this.databases = databases;
        this.budgetBytes = budgetBytes;
    }

    void run() throws Exception {
        long descriptors = descriptors();
        int threads = Thread.activeCount();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try (CloudSqlite cloud = CloudSqlite.inMemory()
                .workDirectory(work)
                .workBytes(budgetBytes)
                .maxOpenDatabases(OPEN)
                .build()) {
            forEach(
                    clients,
                    descriptors,
                    threads,
                    i -> cloud.database(i + ".db").execute("CREATE TABLE t AS SELECT " + i + " AS x"));
            forEach(
                    clients,
                    descriptors,
                    threads,
                    i -> assertThat(cloud.database(i + ".db")
                                    .execute("SELECT x FROM t")
                                    .single())
                            .isEqualTo((long) i));
        } finally {
            clients.shutdownNow();
        }
    }

    /** Lets clients use all databases, and looks at what that takes each time that they are idle. */
    private void forEach(ExecutorService clients, long descriptorsBefore, int threadsBefore, IntConsumer use)
            throws Exception {
        for (int from = 0; from < databases; from += MEASURED_EVERY) {
            List<Callable<Object>> uses = IntStream.range(from, Math.min(from + MEASURED_EVERY, databases))
                    .mapToObj(i -> Executors.callable(() -> use.accept(i)))
                    .toList();
            for (Future<Object> done : clients.invokeAll(uses)) {
                done.get();
            }
            assertThat(bytesIn(work)).isLessThanOrEqualTo(budgetBytes);
            assertThat(descriptors())
                    .isLessThan(descriptorsBefore + OTHER_DESCRIPTORS + (OPEN + CLIENTS) * DESCRIPTORS_EACH);
            assertThat(Thread.activeCount()).isLessThan(threadsBefore + 4 * CLIENTS);
        }
    }

    /** How long all files are; those that vanish meanwhile count nothing. */
    static long bytesIn(Path directory) throws IOException {
        long bytes = 0;
        Path[] children;
        try (Stream<Path> listed = Files.list(directory)) {
            children = listed.toArray(Path[]::new);
        } catch (NoSuchFileException e) {
            return 0;
        }
        for (Path child : children) {
            bytes += Files.isDirectory(child) ? bytesIn(child) : child.toFile().length();
        }
        return bytes;
    }

    /** How many files this process has open; always the same where the operating system does not tell. */
    private static long descriptors() {
        String[] open = Path.of("/proc/self/fd").toFile().list();
        return open == null ? 0 : open.length;
    }
}
