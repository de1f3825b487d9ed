package io.cloudsqlite.copy;

import java.sql.Connection;
import java.sql.SQLException;

/** Prepares each connection that a working copy opens, before anything runs on it: limits and settings. */
@FunctionalInterface
public interface ConnectionSetup {

    /** Called once for each connection. */
    void configure(Connection connection) throws SQLException;
}
