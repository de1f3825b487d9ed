package io.cloudsqlite;

/** There is no database of that name. The first write creates one; a read never does. */
public final class DatabaseNotFoundException extends CloudSqliteException {

    public DatabaseNotFoundException(DatabaseName database) {
        super(
                "The database '" + database + "' does not exist: check the name, or create it with its first write",
                null);
    }
}
