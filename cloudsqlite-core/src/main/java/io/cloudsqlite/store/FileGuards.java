package io.cloudsqlite.store;

import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.time.Deadline;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Mutual exclusion by name, between threads and between the processes of one machine: while one of them holds the guard of
 * a name, no other does.
 *
 * <pre>{@code
 * FileGuards guards = new FileGuards(directory, random);
 * int next = guards.holding("counter", deadline, () -> {
 *     ... read the file, write it anew ...
 * });
 * }</pre>
 *
 * <p>A guard belongs to its process: when the process dies, however it dies, the operating system gives its guards up.
 * Names share {@value #STRIPES} guard files that are never deleted, so unrelated names may now and then wait for each
 * other, and who holds one guard must not ask for another. Names that differ in upper and lower case only share a guard,
 * because on some file systems they name the same file.
 *
 * <p>For a short while only: there is no queue, and whoever waits for another process polls. It takes a file system whose
 * locks work between all the processes that use it: a local disk, not every network share. Safe for use by many threads.
 */
public final class FileGuards {

    private static final int STRIPES = 64;

    private static final Duration LONGEST_POLL = Duration.ofMillis(4);

    /**
     * A file's lock is the whole JVM's: it does not exclude other threads, and in POSIX closing any descriptor of the file
     * gives it up. So threads exclude each other here first, and one thread at a time has the guard file open. This must
     * be one set of locks per JVM, as the locks of the file are, even if two objects guard the same directory.
     */
    private static final Lock[] JVM_LOCKS =
            Stream.generate(ReentrantLock::new).limit(STRIPES).toArray(Lock[]::new);

    private final Path directory;
    private final RandomGenerator random;

    /** What is done while a guard is held. */
    @FunctionalInterface
    public interface Action<T> {
        /** Does it. */
        T run() throws IOException;
    }

    /**
     * Guards in {@code directory}, which is created and should hold nothing else.
     *
     * @param random spreads the polls of waiters; safe for use by many threads
     */
    public FileGuards(Path directory, RandomGenerator random) throws IOException {
        this.directory = Files.createDirectories(directory).toRealPath();
        this.random = random;
    }

    /**
     * Runs {@code action} while holding the guard of {@code name}, and returns its result. If this throws anything that
     * {@code action} did not throw, the action was not begun.
     *
     * @throws StorageUnavailableException if others hold the guard until the deadline
     * @throws OperationInterruptedException if the thread is interrupted while it waits
     */
    public <T> T holding(String name, Deadline deadline, Action<T> action) throws IOException {
        int stripe = Math.floorMod(name.toLowerCase(Locale.ROOT).hashCode(), STRIPES);
        Path guard = directory.resolve(Integer.toString(stripe));
        Lock jvmLock = JVM_LOCKS[Math.floorMod(guard.hashCode(), STRIPES)];
        lock(jvmLock, name, deadline);
        try {
            FileChannel channel = FileChannel.open(guard, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                lock(channel, name, deadline);
                return action.run();
            } finally {
                closeQuietly(channel);
            }
        } finally {
            jvmLock.unlock();
        }
    }

    private static void lock(Lock jvmLock, String name, Deadline deadline) {
        try {
            if (!jvmLock.tryLock(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
                throw busy(name);
            }
        } catch (InterruptedException e) {
            throw interrupted(name, e);
        }
    }

    private void lock(FileChannel channel, String name, Deadline deadline) throws IOException {
        while (!tryLock(channel)) {
            if (deadline.hasPassed()) {
                throw busy(name);
            }
            try {
                deadline.sleep(Duration.ofNanos(1 + random.nextLong(LONGEST_POLL.toNanos())));
            } catch (InterruptedException e) {
                throw interrupted(name, e);
            }
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            // A second copy of this class in the JVM, from another class loader, holds it.
            return false;
        }
    }

    /** Gives up the lock. The action has had its effect, so nothing that happens here may hide its result. */
    private static void closeQuietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // The descriptor is gone all the same, and the lock with it.
        }
    }

    private static StorageUnavailableException busy(String name) {
        return new StorageUnavailableException("Others kept '" + name + "' busy until the deadline: try again");
    }

    private static OperationInterruptedException interrupted(String name, InterruptedException e) {
        Thread.currentThread().interrupt();
        return new OperationInterruptedException("The thread was interrupted while others kept '" + name + "' busy", e);
    }
}
