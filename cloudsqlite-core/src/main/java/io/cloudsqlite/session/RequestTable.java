package io.cloudsqlite.session;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.IdempotencyKeyReusedException;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.ResultTooLargeException;
import io.cloudsqlite.sql.ReservedNames;
import io.cloudsqlite.sql.SqlResult;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The writes that a database remembers by their idempotency keys, in a table of the database itself. So a key is remembered if
 * and only if its write is in the database, whatever becomes of the answer: it is the same transaction.
 *
 * <p>Bound to one transaction, and used by one thread.
 */
final class RequestTable {

    /** How long a request is remembered, by the clocks of those who write. */
    static final Duration RETENTION = Duration.ofHours(24);

    /** How large the stored results may be: less than any limit of {@code SqlExecutor} on the size of a value. */
    static final int MAX_RESULTS_BYTES = 512 << 10;

    /** A write with a key adds one row and deletes up to this many, so the table shrinks however it grew. */
    static final int MAX_FORGOTTEN_AT_A_TIME = 100;

    static final String NAME = ReservedNames.PREFIX + "requests";

    /** The rows are in the order of time, as far as clocks agree, so the oldest are found without another index. */
    private static final String CREATE = "CREATE TABLE " + NAME
            + " (id INTEGER PRIMARY KEY, idempotency_key TEXT NOT NULL UNIQUE, request_hash TEXT NOT NULL,"
            + " txid INTEGER NOT NULL, time_ms INTEGER NOT NULL, results TEXT NOT NULL)";

    private final DatabaseName database;
    private final Connection connection;
    private final Instant now;
    private final boolean exists;

    /**
     * A write that was committed.
     *
     * @param txid its transaction
     */
    record Remembered(long txid, List<SqlResult> results) {}

    private RequestTable(DatabaseName database, Connection connection, Instant now) throws SQLException {
        this.database = database;
        this.connection = connection;
        this.now = now;
        this.exists = requireOwn();
    }

    /**
     * The table as the transaction of {@code connection} sees it. It is created with its first row.
     *
     * @throws InvalidRequestException if the database has something of this name that is not CloudSQLite's
     */
    static RequestTable in(DatabaseName database, Connection connection, Instant now) throws SQLException {
        return new RequestTable(database, connection, now);
    }

    /**
     * Whether there is a table. Nothing else may belong to it: a trigger, for example, that an imported database has on it, would
     * run with every write, and past what guards strangers' SQL.
     */
    private boolean requireOwn() throws SQLException {
        boolean found = false;
        String belongings = "SELECT sql FROM sqlite_schema WHERE tbl_name = ? COLLATE NOCASE AND sql IS NOT NULL";
        try (PreparedStatement statement = connection.prepareStatement(belongings)) {
            statement.setString(1, NAME);
            try (ResultSet schema = statement.executeQuery()) {
                while (schema.next()) {
                    if (!CREATE.equals(schema.getString(1))) {
                        throw notOwn(null);
                    }
                    found = true;
                }
            }
        }
        return found;
    }

    private InvalidRequestException notOwn(@Nullable Throwable cause) {
        return new InvalidRequestException(
                "The table " + NAME + " of the database '" + database
                        + "' is not as CloudSQLite made it, so no write can have"
                        + " an idempotency key; nothing was changed. The name is reserved: drop what has it",
                cause);
    }

    /**
     * The write with this key that was committed before; empty if there was none within the {@link #RETENTION}.
     *
     * @throws IdempotencyKeyReusedException if it was another request
     */
    Optional<Remembered> find(KeyedRequest request) throws SQLException {
        if (!exists) {
            return Optional.empty();
        }
        String byKey = "SELECT request_hash, txid, results FROM " + NAME + " WHERE idempotency_key = ? AND time_ms > ?";
        try (PreparedStatement statement = connection.prepareStatement(byKey)) {
            statement.setString(1, request.key());
            statement.setLong(2, forgottenUpToMillis());
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                if (!request.hash().equals(row.getString(1))) {
                    throw new IdempotencyKeyReusedException(database);
                }
                return Optional.of(new Remembered(row.getLong(2), StoredResults.decode(row.getString(3))));
            }
        } catch (IOException e) {
            throw notOwn(e);
        }
    }

    /**
     * Adds a write that is to be committed with this transaction, and deletes some of those that need not be remembered any more.
     *
     * @throws ResultTooLargeException if its results are too large to be remembered
     */
    void remember(KeyedRequest request, long txid, List<SqlResult> results) throws SQLException {
        String encoded = StoredResults.encode(results, MAX_RESULTS_BYTES);
        if (exists) {
            forget();
        } else {
            run(CREATE);
        }
        // A row of this key is there if it is to be forgotten and was not its turn yet.
        run(
                "INSERT OR REPLACE INTO " + NAME
                        + " (idempotency_key, request_hash, txid, time_ms, results) VALUES (?, ?, ?, ?, ?)",
                request.key(),
                request.hash(),
                txid,
                now.toEpochMilli(),
                encoded);
    }

    private void forget() throws SQLException {
        run(
                "DELETE FROM " + NAME + " WHERE time_ms <= ? AND id IN (SELECT id FROM " + NAME
                        + " ORDER BY id LIMIT ?)",
                forgottenUpToMillis(),
                MAX_FORGOTTEN_AT_A_TIME);
    }

    private long forgottenUpToMillis() {
        return now.minus(RETENTION).toEpochMilli();
    }

    private void run(String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.execute();
        }
    }
}
