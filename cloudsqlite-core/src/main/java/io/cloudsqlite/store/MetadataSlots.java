package io.cloudsqlite.store;

import io.cloudsqlite.CorruptDatabaseException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The metadata of the objects of a {@link FileBlobStore}. Each object that has any has two slots, the files {@code KEY/@0}
 * and {@code KEY/@1}: a line with the version that it belongs to, a line {@code key=value} for each entry, a last line.
 *
 * <p>A put writes the metadata of the version to be into the slot that the present version does not use, before anybody
 * can see that version. So whoever finds the same version before and after reading here has read the version's own
 * metadata, and a crash leaves nothing to clean up. Two files that stay are also cheaper than a new file for each version:
 * no directory changes that would have to be forced to the disk.
 *
 * <p>Every method but {@link #read} is called under the guard of the key.
 */
final class MetadataSlots {

    /** In no key, so that a slot is never in the way of the directory of another key. */
    private static final List<String> SLOTS = List.of("@0", "@1");

    private static final String LAST_LINE = "end";

    private final Path root;

    MetadataSlots(Path root) {
        this.root = root;
    }

    /**
     * The lines that were written for this version; none if none were. Not to be made sense of until the version was found
     * to be still the present one: they may have been read while they were being overwritten.
     */
    List<String> read(String key, BlobVersion version) throws IOException {
        for (String slot : SLOTS) {
            List<String> lines = lines(root.resolve(key).resolve(slot));
            if (isOf(version, lines)) {
                return lines;
            }
        }
        return List.of();
    }

    /** The metadata that {@link #read} has read. */
    static Map<String, String> decode(String key, List<String> lines) {
        if (lines.isEmpty()) {
            return Map.of();
        }
        int last = lines.size() - 1;
        if (!lines.get(last).equals(LAST_LINE)) {
            throw new CorruptDatabaseException("The metadata of '" + key + "' are cut off");
        }
        Map<String, String> metadata = new HashMap<>();
        for (String line : lines.subList(1, last)) {
            String[] entry = line.split("=", 2);
            metadata.put(entry[0], entry[entry.length - 1]);
        }
        return metadata;
    }

    /** Writes, durably, the metadata of the version {@code next} that is to replace {@code current}. */
    void write(String key, Optional<BlobVersion> current, BlobVersion next, Map<String, String> metadata)
            throws IOException {
        if (metadata.isEmpty()) {
            return;
        }
        Path directory = root.resolve(key);
        Optional<String> used = current.isEmpty() ? Optional.empty() : slotOf(key, current.get());
        String free = used.equals(Optional.of(SLOTS.get(0))) ? SLOTS.get(1) : SLOTS.get(0);
        ByteBuffer bytes = encode(next, metadata);
        Directories.inside(directory, root, () -> {
            for (String slot : SLOTS) {
                touch(directory.resolve(slot));
            }
            write(directory.resolve(free), bytes.rewind());
        });
        // Where the present version has a slot, both were made and forced to the disk before it could be seen.
        if (used.isEmpty()) {
            Directories.sync(directory, root);
        }
    }

    /** Deletes the metadata of all versions of {@code key}. */
    void delete(String key) throws IOException {
        for (String slot : SLOTS) {
            Files.deleteIfExists(root.resolve(key).resolve(slot));
        }
        Path path = root.resolve(key);
        while (path != null && !path.equals(root) && Directories.deleteIfEmpty(path)) {
            path = path.getParent();
        }
    }

    private Optional<String> slotOf(String key, BlobVersion version) throws IOException {
        for (String slot : SLOTS) {
            if (isOf(version, lines(root.resolve(key).resolve(slot)))) {
                return Optional.of(slot);
            }
        }
        return Optional.empty();
    }

    private static boolean isOf(BlobVersion version, List<String> lines) {
        return !lines.isEmpty() && lines.get(0).equals(version.value());
    }

    private static List<String> lines(Path slot) throws IOException {
        try {
            return Files.readAllLines(slot, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private static void touch(Path slot) throws IOException {
        FileChannel.open(slot, StandardOpenOption.CREATE, StandardOpenOption.WRITE)
                .close();
    }

    private static void write(Path slot, ByteBuffer bytes) throws IOException {
        try (FileChannel channel =
                FileChannel.open(slot, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    private static ByteBuffer encode(BlobVersion version, Map<String, String> metadata) {
        StringBuilder text = new StringBuilder();
        text.append(version).append('\n');
        metadata.forEach((k, v) -> text.append(k).append('=').append(v).append('\n'));
        text.append(LAST_LINE).append('\n');
        return StandardCharsets.ISO_8859_1.encode(text.toString());
    }
}
