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
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory in which one process keeps its working copies.
 *
 * <pre>{@code
 * WorkDirectory work = WorkDirectory.claim(Path.of("/tmp/cloudsqlite"), OptionalLong.empty());
 * }</pre>
 *
 * <p>Any number of processes may be given the same directory: each claims a numbered slot in it for itself, by a file lock
 * that the operating system releases when the process ends, however it ends. The next process to claim the slot finds the
 * working copies that were left, and uses those that prove to be complete.
 *
 * <p>All files of the slot together take no more than a number of bytes that is given. When more are needed, what was left and
 * was not used again is deleted first, and then what {@linkplain #whenFull the owner} can do without. Safe for use by many
 * threads.
 */
public final class WorkDirectory implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(WorkDirectory.class);

    private static final int MAX_SLOTS = 1_000;
    private static final String SCRATCH = "scratch";

    /** How much of the disk's room is used unless it is said: others write to the disk too. */
    private static final double DEFAULT_PART_OF_DISK = 0.8;

    /**
     * The slots that are claimed in this JVM. File locks are the whole JVM's, and closing any channel of a file gives them up:
     * so a second claim must not even open the file. What belongs to the JVM can only be known to the JVM as a whole.
     */
    private static final Set<Path> CLAIMED_BY_THIS_JVM = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final Path lockFile;

    /** Holds the file lock, which lives as long as the channel is open. */
    private final FileChannel lockChannel;

    private final WorkBudget budget;

    /** The bytes of the working copies that an earlier process left, and that nobody has asked for yet. Guarded by itself. */
    private final Map<Path, Long> leftovers;

    private volatile BooleanSupplier owner = () -> false;

    private WorkDirectory(
            Path directory, Path lockFile, FileChannel lockChannel, Map<Path, Long> leftovers, OptionalLong maxBytes)
            throws IOException {
        this.directory = directory;
        this.lockFile = lockFile;
        this.lockChannel = lockChannel;
        this.leftovers = leftovers;
        long leftBytes = leftovers.values().stream().mapToLong(Long::longValue).sum();
        long usableBytes = leftBytes + Files.getFileStore(directory).getUsableSpace();
        long limitBytes = maxBytes.orElse((long) (usableBytes * DEFAULT_PART_OF_DISK));
        this.budget = new WorkBudget(limitBytes, leftBytes, () -> deleteLeftover() || owner.getAsBoolean());
    }

    /**
     * Claims the first free slot in {@code directory}, which is made if it does not exist.
     *
     * @param maxBytes how much its files may take; if empty, 80 % of the room that the disk has at this time
     * @throws StorageUnavailableException if the directory cannot be written, or all of its slots are in use
     */
    public static WorkDirectory claim(Path directory, OptionalLong maxBytes) {
        if (directory.toString().contains("?")) {
            throw new StorageUnavailableException(
                    "The work directory cannot be used: its path has a '?', after which SQLite's driver expects options");
        }
        try {
            Files.createDirectories(directory);
            for (int slot = 0; slot < MAX_SLOTS; slot++) {
                WorkDirectory claimed = tryClaim(directory, slot, maxBytes);
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

    private static @Nullable WorkDirectory tryClaim(Path directory, int slot, OptionalLong maxBytes)
            throws IOException {
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
                WorkDirectory work = new WorkDirectory(own, lockFile, channel, sizes(own), maxBytes);
                work.budget.settle();
                return work;
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

    /** The directories within {@code slot}, and how many bytes the files in each take. */
    private static Map<Path, Long> sizes(Path slot) throws IOException {
        Map<Path, Long> sizes = new HashMap<>();
        try (Stream<Path> directories = Files.list(slot)) {
            for (Path each : (Iterable<Path>) directories::iterator) {
                if (Files.isDirectory(each)) {
                    try (Stream<Path> files = Files.list(each)) {
                        sizes.put(
                                each,
                                files.mapToLong(file -> file.toFile().length()).sum());
                    }
                }
            }
        }
        return sizes;
    }

    /** Says what frees some bytes when there are too few, by doing without a working copy; false if it cannot. */
    public void whenFull(BooleanSupplier makesRoom) {
        owner = makesRoom;
    }

    /** Deletes a working copy that was left and not used again; false if there is none. */
    private boolean deleteLeftover() {
        try {
            Path taken;
            long bytes;
            synchronized (leftovers) {
                Iterator<Map.Entry<Path, Long>> any = leftovers.entrySet().iterator();
                if (!any.hasNext()) {
                    return false;
                }
                Map.Entry<Path, Long> leftover = any.next();
                any.remove();
                bytes = leftover.getValue();
                // It is out of the way at once, so that whoever asks for this database meanwhile begins anew.
                taken = scratch(".left");
                Files.deleteIfExists(taken);
                Files.move(leftover.getKey(), taken);
            }
            deleteRecursively(taken);
            budget.giveBack(bytes);
        } catch (IOException e) {
            log.warn(
                    "slot={} what an earlier process left could not be deleted, and takes up space: {}",
                    directory,
                    e.toString());
        }
        return true;
    }

    /** The share of the budget for a new file of {@code database}. */
    WorkBudget.Share newShare(DatabaseName database) {
        return newShare(database, () -> false);
    }

    /** The same, with what makes room where others cannot. */
    WorkBudget.Share newShare(DatabaseName database, BooleanSupplier lastResort) {
        return budget.share(database, 0, lastResort);
    }

    /** The share of what an earlier process may have left in {@code database}'s {@linkplain #of directory}. */
    WorkBudget.Share shareOfWhatIsLeft(DatabaseName database) throws IOException {
        synchronized (leftovers) {
            Long bytes = leftovers.remove(of(database));
            return budget.share(database, bytes == null ? 0 : bytes, () -> false);
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
        return scratch(".db");
    }

    private Path scratch(String suffix) throws IOException {
        return Files.createTempFile(Files.createDirectories(directory.resolve(SCRATCH)), "", suffix);
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
        if (!lockChannel.isOpen()) {
            return;
        }
        try {
            lockChannel.close();
            CLAIMED_BY_THIS_JVM.remove(lockFile);
        } catch (IOException e) {
            log.warn("slot={} could not be given back: {}", directory, e.toString());
        }
    }
}
