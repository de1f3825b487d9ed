package io.cloudsqlite.http;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.sql.SqlLimits;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.time.TimeSource;
import java.nio.file.Path;
import java.time.Duration;

/** An API in this process, over any store. */
public final class LocalApi implements AutoCloseable {

    /** Short, for statements that are meant to run into it. */
    static final Duration STATEMENT_TIMEOUT = Duration.ofMillis(500);

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final CloudSqlite cloud;
    final HttpApi api;

    /** An API with the limits that {@link HttpApiContractTest} expects. */
    public LocalApi(BlobStore store, LockManager locks, Path workDirectory) {
        this(store, locks, workDirectory, DatabaseFormat.LOG);
    }

    LocalApi(BlobStore store, LockManager locks, Path workDirectory, DatabaseFormat format) {
        this(store, locks, workDirectory, format, ApiLimits.DEFAULT, Duration.ofSeconds(25), STATEMENT_TIMEOUT);
    }

    /** An API whose statements have all the time that a busy machine may need. */
    static LocalApi patient(BlobStore store, LockManager locks, Path workDirectory, DatabaseFormat format) {
        return new LocalApi(store, locks, workDirectory, format, ApiLimits.DEFAULT, PATIENCE, PATIENCE);
    }

    LocalApi(BlobStore store, LockManager locks, Path workDirectory, ApiLimits limits, Duration requestTimeout) {
        this(store, locks, workDirectory, DatabaseFormat.LOG, limits, requestTimeout, STATEMENT_TIMEOUT);
    }

    private LocalApi(
            BlobStore store,
            LockManager locks,
            Path workDirectory,
            DatabaseFormat format,
            ApiLimits limits,
            Duration requestTimeout,
            Duration statementTimeout) {
        SqlLimits sql = SqlLimits.DEFAULT;
        cloud = CloudSqlite.builder(store, locks)
                .workDirectory(workDirectory)
                .format(format)
                .requestTimeout(requestTimeout)
                .executor(SqlExecutor.guarded(
                        new SqlLimits(sql.maxRows(), sql.maxResultBytes(), sql.maxDatabaseBytes(), statementTimeout)))
                .build();
        api = new HttpApi(cloud, limits, "test", TimeSource.system());
    }

    /** Answers the request; the caller closes the answer. */
    public HttpResponse handle(HttpRequest request) {
        return api.handle(request);
    }

    @Override
    public void close() {
        cloud.close();
    }
}
