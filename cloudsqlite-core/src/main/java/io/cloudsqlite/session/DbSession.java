package io.cloudsqlite.session;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.IdempotencyKeyReusedException;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.StatementTimeoutException;
import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.copy.WriteGroup;
import io.cloudsqlite.format.Operation;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.sql.StatementKind;
import io.cloudsqlite.sql.WriteAttemptedException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
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
 * <p>Safe for use by many threads. Reads run concurrently and never wait for a commit; writes take turns, and those of one
 * process that wait together are committed together.
 */
public final class DbSession {

    private static final Logger log = LoggerFactory.getLogger(DbSession.class);

    private final DatabaseName database;
    private final Environment environment;
    private final OpenDatabases databases;
    private final Reads reads;

    DbSession(DatabaseName database, Environment environment, OpenDatabases databases) {
        this.database = database;
        this.environment = environment;
        this.databases = databases;
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
                Writer.Kind.STATEMENTS,
                options,
                (transactions, operation) -> conclude.apply(run(statements, transactions, operation)));
    }

    private List<SqlResult> run(List<SqlStatement> statements, WriteGroup transactions, Operation operation) {
        try {
            return environment.executor().execute(transactions.connection(), statements, operation.deadline());
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
        Answer<Once<T>> answer = write(Writer.Kind.STATEMENTS, options, (transactions, operation) -> {
            Instant now = environment.time().instant();
            RequestTable table = RequestTable.in(database, transactions.connection(), now);
            Optional<RequestTable.Remembered> before = table.find(request);
            if (before.isPresent()) {
                T value = conclude.apply(before.get().results());
                return new Once<>(value, OptionalLong.of(before.get().txid()));
            }
            List<SqlResult> results = run(statements, transactions, operation);
            T value = conclude.apply(results);
            table.remember(request, transactions.txid() + 1, results);
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
        return write(Writer.Kind.VACUUM, options, (transactions, operation) -> {
            if (transactions.base().isEmpty()) {
                throw new DatabaseNotFoundException(database);
            }
            environment.executor().vacuum(transactions.endForVacuum(), operation.deadline());
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
     * <p>Its connection is closed when the work has ended, and what it needs of the same database it does with that. A read by
     * the session sees the durable state, without what this transaction has changed. Another write to it is an {@link
     * IllegalStateException} on the same thread; on another thread, or by a second {@link CloudSqlite}, it waits for the
     * lock, which this transaction holds, and fails with {@link DatabaseLockedException} if the work waits for it in turn.
     *
     * <p>The work is not stopped at the timeout, but a transaction that took longer is not published: give work that takes
     * long a {@linkplain RequestOptions#withTimeout timeout} to match.
     *
     * @throws IllegalArgumentException if there is an idempotency key: that of work given as code cannot be honoured, since
     *     neither can it be told whether two pieces of code are the same request, nor what one returned be stored
     * @throws StatementTimeoutException if it took longer than its timeout; nothing was changed
     * @throws WriteConflictException if others wrote in between all the same; nothing was changed
     * @throws CommitUnknownException if it could not be learned whether the transaction was committed
     * @throws CloudSqliteException see its table
     */
    public <T> Answer<T> write(ConnectionWork<T> work, RequestOptions options) {
        if (options.idempotencyKey().isPresent()) {
            throw new IllegalArgumentException("an idempotency key is for statements, not for work given as code");
        }
        return write(Writer.Kind.CODE, options, (transactions, operation) -> work.run(transactions.lendConnection()));
    }

    /** Where every write sets out: it travels by the {@link WriterQueue} to {@link GroupCommit#run}. */
    private <T> Answer<T> write(Writer.Kind kind, RequestOptions options, Writer.Work<T> work) {
        if (options.asOf().isPresent()) {
            throw Past.isReadOnly(database);
        }
        Operation operation = environment.begin(options.timeout());
        try (OpenDatabase open = databases.use(database)) {
            return open.writers().write(kind, work, options, operation);
        }
    }
}
