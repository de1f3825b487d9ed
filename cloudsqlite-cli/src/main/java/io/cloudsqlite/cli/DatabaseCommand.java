package io.cloudsqlite.cli;

import io.cloudsqlite.DatabaseName;
import picocli.CommandLine.Parameters;

/** A command that works on one database, which its first parameter names. */
abstract class DatabaseCommand extends StoreCommand {

    @Parameters(index = "0", paramLabel = "DB", description = "The database's name.")
    @SuppressWarnings("NullAway.Init")
    private DatabaseName database;

    DatabaseCommand(Console console) {
        super(console);
    }

    final DatabaseName database() {
        return database;
    }
}
