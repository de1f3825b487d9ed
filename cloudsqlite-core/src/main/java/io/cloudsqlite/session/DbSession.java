package io.cloudsqlite.session;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CommitId;
import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.IdempotencyKeyReusedException;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StatementNotAllowedException;
import io.cloudsqlite.StatementTimeoutException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.copy.Change;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.PastCopy;
import io.cloudsqlite.copy.ReadTransaction;
import io.cloudsqlite.copy.WorkingCopy;
import io.cloudsqlite.copy.WriteTransaction;
import io.cloudsqlite.format.Checkout;
import io.cloudsqlite.format.CommitOutcome;
import io.cloudsqlite.format.Operation;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.sql.StatementKind;
import io.cloudsqlite.sql.WriteAttemptedException;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.time.Backoff;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One database, as its users hold it: runs SQL on it, and publishes what the SQL changes.
 *
 * <pre>{@code
 * DbSession db = cloud.database("app.db");
 * db.execute("CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, text TEXT)");
 * db.execute("INSERT INTO note (text) VALUES (?)", "hello");
 * long count = db.read(connection -> count(connection));       // plain JDBC on one durable version
 * db.write(connection -> rename(connection, 7, "new name"));   // plain JDBC in one transaction
 * }</pre>
 *
 * <h2>What it guarantees</h2>
 *
 * <ol>
 *   <li>A write that returned is durable in the store and is never lost. Its transaction is atomic.
 *   <li>Writes are strictly serializable, across all processes: TXIDs are contiguous, and each transaction saw exactly what
 *       the one before it left.
 *   <li>A read sees one durable version, which includes everything that was acknowledged before the read began, unless its
 *       caller {@linkplain RequestOptions#maxStaleness allows} less.
 *   <li>An outcome is one of three: returned, committed; thrown, nothing changed; {@link CommitUnknownException}, perhaps.
 * </ol>
 *
 * <p>All of this rests on the conditional put with which the {@linkplain io.cloudsqlite.format.DatabaseStore store}
 * publishes a transaction. The lock merely makes writers take turns: without any lock, with every clock wrong and every
 * lease lapsed, the guarantees hold all the same, and only work is wasted.
 *
 * <h2>What it does not do</h2>
 *
 * <p>It does not run SQL a second time once a transaction may have been committed. (To repeat a request after {@link
 * CommitUnknownException} is for its caller to do, who can give it an {@linkplain RequestOptions#idempotencyKey idempotency
 * key} by which the database knows whether it was.) It runs a list of statements again when
 * the database is known to have moved on without it, and never work that was given as code.
 *
 * <p>Safe for use by many threads. Reads run concurrently and never wait for a commit; writes take turns.
 */
public final class DbSession {

    private static final Logger log = LoggerFactory.getLogger(DbSession.class);

    private static final int MAX_ATTEMPTS = 10;
    private static final int MAX_CHECKOUTS = 10;
    private static final Backoff CONFLICT_BACKOFF = new Backoff(Duration.ofMillis(20), Duration.ofSeconds(1));

    private final DatabaseName database;
    private final Environment environment;
    private final OpenDatabases databases;
    private final Maintenance maintenance;

    DbSession(DatabaseName database, Environment environment, OpenDatabases databases) {
        this.database = database;
        this.environment = environment;
        this.databases = databases;
        this.maintenance = new Maintenance(environment, databases);
    }

    /** The name of the database. */
    public DatabaseName database() {
        return database;
    }

    /**
     * Runs one statement, with values for its {@code ?} parameters.
     *
     * @throws IllegalArgumentException if a value is of a type that {@link SqlStatement} does not take
     * @throws CloudSqliteException see its table
     */
    public SqlResult execute(String sql, @Nullable Object... parameters) {
        return execute(SqlStatement.of(sql, parameters), RequestOptions.DEFAULT).value();
    }

    /** Runs one statement. */
    public Answer<SqlResult> execute(SqlStatement statement, RequestOptions options) {
        Answer<List<SqlResult>> answer = transaction(List.of(statement), options);
        return answer.withValue(answer.value().get(0));
    }

    /** Runs {@code statements} in order in one transaction: all or nothing. */
    public List<SqlResult> transaction(List<SqlStatement> statements) {
        return transaction(statements, RequestOptions.DEFAULT).value();
    }

    /**
     * Runs {@code statements} in order in one transaction: all or nothing. If all of them read, no lock is taken and nothing
     * is uploaded.
     *
     * <p>If they write and there is an {@linkplain RequestOptions#idempotencyKey idempotency key}, they are run unless they have
     * been committed with this key before, which the answer tells as {@link Answer#replayed}. It is safe to repeat such a
     * request after any failure, from any process: {@link CommitUnknownException} too. Only what was committed is remembered,
     * so a request that failed is run when it is repeated.
     *
     * @return one result per statement
     * @throws IllegalArgumentException if there is no statement
     * @throws IdempotencyKeyReusedException if the key was that of other statements, or of other parameters
     * @throws CloudSqliteException see its table; all but {@link CommitUnknownException} mean that nothing was changed
     */
    public Answer<List<SqlResult>> transaction(List<SqlStatement> statements, RequestOptions options) {
        return transaction(statements, options, Function.identity());
    }

    /**
     * Runs {@code statements} in order in one transaction, and turns their results into what the caller wants of them before
     * it is committed.
     *
     * @param conclude is given one result per statement; what it throws rolls the transaction back. It is called again if
     *     the transaction has to be run again, and for the results that a request with an idempotency key had before
     * @throws CloudSqliteException see its table; all but {@link CommitUnknownException} mean that nothing was changed
     */
    public <T> Answer<T> transaction(
            List<SqlStatement> statements, RequestOptions options, Function<List<SqlResult>, T> conclude) {
        if (statements.isEmpty()) {
            throw new IllegalArgumentException("a transaction has at least one statement");
        }
        SqlExecutor executor = environment.executor();
        List<StatementKind> kinds = statements.stream().map(executor::classify).toList();
        if (options.asOf().isPresent()) {
            return readPast(statements, kinds, options, conclude);
        }
        if (kinds.contains(StatementKind.VACUUM)) {
            return vacuum(kinds, options, conclude);
        }
        if (kinds.stream().allMatch(kind -> kind == StatementKind.READ)) {
            try {
                return readSql(statements, options, conclude);
            } catch (WriteAttemptedException e) {
                log.debug("db={} a statement that looked like a read writes", database);
            }
        }
        if (options.idempotencyKey().isPresent()) {
            KeyedRequest request = KeyedRequest.of(options.idempotencyKey().get(), statements);
            return writeOnce(request, statements, options, conclude);
        }
        return write(
                true, options, (transaction, operation) -> conclude.apply(run(statements, transaction, operation)));
    }

    private List<SqlResult> run(List<SqlStatement> statements, WriteTransaction transaction, Operation operation) {
        try {
            return environment.executor().execute(transaction.connection(), statements, operation.deadline());
        } catch (WriteAttemptedException e) {
            throw new IllegalStateException("a writer's connection can write", e);
        }
    }

    /**
     * What a keyed write came to.
     *
     * @param replayed the transaction that did it before; empty if this one did
     */
    private record Once<T>(T value, OptionalLong replayed) {}

    /**
     * Runs statements unless the database remembers that it was done, and lets it remember that they were. Both are part of the
     * transaction, so of two tries of one request the second to be committed sees the first, wherever they ran.
     */
    private <T> Answer<T> writeOnce(
            KeyedRequest request,
            List<SqlStatement> statements,
            RequestOptions options,
            Function<List<SqlResult>, T> conclude) {
        Answer<Once<T>> answer = write(true, options, (transaction, operation) -> {
            Instant now = environment.time().instant();
            RequestTable table = RequestTable.in(database, transaction.connection(), now);
            Optional<RequestTable.Remembered> before = table.find(request);
            if (before.isPresent()) {
                T value = conclude.apply(before.get().results());
                return new Once<>(value, OptionalLong.of(before.get().txid()));
            }
            List<SqlResult> results = run(statements, transaction, operation);
            T value = conclude.apply(results);
            long txid = transaction.base().map(DatabaseVersion::txid).orElse(0L) + 1;
            table.remember(request, txid, results);
            return new Once<>(value, OptionalLong.empty());
        });
        Answer<T> told = answer.withValue(answer.value().value());
        OptionalLong replayed = answer.value().replayed();
        return replayed.isPresent() ? told.asReplayOf(replayed.getAsLong()) : told;
    }

    private <T> Answer<T> vacuum(
            List<StatementKind> kinds, RequestOptions options, Function<List<SqlResult>, T> conclude) {
        if (kinds.size() > 1) {
            throw new InvalidRequestException("VACUUM runs outside a transaction: send it as the only statement");
        }
        if (options.idempotencyKey().isPresent()) {
            throw new InvalidRequestException(
                    "VACUUM runs outside a transaction, which is where an idempotency key would be"
                            + " stored: leave the key out, for VACUUM may be repeated without harm");
        }
        return write(true, options, (transaction, operation) -> {
            if (transaction.base().isEmpty()) {
                throw new DatabaseNotFoundException(database);
            }
            environment.executor().vacuum(transaction.endForVacuum(), operation.deadline());
            return conclude.apply(List.of(new SqlResult(List.of(), List.of(), 0, OptionalLong.empty())));
        });
    }

    /** Reads with plain JDBC on one durable version. */
    public <T> T read(ConnectionWork<T> work) {
        return read(work, RequestOptions.DEFAULT).value();
    }

    /**
     * Reads with plain JDBC on one durable version. The connection cannot write, and may be used again by others:
     * settings that the work changes on it are the work's to change back.
     *
     * @throws DatabaseNotFoundException if the database does not exist
     * @throws CloudSqliteException see its table
     */
    public <T> Answer<T> read(ConnectionWork<T> work, RequestOptions options) {
        Operation operation = begin(options);
        CostMeter meter = new CostMeter(environment.time(), operation);
        if (options.asOf().isPresent()) {
            return readPast(options.asOf().get(), operation, meter, past -> work.run(past.connection()));
        }
        try (OpenDatabase open = databases.use(database)) {
            Optional<ReadTransaction> opened = openRead(open, operation, options, meter);
            try (ReadTransaction transaction = opened.orElseThrow(() -> new DatabaseNotFoundException(database))) {
                T value = runIntact(work, transaction);
                meter.executed();
                return answer(value, transaction.version(), meter);
            } catch (SQLException e) {
                CloudSqliteException meaning = SqlExecutor.translate(e);
                discardIfDamaged(open, meaning);
                throw meaning;
            }
        }
    }

    /** If SQLite finds the local files damaged or cannot read them, the next request downloads the database again. */
    private static void discardIfDamaged(OpenDatabase open, CloudSqliteException failure) {
        boolean damaged = failure instanceof CorruptDatabaseException
                || (failure instanceof SqlFailedException failed
                        && failed.sqliteCode().equals("SQLITE_IOERR"));
        if (damaged) {
            open.copy().discard();
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
            throw new StatementNotAllowedException(
                    "The transaction of this connection is the session's to end: do not run"
                            + " COMMIT or ROLLBACK on it, do not change its auto-commit mode and do not close it");
        }
        return value;
    }

    private <T> Answer<T> readSql(
            List<SqlStatement> statements, RequestOptions options, Function<List<SqlResult>, T> conclude)
            throws WriteAttemptedException {
        Operation operation = begin(options);
        CostMeter meter = new CostMeter(environment.time(), operation);
        try (OpenDatabase open = databases.use(database)) {
            Optional<ReadTransaction> opened = openRead(open, operation, options, meter);
            if (opened.isEmpty()) {
                List<SqlResult> results = NoDatabase.execute(environment.executor(), database, statements, operation);
                meter.executed();
                return new Answer<>(conclude.apply(results), 0, Optional.empty(), meter.cost());
            }
            try (ReadTransaction transaction = opened.get()) {
                List<SqlResult> results =
                        environment.executor().execute(transaction.connection(), statements, operation.deadline());
                meter.executed();
                return answer(conclude.apply(results), transaction.version(), meter);
            } catch (CorruptDatabaseException | SqlFailedException e) {
                discardIfDamaged(open, e);
                throw e;
            }
        }
    }

    /** What is run on a state of the past. */
    @FunctionalInterface
    private interface PastWork<T> {
        T run(PastCopy past) throws SQLException;
    }

    private <T> Answer<T> readPast(
            List<SqlStatement> statements,
            List<StatementKind> kinds,
            RequestOptions options,
            Function<List<SqlResult>, T> conclude) {
        if (!kinds.stream().allMatch(kind -> kind == StatementKind.READ)) {
            throw pastIsReadOnly();
        }
        Operation operation = begin(options);
        CostMeter meter = new CostMeter(environment.time(), operation);
        return readPast(options.asOf().orElseThrow(), operation, meter, past -> {
            try {
                return conclude.apply(
                        environment.executor().execute(past.connection(), statements, operation.deadline()));
            } catch (WriteAttemptedException e) {
                throw pastIsReadOnly();
            }
        });
    }

    private <T> Answer<T> readPast(PointInTime when, Operation operation, CostMeter meter, PastWork<T> work) {
        try (PastCopy past = Past.open(environment, databases.work(), database, when, operation)) {
            meter.checkedOut(Checkout.MISS);
            T value = work.run(past);
            meter.executed();
            return new Answer<>(value, past.version().txid(), Optional.empty(), meter.cost());
        } catch (SQLException e) {
            throw SqlExecutor.translate(e);
        }
    }

    private InvalidRequestException pastIsReadOnly() {
        return new InvalidRequestException("The past of the database '" + database
                + "' can only be read: restore that state to another database to write to it");
    }

    /** A transaction on a version that is as new as {@code options} ask for; empty if there is no database. */
    private Optional<ReadTransaction> openRead(
            OpenDatabase open, Operation operation, RequestOptions options, CostMeter meter) {
        WorkingCopy copy = open.copy();
        SharedCheckout checkouts = open.checkouts();
        boolean current = checkouts.isCurrentWithin(options.maxStaleness())
                && copy.version()
                        .filter(version -> version.txid() >= options.minTxid())
                        .isPresent();
        meter.checkedOut(current ? Checkout.HIT : checkouts.checkout(operation));
        for (int attempt = 1; attempt <= MAX_CHECKOUTS; attempt++) {
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
        throw workingCopyKeepsVanishing();
    }

    private Optional<ReadTransaction> requireBookmark(ReadTransaction transaction, RequestOptions options) {
        try {
            requireBookmark(transaction.version().txid(), options);
            return Optional.of(transaction);
        } catch (InvalidRequestException e) {
            transaction.close();
            throw e;
        }
    }

    private void requireBookmark(long txid, RequestOptions options) {
        if (txid < options.minTxid()) {
            throw new InvalidRequestException("The database '" + database + "' is at transaction " + txid
                    + " and has no transaction " + options.minTxid() + ": is the bookmark another database's?");
        }
    }

    /** Writes with plain JDBC in one transaction. */
    public <T> T write(ConnectionWork<T> work) {
        return write(work, RequestOptions.DEFAULT).value();
    }

    /**
     * Writes with plain JDBC in one transaction, which creates the database if there is none. The work is run once; if it
     * throws, nothing is changed.
     *
     * <p>The work is not stopped at the timeout, but a transaction that took longer is not published: give work that takes
     * long a {@linkplain RequestOptions#withTimeout timeout} to match.
     *
     * @throws IllegalArgumentException if there is an idempotency key: that of work given as code cannot be honoured, since
     *     neither can it be told whether two pieces of code are the same request, nor what one returned be stored
     * @throws WriteConflictException if others wrote in between all the same, or it took too long; nothing was changed
     * @throws CommitUnknownException if it could not be learned whether the transaction was committed
     * @throws CloudSqliteException see its table
     */
    public <T> Answer<T> write(ConnectionWork<T> work, RequestOptions options) {
        if (options.idempotencyKey().isPresent()) {
            throw new IllegalArgumentException("an idempotency key is for statements, not for work given as code");
        }
        return write(false, options, (transaction, operation) -> work.run(transaction.connection()));
    }

    /** What is run within a write transaction. */
    @FunctionalInterface
    private interface TransactionWork<T> {
        T run(WriteTransaction transaction, Operation operation) throws SQLException;
    }

    private <T> Answer<T> write(boolean mayRunAgain, RequestOptions options, TransactionWork<T> work) {
        if (options.asOf().isPresent()) {
            throw pastIsReadOnly();
        }
        Operation operation = begin(options);
        CostMeter meter = new CostMeter(environment.time(), operation);
        try (OpenDatabase open = databases.use(database)) {
            Answer<T> answer = writeInTurn(open, mayRunAgain, work, operation, options, meter);
            maintenance.afterCommit(open, operation);
            return answer;
        }
    }

    private <T> Answer<T> writeInTurn(
            OpenDatabase open,
            boolean mayRunAgain,
            TransactionWork<T> work,
            Operation operation,
            RequestOptions options,
            CostMeter meter) {
        takeTurn(open, operation);
        try {
            return writeUntilDecided(open, mayRunAgain, work, operation, options, meter);
        } catch (CorruptDatabaseException | SqlFailedException e) {
            discardIfDamaged(open, e);
            throw e;
        } finally {
            open.writersTurn().release();
        }
    }

    private <T> Answer<T> writeUntilDecided(
            OpenDatabase open,
            boolean mayRunAgain,
            TransactionWork<T> work,
            Operation operation,
            RequestOptions options,
            CostMeter meter) {
        for (int attempt = 1; ; attempt++) {
            try {
                return tryWrite(open, mayRunAgain, work, operation, options, meter);
            } catch (WriteConflictException e) {
                if (!mayRunAgain
                        || attempt == MAX_ATTEMPTS
                        || operation.deadline().hasPassed()) {
                    throw e;
                }
                log.debug("db={} attempt={} the database moved on, running the transaction again", database, attempt);
                pause(attempt, operation);
            }
        }
    }

    /**
     * The life of a write: lock, check out, execute, commit, release.
     *
     * <p>Where the lock's {@linkplain Lease#lastCommitted hint} says that the working copy is current, the checkout is left
     * out. The hint may be wrong, and then the work ran on an old version: a commit shows that by its condition. Everything else
     * that the work may come to, a result without a change or an error, is told only after the store has confirmed it. Either
     * way a wrong hint means to run the work again, so work that must not be run again does not use it.
     */
    private <T> Answer<T> tryWrite(
            OpenDatabase open,
            boolean mayRunAgain,
            TransactionWork<T> work,
            Operation operation,
            RequestOptions options,
            CostMeter meter) {
        try (Lease lease = environment.acquireLock(database, operation)) {
            meter.locked();
            boolean isHinted = mayRunAgain && isCurrentByHint(open, lease);
            try (WriteTransaction transaction = openWrite(open, isHinted, operation, meter)) {
                Optional<DatabaseVersion> base = transaction.base();
                CommitId databaseId =
                        base.flatMap(DatabaseVersion::databaseId).orElseGet(() -> CommitId.next(environment.random()));
                long baseTxid = base.map(DatabaseVersion::txid).orElse(0L);

                T value;
                Optional<Change> change;
                try {
                    requireBookmark(baseTxid, options);
                    value = work.run(transaction, operation);
                    change = transaction.commitLocally();
                } catch (StatementTimeoutException | OperationInterruptedException e) {
                    throw e;
                } catch (RuntimeException | SQLException e) {
                    requireNewest(base, isHinted, open, operation, meter);
                    throw e;
                }
                meter.executed();
                if (change.isEmpty()) {
                    requireNewest(base, isHinted, open, operation, meter);
                    base.map(DatabaseVersion::blob).ifPresent(lease::noteLastCommitted);
                    return new Answer<>(value, baseTxid, base.map(DatabaseVersion::blob), meter.cost());
                }

                lease.ensureValid();
                Answer<T> answer = publish(open, transaction, databaseId, change.get(), value, operation, meter);
                answer.version().ifPresent(lease::noteLastCommitted);
                return answer;
            } catch (SQLException e) {
                throw SqlExecutor.translate(e);
            } catch (ClosedByInterruptException e) {
                throw interrupted(e);
            } catch (IOException e) {
                throw new StorageUnavailableException(
                        "The work directory failed for the database '" + database + "'; nothing was changed", e);
            }
        }
    }

    private static boolean isCurrentByHint(OpenDatabase open, Lease lease) {
        Optional<BlobVersion> copied = open.copy().version().map(DatabaseVersion::blob);
        return copied.isPresent() && copied.equals(lease.lastCommitted());
    }

    /**
     * Returns if the work was run on what was the newest version at some time since it was asked for.
     *
     * @throws WriteConflictException if the hint was wrong
     */
    private void requireNewest(
            Optional<DatabaseVersion> base, boolean isHinted, OpenDatabase open, Operation operation, CostMeter meter) {
        if (!isHinted) {
            return;
        }
        meter.checkedOut(open.checkouts().checkout(operation));
        if (!open.copy().version().equals(base)) {
            throw new WriteConflictException(
                    "Others wrote to the database '" + database + "' without its lock; nothing was changed");
        }
    }

    /** Makes durable what the transaction changed, and then lets readers see it. */
    private <T> Answer<T> publish(
            OpenDatabase open,
            WriteTransaction transaction,
            CommitId databaseId,
            Change change,
            T value,
            Operation operation,
            CostMeter meter) {
        CommitId commit = CommitId.next(environment.random());
        SharedCheckout.Moment began = open.checkouts().now();
        CommitOutcome outcome =
                environment.store().commit(database, transaction.base(), databaseId, change, commit, operation);
        meter.committed();
        long txid = environment.requireCommitted(database, commit, outcome);
        log.debug("db={} txid={} commit={} committed", database, txid, commit);
        if (outcome instanceof CommitOutcome.Committed committed) {
            transaction.accept(committed.version());
            open.checkouts().noteCurrent(began);
            return answer(value, committed.version(), meter);
        }
        return new Answer<>(value, txid, Optional.empty(), meter.cost());
    }

    /** A transaction on the newest version, or on the one that a hint says is the newest. */
    private WriteTransaction openWrite(OpenDatabase open, boolean isHinted, Operation operation, CostMeter meter) {
        for (int attempt = 1; attempt <= MAX_CHECKOUTS; attempt++) {
            boolean isCurrent = isHinted && attempt == 1;
            meter.checkedOut(isCurrent ? Checkout.HIT : open.checkouts().checkout(operation));
            Optional<WriteTransaction> transaction = open.copy().begin();
            if (transaction.isPresent()) {
                return transaction.get();
            }
            // A reader that failed took the working copy away in between.
        }
        throw workingCopyKeepsVanishing();
    }

    private StorageUnavailableException workingCopyKeepsVanishing() {
        return new StorageUnavailableException("The database '" + database
                + "' changes faster than it can be checked out; nothing was changed. Try again");
    }

    private void takeTurn(OpenDatabase open, Operation operation) {
        try {
            Duration wait = environment.endOfLockWait(operation).remaining();
            if (!open.writersTurn().tryAcquire(wait.toNanos(), TimeUnit.NANOSECONDS)) {
                Instant atTheLatest = environment.time().instant().plus(environment.requestTimeout());
                throw new DatabaseLockedException(database, "other writers in this process", atTheLatest);
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private void pause(int attempt, Operation operation) {
        try {
            operation.deadline().sleep(CONFLICT_BACKOFF.after(attempt, environment.random()));
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private OperationInterruptedException interrupted(Exception cause) {
        Thread.currentThread().interrupt();
        return new OperationInterruptedException(
                "Interrupted while writing to the database '" + database + "'; nothing was changed", cause);
    }

    private Operation begin(RequestOptions options) {
        return environment.begin(options.timeout());
    }

    private static <T> Answer<T> answer(T value, DatabaseVersion version, CostMeter meter) {
        return new Answer<>(value, version.txid(), Optional.of(version.blob()), meter.cost());
    }
}
