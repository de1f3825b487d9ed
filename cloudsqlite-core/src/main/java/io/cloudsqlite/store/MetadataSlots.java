package io.cloudsqlite.store;

import io.cloudsqlite.CorruptDatabaseException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * The metadata of the objects of a {@link FileBlobStore}: for each version of an object that has any, one file
 * {@code KEY/@VERSION} with a line {@code key=value} for each entry.
 *
 * <p>The file of a version is durable before the version can be seen, and stays until after it was replaced. So whoever
 * finds the same version before and after reading here has read the version's own metadata. Each method but {@link #read}
 * is called under the guard of the key.
 */
final class MetadataFiles {

    private final Path directory;

    MetadataFiles(Path directory) {
        this.directory = directory;
    }

    /** What was written for this version; empty if nothing was. */
    Map<String, String> read(String key, BlobVersion version) throws IOException {
        String text;
        try {
            text = Files.readString(file(key, version), StandardCharsets.US_ASCII);
        } catch (NoSuchFileException e) {
            return Map.of();
        }
        Map<String, String> metadata = new HashMap<>();
        for (String line : text.lines().toList()) {
            int equals = line.indexOf('=');
            if (equals < 1) {
                throw new CorruptDatabaseException("The metadata of '" + key + "' cannot be read");
            }
            metadata.put(line.substring(0, equals), line.substring(equals + 1));
        }
        return metadata;
    }

    /** Writes, durably, the metadata of a version that does not exist yet. Empty metadata need no file. */
    void write(String key, BlobVersion version, Map<String, String> metadata) throws IOException {
        if (metadata.isEmpty()) {
            return;
        }
        StringBuilder text = new StringBuilder();
        metadata.forEach((k, v) -> text.append(k).append('=').append(v).append('\n'));
        ByteBuffer bytes = StandardCharsets.US_ASCII.encode(text.toString());
        Path versions = directory.resolve(key);
        Directories.inside(versions, directory, () -> write(file(key, version), bytes.rewind()));
        Directories.sync(versions, directory);
    }

    private static void write(Path file, ByteBuffer bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    /** Deletes the metadata of all versions of {@code key} but {@code version}, with those that a crash left behind. */
    void deleteAllBut(String key, BlobVersion version) throws IOException {
        delete(key, "@" + version);
    }

    /** Deletes the metadata of all versions of {@code key}. */
    void deleteAll(String key) throws IOException {
        delete(key, "");
        Path path = directory.resolve(key);
        while (path != null && !path.equals(directory) && Directories.deleteIfEmpty(path)) {
            path = path.getParent();
        }
    }

    private void delete(String key, String butName) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory.resolve(key), "@*")) {
            for (Path file : files) {
                if (!file.getFileName().toString().equals(butName)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (NoSuchFileException e) {
            // No version of it has metadata.
        }
    }

    /** An '@' is in no key, so the file of a version is never in the way of the directory of another key. */
    private Path file(String key, BlobVersion version) {
        return directory.resolve(key).resolve("@" + version);
    }
}
