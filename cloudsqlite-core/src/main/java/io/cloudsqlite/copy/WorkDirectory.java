package io.cloudsqlite.copy;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
 * working copies that were left, and uses those that prove to be complete. Safe for use by many threads.
 */
public final class WorkDirectory implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(WorkDirectory.class);

    private static final int MAX_SLOTS = 1_000;
    private static final String SCRATCH = "scratch";

    /**
     * The slots that are claimed in this JVM. File locks are the whole JVM's, and closing any channel of a file gives them up:
     * so a second claim must not even open the file. What belongs to the JVM can only be known to the JVM as a whole.
     */
    private static final Set<Path> CLAIMED_BY_THIS_JVM = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final Path lockFile;

    /** Holds the file lock, which lives as long as the channel is open. */
    private final FileChannel lockChannel;

    private WorkDirectory(Path directory, Path lockFile, FileChannel lockChannel) {
        this.directory = directory;
        this.lockFile = lockFile;
        this.lockChannel = lockChannel;
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
        Path lockFile = directory.toRealPath().resolve(slot + ".lock");
        if (!CLAIMED_BY_THIS_JVM.add(lockFile)) {
            return null;
        }
        FileChannel channel = null;
        boolean claimed = false;
        try {
            channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            claimed = channel.tryLock() != null;
            if (claimed) {
                Path own = Files.createDirectories(directory.resolve(Integer.toString(slot)));
                deleteRecursively(own.resolve(SCRATCH));
                return new WorkDirectory(own, lockFile, channel);
            }
            return null;
        } finally {
            if (!claimed) {
                if (channel != null) {
                    channel.close();
                }
                CLAIMED_BY_THIS_JVM.remove(lockFile);
            }
        }
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

    /** What to throw when the work directory fails; an interrupt closes a file under the thread that reads or writes it. */
    public static CloudSqliteException failed(DatabaseName database, Exception cause) {
        if (cause instanceof ClosedByInterruptException) {
            return new OperationInterruptedException(
                    "Interrupted while working on the database '" + database + "'; nothing was changed", cause);
        }
        return new StorageUnavailableException(
                "The work directory failed for the database '" + database + "' ("
                        + cause.getClass().getSimpleName()
                        + "): see that it can be written and has room; nothing was changed",
                cause);
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
            lockChannel.close();
            CLAIMED_BY_THIS_JVM.remove(lockFile);
        } catch (IOException e) {
            log.warn("could not give back a slot of the work directory: {}", e.toString());
        }
    }
}
