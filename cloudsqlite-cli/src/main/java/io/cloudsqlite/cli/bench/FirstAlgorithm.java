package io.cloudsqlite.cli.bench;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * What the first CloudSQLite did for each statement, SELECT included: take the lock, download the whole database, open it,
 * run the statement, upload the whole database on no condition, give the lock back. It is here to be compared with.
 *
 * <p>It is no slower than it has to be: it waits for the lock where the first project gave up, and there is no Lambda and no
 * HTTP around it. Used by one thread.
 */
final class FirstAlgorithm {

    private static final Duration LEASE = Duration.ofMinutes(5);

    private final BlobStore store;
    private final LockManager locks;
    private final DatabaseName database;
    private final Path file;

    /** @param file where the database is downloaded to */
    FirstAlgorithm(BlobStore store, LockManager locks, DatabaseName database, Path file) {
        this.store = store;
        this.locks = locks;
        this.database = database;
        this.file = file;
    }

    /** Runs one statement with one parameter. */
    void execute(String sql, long parameter) throws IOException, SQLException {
        Deadline deadline = Deadline.after(LEASE, TimeSource.system());
        try (Lease lease = locks.acquire(database, LEASE, deadline)) {
            lease.ensureValid();
            download(store, database, file, deadline);
            run(sql, parameter);
            store.put(database.value(), bodyOf(file), Map.of(), PutCondition.ALWAYS, deadline);
        }
    }

    /**
     * Downloads a database, which is one object, to {@code file}.
     *
     * @throws IOException if there is no such object
     */
    static void download(BlobStore store, DatabaseName database, Path file, Deadline deadline) throws IOException {
        try (GetOutcome got = store.get(database.value(), Optional.empty(), deadline)) {
            if (!(got instanceof GetOutcome.Found found)) {
                throw new IOException("there is no database '" + database + "'");
            }
            try (OutputStream out = Files.newOutputStream(file)) {
                found.body().transferTo(out);
            }
        }
    }

    private void run(String sql, long parameter) throws SQLException {
        try (Connection connection = Items.open(file);
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, parameter);
            if (statement.execute()) {
                try (ResultSet rows = statement.getResultSet()) {
                    Items.readAll(rows);
                }
            }
        }
    }

    /** The bytes of a file. */
    static BlobBody bodyOf(Path file) throws IOException {
        long size = Files.size(file);
        return new BlobBody() {
            @Override
            public long sizeBytes() {
                return size;
            }

            @Override
            public InputStream open() throws IOException {
                return Files.newInputStream(file);
            }
        };
    }
}
