package io.cloudsqlite.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What tells one content of a file from every other: when it was modified, to the nanosecond, and its size. Both are
 * changed by whoever replaces or edits the file, with whatever tool.
 */
record FileStamp(Instant modified, long sizeBytes) {

    static FileStamp of(BasicFileAttributes attributes) {
        return new FileStamp(attributes.lastModifiedTime().toInstant(), attributes.size());
    }

    /**
     * The stamp of the file that {@code key} names below {@code root}; empty if there is none. Only directories lead to it
     * and only a regular file is one: a symbolic link on the way counts as nothing at all.
     */
    static Optional<FileStamp> find(Path root, String key) throws IOException {
        Path path = root;
        BasicFileAttributes attributes = null;
        for (String segment : key.split("/", -1)) {
            if (attributes != null && !attributes.isDirectory()) {
                return Optional.empty();
            }
            path = path.resolve(segment);
            try {
                attributes = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            } catch (NoSuchFileException e) {
                return Optional.empty();
            }
        }
        return Optional.ofNullable(attributes)
                .filter(BasicFileAttributes::isRegularFile)
                .map(FileStamp::of);
    }

    /** For people too: {@code stat -c %.9Y-%s FILE} prints the same. */
    BlobVersion version() {
        return new BlobVersion(
                String.format(Locale.ROOT, "%d.%09d-%d", modified.getEpochSecond(), modified.getNano(), sizeBytes));
    }

    BlobInfo describe(String key, Map<String, String> metadata) {
        return new BlobInfo(key, version(), sizeBytes, modified, metadata);
    }
}
