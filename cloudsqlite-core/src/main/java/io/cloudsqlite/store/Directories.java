package io.cloudsqlite.store;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What has to be done with the directories around a file, from a root down to its own, and back up. */
final class Directories {

    private static final int MAX_ATTEMPTS = 100;

    private Directories() {}

    /** What is done in a directory. */
    @FunctionalInterface
    interface Step {
        void run() throws IOException;
    }

    /**
     * Runs {@code step} when {@code directory} exists, creating what is missing of it below {@code root}. Runs it again if
     * it met no directory, because whoever deleted a neighbour has just removed the directory that was empty then.
     */
    static void inside(Path directory, Path root, Step step) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                create(directory, root);
                step.run();
                return;
            } catch (NoSuchFileException e) {
                if (attempt == MAX_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** Unlike {@link Files#createDirectories}, is not content with a symbolic link. */
    private static void create(Path directory, Path root) throws IOException {
        Path path = root;
        for (Path name : root.relativize(directory)) {
            path = path.resolve(name);
            try {
                if (!isDirectory(path)) {
                    Files.createDirectory(path);
                }
            } catch (FileAlreadyExistsException e) {
                if (!isDirectory(path)) {
                    throw new FileSystemException(
                            path.toString(), null, "an object or a link is where a directory would have to be");
                }
            }
        }
    }

    private static boolean isDirectory(Path path) {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Makes the entries of {@code directory} and of those above it durable, up to and with {@code root}.
     *
     * <p>An interrupt does not stop it, and the interrupt flag is set again afterwards: most often the change is visible
     * already, and 'interrupted, so nothing happened' would be wrong.
     */
    static void sync(Path directory, Path root) throws IOException {
        boolean interrupted = false;
        try {
            for (Path path = directory; path != null && path.startsWith(root); path = path.getParent()) {
                while (!sync(path)) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns false if an interrupt got in the way. */
    private static boolean sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
            return true;
        } catch (ClosedByInterruptException e) {
            return false;
        } catch (NoSuchFileException e) {
            // It was empty and has been removed; that is an entry of the directory above.
            return true;
        }
    }

    /** Removes {@code directory} if it is one, and empty; returns whether it was. */
    static boolean deleteIfEmpty(Path directory) throws IOException {
        try {
            return isDirectory(directory) && Files.deleteIfExists(directory);
        } catch (DirectoryNotEmptyException e) {
            return false;
        }
    }
}
