package io.cloudsqlite.store;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Finds the objects of one page in a directory. It walks all files that may have the prefix, because the order of whole
 * keys is not that of a walk ({@code a.db} is before {@code a/b}), and holds no more than a page of them at a time.
 */
final class FileListing extends SimpleFileVisitor<Path> {

    private final Path root;
    private final String prefix;
    private final String after;
    private final int limit;
    private final TreeMap<String, BlobInfo> smallest = new TreeMap<>();

    private FileListing(Path root, String prefix, String after, int limit) {
        this.root = root;
        this.prefix = prefix;
        this.after = after;
        this.limit = limit;
    }

    static BlobPage page(Path root, String prefix, Optional<String> after, int limit) throws IOException {
        int slash = prefix.lastIndexOf('/');
        String folder = slash < 0 ? "" : prefix.substring(0, slash);
        // Not only is nothing below such a folder an object: '../' is also not to be looked into.
        if (slash >= 0 && !BlobRules.isKey(folder)) {
            return new BlobPage(List.of(), Optional.empty());
        }
        FileListing listing = new FileListing(root, prefix, after.orElse(""), limit);
        Path start = root.resolve(folder);
        if (Files.isDirectory(start) && start.toRealPath().equals(start)) {
            Files.walkFileTree(start, listing);
        }
        return listing.page();
    }

    private BlobPage page() {
        boolean isLast = smallest.size() <= limit;
        if (!isLast) {
            smallest.pollLastEntry();
        }
        List<BlobInfo> blobs = new ArrayList<>(smallest.values());
        return new BlobPage(blobs, isLast ? Optional.empty() : Optional.of(smallest.lastKey()));
    }

    /** Leaves out what no key can name: the store's own files, and whatever else is hidden. */
    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
        return directory.equals(root) || BlobRules.isKey(key(directory))
                ? FileVisitResult.CONTINUE
                : FileVisitResult.SKIP_SUBTREE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        String key = key(file);
        if (attributes.isRegularFile() && BlobRules.isKey(key) && key.startsWith(prefix) && key.compareTo(after) > 0) {
            smallest.put(key, FileStamp.of(attributes).describe(key, Map.of()));
            // One more than a page tells whether there is a next page.
            if (smallest.size() > limit + 1) {
                smallest.pollLastEntry();
            }
        }
        return FileVisitResult.CONTINUE;
    }

    /** A file or directory that went away during the walk is not in the listing; anything else is a failure. */
    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
        if (e instanceof NoSuchFileException) {
            return FileVisitResult.CONTINUE;
        }
        throw e;
    }

    private String key(Path path) {
        return root.relativize(path).toString();
    }
}
