package io.cloudsqlite.session;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.copy.PastCopy;
import io.cloudsqlite.copy.WorkDirectory;
import io.cloudsqlite.format.LogHistory;
import io.cloudsqlite.format.Operation;

/** Brings back states of a database's past. */
final class Past {

    private Past() {}

    /** The state at {@code when}, to be closed by the caller. */
    static PastCopy open(
            Environment environment, WorkDirectory work, DatabaseName database, PointInTime when, Operation operation) {
        LogHistory history = environment.store().history();
        long txid = txidOf(history, database, when, operation);
        return PastCopy.receive(
                work,
                database,
                environment.executor()::configure,
                download -> history.read(database, txid, download, operation));
    }

    /** What to throw at who would write to it. */
    static InvalidRequestException isReadOnly(DatabaseName database) {
        return new InvalidRequestException("The past of the database '" + database
                + "' can only be read: restore that state to another database to write to it");
    }

    private static long txidOf(LogHistory history, DatabaseName database, PointInTime when, Operation operation) {
        return when instanceof PointInTime.AfterTransaction transaction
                ? transaction.txid()
                : history.txidAt(database, ((PointInTime.AtTime) when).time(), operation);
    }
}
