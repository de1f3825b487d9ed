package io.cloudsqlite.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A connection with the statements that ran on it last, so that one which comes again is not looked at and prepared again.
 *
 * <pre>{@code
 * PreparedStatements prepared = PreparedStatements.on(connection);
 * ... BEGIN ...
 * prepared.enterSnapshot();
 * executor.execute(prepared, statements, deadline);   // any number of times
 * }</pre>
 *
 * <p>What is known of a statement (what its program may do, the names of its columns) holds for one schema. SQLite prepares a
 * statement again, and says nothing, when it finds another; here all are dropped then. Another schema comes with another
 * snapshot, which whoever begins a transaction tells with {@link #enterSnapshot}, or with a statement that changes it.
 *
 * <p>Used by one thread at a time, with one executor. Closing the connection closes its statements.
 */
public final class PreparedStatements implements AutoCloseable {

    static final int MAX_STATEMENTS = 16;

    /** Preparing a PRAGMA may do what it is for, and CREATE and its like change the schema, so neither is used again. */
    private static final Set<String> VERBS_TO_REUSE =
            Set.of("select", "values", "with", "insert", "replace", "update", "delete");

    private final Connection connection;
    private final int maxStatements;
    private final Map<String, Prepared> longestUnusedFirst = new LinkedHashMap<>();
    private @Nullable PreparedStatement askSchemaVersion;

    /** Which schema those that are kept were prepared for. */
    private long schemaVersion;

    /** A statement, to be closed by whoever runs it unless it is kept. */
    static final class Prepared implements AutoCloseable {

        private final PreparedStatement statement;
        private final int maxValueBytes;
        private boolean kept;

        /** @param maxValueBytes how large a value it may handle */
        Prepared(PreparedStatement statement, int maxValueBytes) {
            this.statement = statement;
            this.maxValueBytes = maxValueBytes;
        }

        PreparedStatement statement() {
            return statement;
        }

        int maxValueBytes() {
            return maxValueBytes;
        }

        @Override
        public void close() throws SQLException {
            if (!kept) {
                statement.close();
            }
        }
    }

    private PreparedStatements(Connection connection, int maxStatements) {
        this.connection = connection;
        this.maxStatements = maxStatements;
    }

    /** None yet, on a connection whose transactions do not change the schema, and begin with {@link #enterSnapshot}. */
    public static PreparedStatements on(Connection connection) {
        return new PreparedStatements(connection, MAX_STATEMENTS);
    }

    /** None yet, on a connection that is used otherwise after one list of that many statements in one transaction. */
    static PreparedStatements forOneList(Connection connection, int statements) {
        return new PreparedStatements(connection, Math.min(statements - 1, MAX_STATEMENTS));
    }

    /** The connection. */
    public Connection connection() {
        return connection;
    }

    /**
     * Lets SQLite take the snapshot of the transaction that has just begun on the connection, as any first read does, and
     * drops what was prepared for another schema than it has.
     */
    public void enterSnapshot() throws SQLException {
        if (askSchemaVersion == null) {
            askSchemaVersion = connection.prepareStatement("PRAGMA schema_version");
        }
        try (ResultSet answer = askSchemaVersion.executeQuery()) {
            long found = answer.getLong(1);
            if (found != schemaVersion) {
                closeAll();
            }
            schemaVersion = found;
        }
    }

    /** {@code statement} as it was prepared before; null if it was not kept. */
    @Nullable
    Prepared take(SqlText statement) throws SQLException {
        if (!mayKeep(statement)) {
            // It may change the schema.
            closeAll();
            return null;
        }
        Prepared prepared = longestUnusedFirst.remove(statement.text());
        if (prepared != null) {
            prepared.kept = false;
        }
        return prepared;
    }

    /**
     * Keeps {@code prepared}, which ran without a failure, in place of the one that was not used for longest; or does not, if
     * it is not to be used again.
     */
    void keep(SqlText statement, Prepared prepared) throws SQLException {
        if (!mayKeep(statement)) {
            return;
        }
        prepared.statement.clearParameters();
        longestUnusedFirst.put(statement.text(), prepared);
        prepared.kept = true;
        if (longestUnusedFirst.size() > maxStatements) {
            Iterator<Prepared> all = longestUnusedFirst.values().iterator();
            Prepared longestUnused = all.next();
            all.remove();
            longestUnused.statement.close();
        }
    }

    private boolean mayKeep(SqlText statement) {
        return maxStatements > 0
                && !statement.explained()
                && statement.text().length() <= JudgedStatements.MAX_TEXT_LENGTH
                && VERBS_TO_REUSE.contains(statement.verb());
    }

    /** How many are kept. */
    int size() {
        return longestUnusedFirst.size();
    }

    private void closeAll() throws SQLException {
        for (Prepared prepared : longestUnusedFirst.values()) {
            prepared.statement.close();
        }
        longestUnusedFirst.clear();
    }

    /** Closes the statements, and leaves the connection open. */
    @Override
    public void close() throws SQLException {
        closeAll();
        if (askSchemaVersion != null) {
            askSchemaVersion.close();
            askSchemaVersion = null;
        }
    }
}
