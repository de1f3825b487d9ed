package io.cloudsqlite.copy;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.StorageUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;
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
    private final WorkDirectory work;
    private final Path directory;

    CopyDirectory(DatabaseName database, WorkDirectory work) throws IOException {
        this.database = database;
        this.work = work;
        this.directory = work.of(database);
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

    /** The share of a new file. */
    WorkBudget.Share newShare() {
        return work.newShare(database);
    }

    /** The share of what an earlier process may have left. */
    WorkBudget.Share shareOfWhatIsLeft() throws IOException {
        return work.shareOfWhatIsLeft(database);
    }

    /** A name that was never used before: a file that readers still hold is not to be taken for a later one. */
    Path newFile() throws IOException {
        return Files.createTempFile(directory, "copy-", ".db");
    }

    /**
     * @param lastResort makes room where others cannot; false if it cannot either
     * @throws StorageUnavailableException if there is no room for that much
     */
    Download newDownload(long sizeBytes, BooleanSupplier lastResort) {
        WorkBudget.Share share = work.newShare(database, lastResort);
        boolean begun = false;
        try {
            share.growTo(Generation.OVERHEAD_BYTES + sizeBytes);
            long free = Files.getFileStore(directory).getUsableSpace();
            if (free < sizeBytes) {
                throw new StorageUnavailableException(
                        "The work directory has room for " + free + " bytes, and the database '" + database + "' needs "
                                + sizeBytes + ": give it more room or name another one");
            }
            Download download = new Download(database, newFile(), share);
            begun = true;
            return download;
        } catch (IOException e) {
            throw WorkDirectory.failed(database, e);
        } finally {
            if (!begun) {
                share.close();
            }
        }
    }

    /** @param lastResort makes room where others cannot; false if it cannot either */
    Patch newPatch(int pageSizeBytes, BooleanSupplier lastResort) {
        try {
            return new Patch(
                    database,
                    Files.createTempFile(directory, "patch-", ".pages"),
                    pageSizeBytes,
                    work.newShare(database, lastResort));
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
