package io.cloudsqlite.cli;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.format.DatabaseInfo;
import io.cloudsqlite.format.DatabasePage;
import io.cloudsqlite.session.CloudSqlite;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Parameters;

/**
 * A command that does the same to each of several databases, or to all of the store, and tells of each when it is done. That it
 * fails for one does not keep it from the others.
 */
abstract class DatabasesCommand extends StoreCommand {

    private static final int PAGE_SIZE = 1_000;

    @Parameters(paramLabel = "DB", arity = "0..*", description = "The databases' names. Default: all of the store.")
    private List<DatabaseName> databases = new ArrayList<>();

    DatabasesCommand(Console console) {
        super(console);
    }

    /** Does it to one database, and returns what to tell of it. */
    abstract String process(CloudSqlite cloud, DatabaseName database);

    /** Returns the exit code: that of the first failure, if there was one. */
    final ExitCode processEach(CloudSqlite cloud) {
        ExitCode exitCode = ExitCode.OK;
        for (DatabaseName database : databases.isEmpty() ? all(cloud) : databases) {
            try {
                console().out().println(database + ": " + process(cloud, database));
            } catch (CloudSqliteException e) {
                if (e instanceof DatabaseNotFoundException && databases.isEmpty()) {
                    // Somebody has deleted it since it was listed.
                    continue;
                }
                console().err().println("cloudsqlite: " + database + ": " + e.getMessage());
                exitCode = exitCode == ExitCode.OK ? ExitCode.of(e) : exitCode;
            }
            console().out().flush();
        }
        return exitCode;
    }

    static String count(int number, String thing) {
        return number + " " + thing + (number == 1 ? "" : "s");
    }

    private static List<DatabaseName> all(CloudSqlite cloud) {
        List<DatabaseName> names = new ArrayList<>();
        Optional<String> after = Optional.empty();
        do {
            DatabasePage page = cloud.list(after, PAGE_SIZE);
            page.databases().stream().map(DatabaseInfo::name).forEach(names::add);
            after = page.nextAfter();
        } while (after.isPresent());
        return names;
    }
}
