package io.cloudsqlite.cli;

import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.lock.FileLockManager;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.FileBlobStore;
import io.cloudsqlite.store.InMemoryBlobStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Where databases are kept, as {@code --store} says it. Each kind of store brings the locks that go with it. */
sealed interface StoreUrl permits StoreUrl.Directory, StoreUrl.Memory, S3Url {

    /** What {@link #parse} understands, for messages and {@code --help}. */
    String SUPPORTED = "file:DIR, memory:, s3://BUCKET[/PREFIX][?region=REGION&endpoint=URL&lock-endpoint=URL]";

    /** A store and its locks, ready for use. */
    record OpenStore(BlobStore blobs, LockManager locks) {}

    /**
     * Opens it. A directory is made if there is none; a bucket and a table have to be there.
     *
     * @param lockTable the DynamoDB table with the locks, for a store that has them there
     * @throws io.cloudsqlite.StorageUnavailableException if it cannot be opened
     * @throws CommandFailedException if something is missing that only the user can supply
     */
    OpenStore open(String lockTable);

    /** {@code file:DIR}: a directory of this machine, for all of its processes. */
    record Directory(Path path) implements StoreUrl {

        @Override
        public OpenStore open(String lockTable) {
            if (Files.exists(path) && !Files.isDirectory(path)) {
                throw new StorageUnavailableException("it is not a directory");
            }
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
        public OpenStore open(String lockTable) {
            return new OpenStore(new InMemoryBlobStore(), new InMemoryLockManager());
        }

        @Override
        public String toString() {
            return "memory:";
        }
    }

    /**
     * The store of a command line that names none: {@code CLOUDSQLITE_STORE}, else the bucket {@code S3_BUCKET_NAME}, else
     * the directory {@code ./cloudsqlite-data}.
     *
     * @throws IllegalArgumentException if a variable names no store that is known here
     */
    static StoreUrl ofEnvironment(Map<String, String> environment) {
        String url = environment.getOrDefault("CLOUDSQLITE_STORE", "");
        String bucket = environment.getOrDefault("S3_BUCKET_NAME", "");
        if (!url.isEmpty()) {
            return parse("CLOUDSQLITE_STORE", url);
        }
        return bucket.isEmpty() ? parse("file:./cloudsqlite-data") : parse("S3_BUCKET_NAME", S3Url.SCHEME + bucket);
    }

    private static StoreUrl parse(String variable, String url) {
        try {
            return parse(url);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("environment variable " + variable + ": " + e.getMessage(), e);
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
        if (url.startsWith(S3Url.SCHEME)) {
            return S3Url.parse(url);
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
