package io.cloudsqlite.store;

import io.cloudsqlite.time.Deadline;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * An object on its way into the store: a temporary file that becomes the object by one rename, or goes.
 *
 * <p>As long as its process lives, the file is locked; so {@link #deleteOrphans} can tell what a killed process left behind
 * from what another process is just writing. Not safe for use by many threads.
 */
final class Upload implements AutoCloseable {

    private static final int MAX_ATTEMPTS = 10;

    private final Path path;
    private final FileChannel channel;

    private Upload(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** An empty upload in {@code directory}. */
    static Upload begin(Path directory, RandomGenerator random) throws IOException {
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            Path path = directory.resolve(ownPrefix() + Long.toHexString(random.nextLong()));
            FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            Upload upload = new Upload(path, channel);
            // A clean-up in another process may have taken the file for an orphan before it was locked.
            if (tryLock(channel) && Files.exists(path)) {
                return upload;
            }
            upload.close();
        }
        throw new IOException("the new temporary files were deleted by others");
    }

    /** Deletes the uploads of processes that died. */
    static void deleteOrphans(Path directory) throws IOException {
        String ownPrefix = ownPrefix();
        try (DirectoryStream<Path> uploads = Files.newDirectoryStream(directory)) {
            for (Path path : uploads) {
                // Our own must not even be opened: closing them again would give up their locks.
                if (!path.getFileName().toString().startsWith(ownPrefix)) {
                    deleteOrphan(path);
                }
            }
        }
    }

    private static void deleteOrphan(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            if (tryLock(channel)) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException e) {
            // It became an object, or another process cleans up too.
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        return channel.tryLock() != null;
    }

    /** The same throughout this process, and another in every other process that has its id before or after it. */
    private static String ownPrefix() {
        ProcessHandle self = ProcessHandle.current();
        long startMillis = self.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
        return self.pid() + "." + startMillis + ".";
    }

    /** Writes {@code body}, exactly. */
    void receive(String key, BlobBody body, Deadline deadline) throws IOException {
        // The stream is not closed: that would close the channel and give up the lock.
        OutputStream out = Channels.newOutputStream(channel);
        BodyTransfer.copy(key, body, out, deadline);
    }

    /** Dates the content; a file system may keep less than nanoseconds. */
    void date(Instant modified) throws IOException {
        Files.setLastModifiedTime(path, FileTime.from(modified));
    }

    /** Makes content and date durable. */
    void force() throws IOException {
        channel.force(true);
    }

    FileStamp stamp() throws IOException {
        return FileStamp.of(Files.readAttributes(path, BasicFileAttributes.class));
    }

    /** Becomes the file {@code target}, in place of what is there, in one step. */
    void moveTo(Path target) throws IOException {
        Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Whether the file has not been moved. */
    boolean isPending() {
        return Files.exists(path);
    }

    /** Deletes what was not moved. Does not throw, because it must not hide the outcome of a put; an orphan is deleted later. */
    @Override
    public void close() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // Deleted when a store is opened here the next time.
        }
        try {
            channel.close();
        } catch (IOException e) {
            // What mattered was forced to the disk before.
        }
    }
}
