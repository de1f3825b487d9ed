package io.cloudsqlite.cli;

import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.sql.SqlExecutor;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of all commands that use a store. */
final class StoreOptions {

    @Option(
            names = "--store",
            paramLabel = "URL",
            defaultValue = "${env:CLOUDSQLITE_STORE:-file:./cloudsqlite-data}",
            description = "Where the databases are: " + StoreUrl.SUPPORTED
                    + ". Default: CLOUDSQLITE_STORE if it is set, else file:./cloudsqlite-data.")
    @SuppressWarnings("NullAway.Init")
    private StoreUrl store;

    @Option(
            names = "--work-dir",
            paramLabel = "DIR",
            description =
                    "Where working copies are kept, on a local disk. Default: cloudsqlite in the temporary directory.")
    private @Nullable Path workDirectory;

    StoreUrl store() {
        return store;
    }

    /**
     * Opens the store.
     *
     * @param executor {@linkplain SqlExecutor#guarded guarded} unless the SQL is that of the store's owner
     * @param timeout by when a request has ended; the lease of a writer that dies lapses soon after it
     */
    CloudSqlite open(SqlExecutor executor, Duration timeout) {
        try {
            StoreUrl.OpenStore opened = store.open();
            CloudSqlite.Builder builder = CloudSqlite.builder(opened.blobs(), opened.locks())
                    .executor(executor)
                    .requestTimeout(timeout);
            if (workDirectory != null) {
                builder.workDirectory(workDirectory);
            }
            return builder.build();
        } catch (StorageUnavailableException e) {
            throw new CommandFailedException("cannot open " + store + ": " + e.getMessage(), e);
        }
    }
}
