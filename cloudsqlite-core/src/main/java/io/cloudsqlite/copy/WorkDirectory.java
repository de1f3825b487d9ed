package io.cloudsqlite.copy;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.StorageUnavailableException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory in which one process keeps its working copies.
 *
 * <pre>{@code
 * WorkDirectory work = WorkDirectory.claim(Path.of("/tmp/cloudsqlite"));
 * }</pre>
 *
 * <p>Any number of processes may be given the same directory: each claims a numbered slot in it for itself, by a file lock
 * that the operating system releases when the process ends, however it ends. The next process to claim the slot finds the
 * working copies that were left, and uses those that prove to be complete.
 */
public final class WorkDirectory implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(WorkDirectory.class);

    private static final int MAX_SLOTS = 1_000;
    private static final String SCRATCH = "scratch";

    private final Path directory;
    private final FileChannel channel;

    /** Held for the file lock, which lives as long as the channel. */
    @SuppressWarnings("unused")
    private final FileLock lock;

    private WorkDirectory(Path directory, FileChannel channel, FileLock lock) {
        this.directory = directory;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Claims the first free slot in {@code directory}, which is made if it does not exist.
     *
     * @throws StorageUnavailableException if the directory cannot be written, or all of its slots are in use
     */
    public static WorkDirectory claim(Path directory) {
        if (directory.toString().contains("?")) {
            throw new StorageUnavailableException(
                    "The work directory cannot be used: its path has a '?', after which SQLite's driver expects options");
        }
        try {
            Files.createDirectories(directory);
            for (int slot = 0; slot < MAX_SLOTS; slot++) {
                WorkDirectory claimed = tryClaim(directory, slot);
                if (claimed != null) {
                    return claimed;
                }
            }
        } catch (IOException e) {
            throw new StorageUnavailableException(
                    "The work directory cannot be used: name one that this process may write ("
                            + e.getClass().getSimpleName() + ")",
                    e);
        }
        throw new StorageUnavailableException(
                "The work directory is in use by " + MAX_SLOTS + " processes already: name another one");
    }

    private static @Nullable WorkDirectory tryClaim(Path directory, int slot) throws IOException {
        FileChannel channel = FileChannel.open(
                directory.resolve(slot + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                Path own = Files.createDirectories(directory.resolve(Integer.toString(slot)));
                deleteRecursively(own.resolve(SCRATCH));
                return new WorkDirectory(own, channel, lock);
            }
        } catch (OverlappingFileLockException e) {
            // Another CloudSqlite in this very process has it; that is as good as another process.
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        return null;
    }

    /**
     * The directory of {@code database}'s working copy, named by a hash: a name that a caller chose never becomes part of a
     * path, nor of a JDBC URL, in which a {@code ?} begins options.
     */
    Path of(DatabaseName database) throws IOException {
        byte[] hash = sha256().digest(database.value().getBytes(StandardCharsets.UTF_8));
        return Files.createDirectories(directory.resolve(HexFormat.of().formatHex(hash, 0, 16)));
    }

    /** A new path for a file that is not a working copy, such as an import that is being verified. */
    Path scratchFile() throws IOException {
        return Files.createTempFile(Files.createDirectories(directory.resolve(SCRATCH)), "", ".db");
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Deletes {@code path} and everything below it, if it exists. */
    static void deleteRecursively(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            Files.deleteIfExists(path);
            return;
        }
        try (Stream<Path> children = Files.list(path)) {
            for (Path child : (Iterable<Path>) children::iterator) {
                deleteRecursively(child);
            }
        }
        Files.deleteIfExists(path);
    }

    /** Gives the slot back; what is in it stays for the next process. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            log.warn("could not give back a slot of the work directory: {}", e.toString());
        }
    }
}
