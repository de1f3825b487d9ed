package io.cloudsqlite.session;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.time.TimeSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A process of its own, as far as a test can tell: a {@link CloudSqlite} on a store and locks that it shares with others. */
final class Cloud implements AutoCloseable {

    private final CloudSqlite cloud;

    Cloud(BlobStore store, LockManager locks, Path workDirectory, TimeSource time) {
        this(store, locks, workDirectory, time, DatabaseFormat.LOG);
    }

    /** @param format what the databases get that it creates */
    Cloud(BlobStore store, LockManager locks, Path workDirectory, TimeSource time, DatabaseFormat format) {
        cloud = CloudSqlite.builder(store, locks)
                .workDirectory(workDirectory)
                .time(time)
                .format(format)
                .lockWait(Duration.ofSeconds(20))
                // At once, so that what a process does depends on nothing but what it is asked to do.
                .downloads(Runnable::run)
                .build();
    }

    CloudSqlite cloud() {
        return cloud;
    }

    DbSession app() {
        return cloud.database("app.db");
    }

    /** A table with one row, whose value is 0. */
    void createCounter() {
        app().transaction(List.of(
                SqlStatement.of("CREATE TABLE counter (n INTEGER)"),
                SqlStatement.of("INSERT INTO counter VALUES (0)")));
    }

    void increment() {
        app().execute("UPDATE counter SET n = n + 1");
    }

    long counter() {
        return (Long) app().execute("SELECT n FROM counter").rows().get(0).get(0);
    }

    long counterWithin(Duration maxStaleness) {
        return (Long) app().execute(
                        SqlStatement.of("SELECT n FROM counter"), RequestOptions.DEFAULT.withMaxStaleness(maxStaleness))
                .value()
                .rows()
                .get(0)
                .get(0);
    }

    long txid() {
        return app().execute(SqlStatement.of("SELECT 1"), RequestOptions.DEFAULT)
                .txid();
    }

    @Override
    public void close() {
        cloud.close();
    }
}
