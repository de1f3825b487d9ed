package io.cloudsqlite.session;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * What a caller does with a JDBC connection inside a session's transaction. The transaction is the session's to begin and
 * end: the work neither commits, rolls back nor closes the connection, and keeps nothing of it.
 */
@FunctionalInterface
public interface ConnectionWork<T> {

    /**
     * Does the work.
     *
     * @return what the session hands back to its caller
     * @throws SQLException if SQLite refuses something; the session rolls back and translates it
     */
    T run(Connection connection) throws SQLException;
}
