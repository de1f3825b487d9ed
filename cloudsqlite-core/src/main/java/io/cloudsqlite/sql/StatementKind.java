package io.cloudsqlite.sql;

/** What a statement most likely does, told from its text. */
public enum StatementKind {
    /** It reads: SELECT, VALUES, WITH ... SELECT, EXPLAIN, PRAGMA. */
    READ,
    /** It writes: INSERT, UPDATE, DELETE, CREATE, WITH ... INSERT and the like. */
    WRITE,
    /** It is a plain VACUUM, which SQLite runs only outside a transaction and therefore alone. */
    VACUUM
}
