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
import io.cloudsqlite.StatementTimeoutException;
import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.copy.Change;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.WorkDirectory;
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
    private static final Backoff CONFLICT_BACKOFF = new Backoff(Duration.ofMillis(20), Duration.ofSeconds(1));

    private final DatabaseName database;
    private final Environment environment;
    private final OpenDatabases databases;
    private final Maintenance maintenance;
    private final Reads reads;

    DbSession(DatabaseName database, Environment environment, OpenDatabases databases) {
        this.database = database;
        this.environment = environment;
        this.databases = databases;
        this.maintenance = new Maintenance(environment, databases);
        this.reads = new Reads(database, environment, databases);
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
            return reads.runSqlAsOf(options.asOf().get(), statements, kinds, options, conclude);
        }
        if (kinds.contains(StatementKind.VACUUM)) {
            return vacuum(kinds, options, conclude);
        }
        if (kinds.stream().allMatch(kind -> kind == StatementKind.READ)) {
            try {
                return reads.runSql(statements, options, conclude);
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
        return options.asOf().isPresent()
                ? reads.runCodeAsOf(options.asOf().get(), work, options)
                : reads.runCode(work, options);
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
            throw Past.isReadOnly(database);
        }
        Operation operation = environment.begin(options.timeout());
        CostMeter meter = new CostMeter(environment.time(), operation);
        try (OpenDatabase open = databases.use(database)) {
            Answer<T> answer = new Write<>(open, mayRunAgain, work, options, operation, meter).writeInTurn();
            maintenance.afterCommit(open, operation);
            return answer;
        }
    }

    /** One write on its way: who asked for what, and what it has cost so far. Used by one thread. */
    private final class Write<T> {

        private final OpenDatabase open;
        private final boolean mayRunAgain;
        private final TransactionWork<T> work;
        private final RequestOptions options;
        private final Operation operation;
        private final CostMeter meter;

        Write(
                OpenDatabase open,
                boolean mayRunAgain,
                TransactionWork<T> work,
                RequestOptions options,
                Operation operation,
                CostMeter meter) {
            this.open = open;
            this.mayRunAgain = mayRunAgain;
            this.work = work;
            this.options = options;
            this.operation = operation;
            this.meter = meter;
        }

        Answer<T> writeInTurn() {
            takeTurn();
            try {
                return writeUntilDecided();
            } catch (CorruptDatabaseException | SqlFailedException e) {
                open.discardIfDamaged(e);
                throw e;
            } finally {
                open.writersTurn().release();
            }
        }

        private void takeTurn() {
            try {
                Duration wait = environment.endOfLockWait(operation).remaining();
                if (!open.writersTurn().tryAcquire(wait.toNanos(), TimeUnit.NANOSECONDS)) {
                    Instant atTheLatest = environment.time().instant().plus(environment.requestTimeout());
                    throw new DatabaseLockedException(database, "other writers in this process", atTheLatest);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new OperationInterruptedException("Interrupted while " + writing(), e);
            }
        }

        private String writing() {
            return "writing to the database '" + database + "'; nothing was changed";
        }

        private Answer<T> writeUntilDecided() {
            for (int attempt = 1; ; attempt++) {
                try {
                    return tryWrite();
                } catch (WriteConflictException e) {
                    if (!mayRunAgain
                            || attempt == MAX_ATTEMPTS
                            || operation.deadline().hasPassed()) {
                        throw e;
                    }
                    log.debug(
                            "db={} attempt={} the database moved on, running the transaction again", database, attempt);
                    CONFLICT_BACKOFF.pause(attempt, environment.random(), operation.deadline(), writing());
                }
            }
        }

        /**
         * The life of a write: lock, check out, execute, commit, release.
         *
         * <p>Where the lock's {@linkplain Lease#lastCommitted hint} says that the working copy is current, the checkout is left
         * out. The hint may be wrong, and then the work ran on an old version: a commit shows that by its condition. Everything
         * else that the work may come to, a result without a change or an error, is told only after the store has confirmed it.
         * Either way a wrong hint means to run the work again, so work that must not be run again does not use it.
         */
        private Answer<T> tryWrite() {
            try (Lease lease = environment.acquireLock(database, operation)) {
                meter.locked();
                boolean isHinted = mayRunAgain && isCurrentByHint(lease);
                try (WriteTransaction transaction = begin(isHinted)) {
                    Optional<DatabaseVersion> base = transaction.base();
                    long baseTxid = base.map(DatabaseVersion::txid).orElse(0L);

                    T value;
                    Optional<Change> change;
                    try {
                        options.requireBookmark(database, baseTxid);
                        value = work.run(transaction, operation);
                        change = transaction.commitLocally();
                    } catch (StatementTimeoutException | OperationInterruptedException e) {
                        throw e;
                    } catch (RuntimeException | SQLException e) {
                        requireNewest(base, isHinted);
                        throw e;
                    }
                    meter.executed();
                    if (change.isEmpty()) {
                        requireNewest(base, isHinted);
                        base.map(DatabaseVersion::blob).ifPresent(lease::noteLastCommitted);
                        return new Answer<>(value, baseTxid, base.map(DatabaseVersion::blob), meter.cost());
                    }

                    lease.ensureValid();
                    Answer<T> answer = publish(transaction, change.get(), value);
                    answer.version().ifPresent(lease::noteLastCommitted);
                    return answer;
                } catch (SQLException e) {
                    throw SqlExecutor.translate(e);
                } catch (IOException e) {
                    throw WorkDirectory.failed(database, e);
                }
            }
        }

        private boolean isCurrentByHint(Lease lease) {
            Optional<BlobVersion> copied = open.copy().version().map(DatabaseVersion::blob);
            return copied.isPresent() && copied.equals(lease.lastCommitted());
        }

        /** A transaction on the newest version, or on the one that a hint says is the newest. */
        private WriteTransaction begin(boolean isHinted) {
            for (int attempt = 1; attempt <= OpenDatabase.MAX_CHECKOUTS; attempt++) {
                boolean isCurrent = isHinted && attempt == 1;
                meter.checkedOut(isCurrent ? Checkout.HIT : open.checkouts().checkout(operation));
                Optional<WriteTransaction> transaction = open.copy().begin();
                if (transaction.isPresent()) {
                    return transaction.get();
                }
                // A reader that failed took the working copy away in between.
            }
            throw open.keepsChanging();
        }

        /**
         * Returns if the work was run on what was the newest version at some time since it was asked for.
         *
         * @throws WriteConflictException if the hint was wrong
         */
        private void requireNewest(Optional<DatabaseVersion> base, boolean isHinted) {
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
        private Answer<T> publish(WriteTransaction transaction, Change change, T value) {
            Optional<DatabaseVersion> base = transaction.base();
            CommitId databaseId =
                    base.flatMap(DatabaseVersion::databaseId).orElseGet(() -> CommitId.next(environment.random()));
            CommitId commit = CommitId.next(environment.random());
            SharedCheckout.Moment began = open.checkouts().now();
            CommitOutcome outcome =
                    environment.store().commit(database, base, databaseId, change, 1, commit, operation);
            meter.committed();
            long txid = environment.requireCommitted(database, commit, outcome);
            log.debug("db={} txid={} commit={} committed", database, txid, commit);
            if (outcome instanceof CommitOutcome.Committed committed) {
                transaction.accept(committed.version());
                open.checkouts().noteCurrent(began);
                return Answer.at(committed.version(), value, meter.cost());
            }
            return new Answer<>(value, txid, Optional.empty(), meter.cost());
        }
    }
}
