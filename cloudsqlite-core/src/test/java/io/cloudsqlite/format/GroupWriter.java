package io.cloudsqlite.format;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.PastCopy;
import io.cloudsqlite.copy.ReadTransaction;
import io.cloudsqlite.copy.WorkDirectory;
import io.cloudsqlite.copy.WorkingCopy;
import io.cloudsqlite.copy.WriteGroup;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.SystemRandom;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;

/**
 * A process of its own that publishes several transactions at once. In the state after transaction {@code k} the only row of
 * the table {@code t} has {@code k} in {@code n}, and whatever else in {@code b}. Used by one thread.
 */
final class GroupWriter implements AutoCloseable {

    static final DatabaseName APP = DatabaseName.of("app.db");

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final DatabaseStore store;
    private final TimeSource time;
    private final WorkDirectory work;
    private final WorkingCopy copy;

    GroupWriter(BlobStore blobs, DatabaseFormat format, LogPolicy policy, Path workDirectory, TimeSource time) {
        this(blobs, format, policy, workDirectory, time, Runnable::run);
    }

    GroupWriter(
            BlobStore blobs,
            DatabaseFormat format,
            LogPolicy policy,
            Path workDirectory,
            TimeSource time,
            Executor executor) {
        this.store = new DatabaseStore(blobs, format, policy, time, SystemRandom.create(), executor);
        this.time = time;
        this.work = WorkDirectory.claim(workDirectory, OptionalLong.empty());
        this.copy = WorkingCopy.open(work, APP, connection -> {}, time);
    }

    DatabaseStore store() {
        return store;
    }

    WorkingCopy copy() {
        return copy;
    }

    Operation begin() {
        return new Operation(Deadline.after(PATIENCE, time));
    }

    Checkout checkout() {
        return store.checkout(copy, begin());
    }

    /** Commits so many transactions at once on top of the newest, and fails if it does not succeed. */
    DatabaseVersion commit(int transactions, int blobBytes) throws SQLException, IOException {
        checkout();
        if (tryCommit(transactions, blobBytes) instanceof CommitOutcome.Committed committed) {
            return committed.version();
        }
        throw new AssertionError("nobody else commits");
    }

    /** The same on top of what the working copy has, whatever comes of it. */
    CommitOutcome tryCommit(int transactions, int blobBytes) throws SQLException, IOException {
        try (WriteGroup group = copy.write().orElseThrow()) {
            Optional<DatabaseVersion> base = group.base();
            for (int transaction = 1; transaction <= transactions; transaction++) {
                group.begin();
                String row = "SELECT " + (group.txid() + 1) + " AS n, randomblob(" + blobBytes + ") AS b";
                try (Statement statement = group.connection().createStatement()) {
                    statement.execute(
                            group.txid() == 0 ? "CREATE TABLE t AS " + row : "UPDATE t SET (n, b) = (" + row + ")");
                }
                group.commit();
            }
            CommitId databaseId = base.flatMap(DatabaseVersion::databaseId).orElseGet(GroupWriter::newId);
            CommitOutcome outcome =
                    store.commit(APP, base, databaseId, group.change(), group.transactions(), newId(), begin());
            if (outcome instanceof CommitOutcome.Committed committed) {
                group.accept(committed.version());
            }
            return outcome;
        }
    }

    private static CommitId newId() {
        return CommitId.next(SystemRandom.create());
    }

    /** What the working copy has in {@code n}. */
    long n() throws SQLException {
        try (ReadTransaction transaction = copy.read(begin().deadline()).orElseThrow()) {
            return n(transaction.prepared().connection());
        }
    }

    /** What the state after a transaction has in {@code n}. */
    long nAfter(long txid) throws SQLException {
        try (PastCopy past = PastCopy.receive(
                work, APP, connection -> {}, download -> store.history().read(APP, txid, download, begin()))) {
            return n(past.connection());
        }
    }

    /** What each of the states has in {@code n} that are rebuilt in order to verify the past. */
    List<Long> nOfRebuilds() {
        return store.history().rebuilds(APP, begin()).stream()
                .map(rebuild -> {
                    try (PastCopy past = PastCopy.receive(
                            work,
                            APP,
                            connection -> {},
                            download -> store.history().read(APP, rebuild, download, begin()))) {
                        return n(past.connection());
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .toList();
    }

    private static long n(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT n FROM t")) {
            return row.getLong(1);
        }
    }

    @Override
    public void close() {
        copy.close();
        work.close();
    }
}
