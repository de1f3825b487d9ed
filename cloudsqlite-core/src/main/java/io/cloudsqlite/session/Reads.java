package io.cloudsqlite.session;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.copy.PastCopy;
import io.cloudsqlite.copy.ReadTransaction;
import io.cloudsqlite.copy.WorkingCopy;
import io.cloudsqlite.format.Checkout;
import io.cloudsqlite.format.Operation;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.sql.StatementKind;
import io.cloudsqlite.sql.WriteAttemptedException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The reads of a {@link DbSession}: check out, execute; without a lock and without an upload. Those as of a time in the past run
 * on a copy of their own. Safe for use by many threads.
 */
final class Reads {

    private final DatabaseName database;
    private final Environment environment;
    private final OpenDatabases databases;

    Reads(DatabaseName database, Environment environment, OpenDatabases databases) {
        this.database = database;
        this.environment = environment;
        this.databases = databases;
    }

    /** Runs {@code work} on a version that is as new as {@code options} ask for. */
    <T> Answer<T> runCode(ConnectionWork<T> work, RequestOptions options) {
        Operation operation = environment.begin(options.timeout());
        CostMeter meter = new CostMeter(environment.time(), operation);
        try (OpenDatabase open = databases.use(database)) {
            Optional<ReadTransaction> opened = begin(open, operation, options, meter);
            try (ReadTransaction transaction = opened.orElseThrow(() -> new DatabaseNotFoundException(database))) {
                T value = runIntact(work, transaction);
                meter.executed();
                return Answer.at(transaction.version(), value, meter.cost());
            } catch (SQLException e) {
                CloudSqliteException meaning = SqlExecutor.translate(e);
                open.discardIfDamaged(meaning);
                throw meaning;
            }
        }
    }

    private static <T> T runIntact(ConnectionWork<T> work, ReadTransaction transaction) throws SQLException {
        boolean intact;
        T value;
        try {
            value = work.run(transaction.lendConnection());
        } finally {
            intact = transaction.isIntact();
        }
        if (!intact) {
            throw SqlExecutor.endsTransaction();
        }
        return value;
    }

    /**
     * Runs {@code statements} on a version that is as new as {@code options} ask for.
     *
     * @throws WriteAttemptedException if one of them writes; nothing was changed
     */
    <T> Answer<T> runSql(List<SqlStatement> statements, RequestOptions options, Function<List<SqlResult>, T> conclude)
            throws WriteAttemptedException {
        Operation operation = environment.begin(options.timeout());
        CostMeter meter = new CostMeter(environment.time(), operation);
        try (OpenDatabase open = databases.use(database)) {
            Optional<ReadTransaction> opened = begin(open, operation, options, meter);
            if (opened.isEmpty()) {
                List<SqlResult> results = NoDatabase.execute(environment.executor(), database, statements, operation);
                meter.executed();
                return new Answer<>(conclude.apply(results), 0, Optional.empty(), meter.cost());
            }
            try (ReadTransaction transaction = opened.get()) {
                List<SqlResult> results =
                        environment.executor().execute(transaction.prepared(), statements, operation.deadline());
                meter.executed();
                return Answer.at(transaction.version(), conclude.apply(results), meter.cost());
            } catch (CorruptDatabaseException | SqlFailedException e) {
                open.discardIfDamaged(e);
                throw e;
            }
        }
    }

    /** A transaction on a version that is as new as {@code options} ask for; empty if there is no database. */
    private Optional<ReadTransaction> begin(
            OpenDatabase open, Operation operation, RequestOptions options, CostMeter meter) {
        WorkingCopy copy = open.copy();
        SharedCheckout checkouts = open.checkouts();
        boolean current = checkouts.isCurrentWithin(options.maxStaleness())
                && copy.version()
                        .filter(version -> version.txid() >= options.minTxid())
                        .isPresent();
        meter.checkedOut(current ? Checkout.HIT : checkouts.checkout(operation));
        for (int attempt = 1; attempt <= OpenDatabase.MAX_CHECKOUTS; attempt++) {
            Optional<ReadTransaction> transaction = copy.read(operation.deadline());
            if (transaction.isPresent()) {
                return requireBookmark(transaction.get(), options);
            }
            if (copy.isKnownToBeAbsent()) {
                return Optional.empty();
            }
            // A refused commit took the working copy away in between.
            meter.checkedOut(checkouts.checkout(operation));
        }
        throw open.keepsChanging();
    }

    private Optional<ReadTransaction> requireBookmark(ReadTransaction transaction, RequestOptions options) {
        try {
            options.requireBookmark(database, transaction.version().txid());
            return Optional.of(transaction);
        } catch (InvalidRequestException e) {
            transaction.close();
            throw e;
        }
    }

    /** Runs {@code work} on the state of the past that is asked for. */
    <T> Answer<T> runCodeAsOf(PointInTime when, ConnectionWork<T> work, RequestOptions options) {
        return runAsOf(when, environment.begin(options.timeout()), past -> work.run(past.connection()));
    }

    /** Runs {@code statements}, which are of these {@code kinds}, on the state of the past that is asked for. */
    <T> Answer<T> runSqlAsOf(
            PointInTime when,
            List<SqlStatement> statements,
            List<StatementKind> kinds,
            RequestOptions options,
            Function<List<SqlResult>, T> conclude) {
        if (!kinds.stream().allMatch(kind -> kind == StatementKind.READ)) {
            throw Past.isReadOnly(database);
        }
        Operation operation = environment.begin(options.timeout());
        return runAsOf(when, operation, past -> {
            try {
                return conclude.apply(
                        environment.executor().execute(past.connection(), statements, operation.deadline()));
            } catch (WriteAttemptedException e) {
                throw Past.isReadOnly(database);
            }
        });
    }

    /** What is run on a state of the past. */
    @FunctionalInterface
    private interface PastWork<T> {
        T run(PastCopy past) throws SQLException;
    }

    private <T> Answer<T> runAsOf(PointInTime when, Operation operation, PastWork<T> work) {
        CostMeter meter = new CostMeter(environment.time(), operation);
        try (PastCopy past = Past.open(environment, databases.work(), database, when, operation)) {
            meter.checkedOut(Checkout.MISS);
            T value = work.run(past);
            meter.executed();
            return new Answer<>(value, past.version().txid(), Optional.empty(), meter.cost());
        } catch (SQLException e) {
            throw SqlExecutor.translate(e);
        }
    }
}
