package io.cloudsqlite.session;

import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.Download;
import io.cloudsqlite.copy.PastCopy;
import io.cloudsqlite.copy.WorkDirectory;
import io.cloudsqlite.format.DatabaseStore;
import io.cloudsqlite.format.LogHistory;
import io.cloudsqlite.format.Operation;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.sql.WriteAttemptedException;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Rebuilds a database from what the store holds, and checks all of it. Used by one thread. */
final class Verification {

    private final Environment environment;
    private final WorkDirectory work;
    private final DatabaseName database;

    Verification(Environment environment, WorkDirectory work, DatabaseName database) {
        this.environment = environment;
        this.work = work;
        this.database = database;
    }

    VerificationReport run(Operation operation) {
        DatabaseStore store = environment.store();
        DatabaseVersion newest = rebuild(download -> store.download(database, download, operation), operation);
        if (newest.format() == DatabaseFormat.FILE) {
            return new VerificationReport(
                    newest.format(), newest.txid(), newest.txid(), 1, operation.bytesDownloaded());
        }
        // Each by the transaction that it is the state after: the newest may be the oldest too, or be rebuilt from two
        // bases.
        TreeSet<Long> states = new TreeSet<>(List.of(newest.txid()));
        for (LogHistory.Rebuild state : store.history().rebuilds(database, operation)) {
            rebuild(download -> store.history().read(database, state, download, operation), operation);
            states.add(state.txid());
        }
        return new VerificationReport(
                newest.format(), newest.txid(), states.first(), states.size(), operation.bytesDownloaded());
    }

    private DatabaseVersion rebuild(Function<Download, DatabaseVersion> source, Operation operation) {
        try (PastCopy copy = PastCopy.receive(work, database, environment.executor()::configure, source)) {
            requireIntegrity(copy, operation);
            return copy.version();
        }
    }

    private void requireIntegrity(PastCopy copy, Operation operation) {
        List<List<@Nullable Object>> findings;
        try {
            findings = SqlExecutor.trusted()
                    .execute(
                            copy.connection(), List.of(SqlStatement.of("PRAGMA integrity_check")), operation.deadline())
                    .get(0)
                    .rows();
        } catch (WriteAttemptedException e) {
            throw new IllegalStateException("integrity_check writes nothing", e);
        }
        if (!findings.equals(List.of(List.of("ok")))) {
            throw new CorruptDatabaseException("The database '" + database + "' is damaged as of transaction "
                    + copy.version().txid() + ": PRAGMA integrity_check says " + findings.get(0));
        }
    }
}
