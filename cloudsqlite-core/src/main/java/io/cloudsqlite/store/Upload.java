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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An object on its way into the store: a temporary file that becomes the object by one rename, or goes.
 *
 * <p>Beside it is a lock file, made before it and deleted after it, that is locked for as long as its process lives. So
 * {@link #deleteOrphans} can tell what a killed process left behind from what another process is just writing. (To lock
 * the temporary file itself would not do: dating a file opens and closes it, which gives up its locks.)
 *
 * <p>Not safe for use by many threads.
 */
final class Upload implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Upload.class);

    private static final int MAX_ATTEMPTS = 10;

    private static final String LOCK_SUFFIX = ".lock";

    private final Path path;
    private final FileChannel channel;
    private final Path lockPath;
    private final FileChannel lock;

    private Upload(Path path, FileChannel channel, Path lockPath, FileChannel lock) {
        this.path = path;
        this.channel = channel;
        this.lockPath = lockPath;
        this.lock = lock;
    }

    /** An empty upload in {@code directory}. */
    static Upload begin(Path directory, RandomGenerator random) throws IOException {
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            Path path = directory.resolve(ownPrefix() + Long.toHexString(random.nextLong()));
            Path lockPath = lockPath(path);
            FileChannel lock = create(lockPath);
            try {
                // A clean-up in another process may have taken the lock file for an orphan's before it was locked.
                if (lock.tryLock() != null && Files.exists(lockPath)) {
                    return new Upload(path, create(path), lockPath, lock);
                }
            } catch (IOException e) {
                Files.deleteIfExists(lockPath);
                lock.close();
                throw e;
            }
            lock.close();
        }
        throw new IOException("others deleted each new temporary file");
    }

    private static FileChannel create(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    private static Path lockPath(Path path) {
        return path.resolveSibling(path.getFileName() + LOCK_SUFFIX);
    }

    /** Deletes the uploads of processes that died. */
    static void deleteOrphans(Path directory) throws IOException {
        String ownPrefix = ownPrefix();
        try (DirectoryStream<Path> lockPaths = Files.newDirectoryStream(directory, "*" + LOCK_SUFFIX)) {
            for (Path lockPath : lockPaths) {
                String name = lockPath.getFileName().toString();
                // Our own must not even be opened: closing them again would give up their locks.
                if (!name.startsWith(ownPrefix)) {
                    String uploadName = name.substring(0, name.length() - LOCK_SUFFIX.length());
                    deleteOrphan(directory.resolve(uploadName), lockPath);
                }
            }
        }
    }

    private static void deleteOrphan(Path path, Path lockPath) throws IOException {
        try (FileChannel lock = FileChannel.open(lockPath, StandardOpenOption.WRITE)) {
            if (lock.tryLock() != null) {
                Files.deleteIfExists(path);
                Files.deleteIfExists(lockPath);
            }
        } catch (NoSuchFileException e) {
            // The upload has just ended, or another process cleans up too.
        }
    }

    /** The same throughout this process, and another in every other process that has its id before or after it. */
    private static String ownPrefix() {
        ProcessHandle self = ProcessHandle.current();
        long startMillis = self.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
        return self.pid() + "." + startMillis + ".";
    }

    /** Writes {@code body}, exactly. */
    void receive(String key, BlobBody body, Deadline deadline) throws IOException {
        // The stream is not closed: that would close the channel.
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
        try (lock;
                channel) {
            Files.deleteIfExists(path);
            Files.deleteIfExists(lockPath);
        } catch (IOException e) {
            log.debug("upload={} temporary file not deleted, the next opening of a store here does", path, e);
        }
    }
}
