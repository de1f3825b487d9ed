package io.cloudsqlite.cli;

import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.aws.DynamoDbLockManager;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.sql.SqlExecutor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of all commands that use a store. */
final class StoreOptions {

    @Option(
            names = "--store",
            paramLabel = "URL",
            description = {
                // Each line fits: what is too long is broken within a URL, at any of its colons, dots and question
                // marks.
                "Where the databases are: file:DIR, memory:, or",
                "  s3://BUCKET[/PREFIX][?OPTION[&OPTION...]] with",
                "  region=REGION, endpoint=URL, lock-endpoint=URL.",
                "Default: CLOUDSQLITE_STORE if it is set, else the bucket S3_BUCKET_NAME if that is set, else",
                "  file:./cloudsqlite-data."
            })
    private @Nullable StoreUrl storeOption;

    @Option(
            names = "--lock-table",
            paramLabel = "NAME",
            description =
                    "The DynamoDB table with the locks of a store in S3. Default: DYNAMODB_TABLE_NAME if it is set,"
                            + " else " + DynamoDbLockManager.DEFAULT_TABLE + ".")
    private @Nullable String lockTable;

    @Option(
            names = "--work-dir",
            paramLabel = "DIR",
            description =
                    "Where working copies are kept, on a local disk. Default: cloudsqlite in the temporary directory.")
    private @Nullable Path workDirectory;

    @Option(
            names = "--work-bytes",
            paramLabel = "BYTES",
            description = "How much working copies may take there; those unused for longest make way."
                    + " Default: 80 %% of what is free.")
    private @Nullable Long workBytes;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    /**
     * The store of the command line, or else of the environment.
     *
     * @throws ParameterException if the environment names no store that is known here
     */
    StoreUrl store() {
        if (storeOption != null) {
            return storeOption;
        }
        try {
            return StoreUrl.ofEnvironment(System.getenv());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), e.getMessage(), e);
        }
    }

    /** The table of the command line, if it names one, or else of the environment. */
    static String lockTable(@Nullable String given) {
        if (given != null) {
            return given;
        }
        String named = System.getenv().getOrDefault("DYNAMODB_TABLE_NAME", "");
        return named.isEmpty() ? DynamoDbLockManager.DEFAULT_TABLE : named;
    }

    /**
     * Opens the store.
     *
     * @param executor {@linkplain SqlExecutor#guarded guarded} unless the SQL is that of the store's owner
     * @param timeout by when a request has ended; the lease of a writer that dies lapses soon after it
     * @param settings says what else is to be different from the defaults
     */
    CloudSqlite open(SqlExecutor executor, Duration timeout, Consumer<CloudSqlite.Builder> settings) {
        StoreUrl store = store();
        try {
            StoreUrl.OpenStore opened = store.open(lockTable(lockTable));
            CloudSqlite.Builder builder = CloudSqlite.builder(opened.blobs(), opened.locks())
                    .executor(executor)
                    .requestTimeout(timeout);
            if (workDirectory != null) {
                builder.workDirectory(workDirectory);
            }
            if (workBytes != null) {
                if (workBytes <= 0) {
                    throw new ParameterException(command.commandLine(), "--work-bytes must be above 0");
                }
                builder.workBytes(workBytes);
            }
            settings.accept(builder);
            return builder.build();
        } catch (StorageUnavailableException e) {
            throw new CommandFailedException("cannot open " + store + ": " + e.getMessage(), e);
        }
    }
}
