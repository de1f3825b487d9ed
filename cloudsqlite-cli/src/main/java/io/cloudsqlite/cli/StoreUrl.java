package io.cloudsqlite.cli;

import io.cloudsqlite.lock.FileLockManager;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.FileBlobStore;
import io.cloudsqlite.store.InMemoryBlobStore;
import java.nio.file.Path;

/** Where databases are kept, as {@code --store} says it. Each kind of store brings the locks that go with it. */
sealed interface StoreUrl {

    /** What {@link #parse} understands, for messages and {@code --help}. */
    String SUPPORTED = "file:DIR, memory:";

    /** A store and its locks, ready for use. */
    record OpenStore(BlobStore blobs, LockManager locks) {}

    /**
     * Opens it, and makes it if there is none.
     *
     * @throws io.cloudsqlite.StorageUnavailableException if it cannot be opened
     */
    OpenStore open();

    /** {@code file:DIR}: a directory of this machine, for all of its processes. */
    record Directory(Path path) implements StoreUrl {

        @Override
        public OpenStore open() {
            return new OpenStore(new FileBlobStore(path), new FileLockManager(path));
        }

        @Override
        public String toString() {
            return "file:" + path;
        }
    }

    /** {@code memory:}: gone when the process ends. */
    record Memory() implements StoreUrl {

        @Override
        public OpenStore open() {
            return new OpenStore(new InMemoryBlobStore(), new InMemoryLockManager());
        }

        @Override
        public String toString() {
            return "memory:";
        }
    }

    /**
     * Reads the URL of a store.
     *
     * @throws IllegalArgumentException if it names no kind of store that is known here
     */
    static StoreUrl parse(String url) {
        if (url.equals("memory:")) {
            return new Memory();
        }
        if (url.startsWith("file:") && url.length() > "file:".length()) {
            return new Directory(directory(url.substring("file:".length())));
        }
        throw new IllegalArgumentException(
                "'" + url + "' is not a store that is supported; supported are " + SUPPORTED);
    }

    private static Path directory(String path) {
        // A shell expands ~ at the beginning of a word only, and nobody wants a directory of that name.
        if (path.equals("~") || path.startsWith("~/")) {
            return Path.of(System.getProperty("user.home") + path.substring(1));
        }
        return Path.of(path);
    }
}
