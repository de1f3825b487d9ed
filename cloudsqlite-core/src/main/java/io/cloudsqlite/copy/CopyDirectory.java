package io.cloudsqlite.copy;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.StorageUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of one working copy: its main files, what is on its way to become one, and the {@link StateFile} that says which
 * one is complete. Safe for use by many threads; which of them may say what of the state is the {@link WorkingCopy}'s to know.
 */
final class CopyDirectory {

    private static final Logger log = LoggerFactory.getLogger(CopyDirectory.class);

    private final DatabaseName database;
    private final Path directory;

    CopyDirectory(DatabaseName database, Path directory) {
        this.database = database;
        this.directory = directory;
    }

    /** What an earlier process left, if that is whole; everything else is deleted. */
    Optional<StateFile> adoptWhatIsLeft() throws IOException {
        Optional<StateFile> left = StateFile.read(directory).filter(state -> state.isTrueOf(directory));
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                boolean wanted = left.isPresent()
                        && (file.endsWith(StateFile.NAME)
                                || file.endsWith(left.get().fileName()));
                if (!wanted) {
                    WorkDirectory.deleteRecursively(file);
                }
            }
        }
        return left;
    }

    /** The main file that {@code state} speaks of. */
    Path file(StateFile state) {
        return directory.resolve(state.fileName());
    }

    /** A name that was never used before: a file that readers still hold is not to be taken for a later one. */
    Path newFile() throws IOException {
        return Files.createTempFile(directory, "copy-", ".db");
    }

    /** @throws StorageUnavailableException if there is no room for that much */
    Download newDownload(long sizeBytes) {
        try {
            long free = Files.getFileStore(directory).getUsableSpace();
            if (free < sizeBytes) {
                throw new StorageUnavailableException(
                        "The work directory has room for " + free + " bytes, and the database '" + database + "' needs "
                                + sizeBytes + ": give it more room or name another one");
            }
            return new Download(database, newFile());
        } catch (IOException e) {
            throw WorkDirectory.failed(database, e);
        }
    }

    Patch newPatch(int pageSizeBytes) {
        try {
            return new Patch(database, Files.createTempFile(directory, "patch-", ".pages"), pageSizeBytes);
        } catch (IOException e) {
            throw WorkDirectory.failed(database, e);
        }
    }

    /** Says that {@code file} is complete. That it may fail to say so costs the next process a download. */
    void writeState(Path file, Content content, DatabaseVersion version) {
        try {
            new StateFile(file.getFileName().toString(), content, version).write(directory);
        } catch (IOException e) {
            log.warn("db={} could not note the state of the working copy: {}", database, e.toString());
        }
    }

    /** Says that no file is complete. */
    void deleteState() throws IOException {
        StateFile.delete(directory);
    }

    /** Warns that the directory failed, after which the working copy begins anew. */
    void warn(Exception failure) {
        log.warn(
                "db={} the work directory failed, the database will be downloaded again: {}",
                database,
                failure.toString());
    }

    void delete() throws IOException {
        WorkDirectory.deleteRecursively(directory);
    }
}
