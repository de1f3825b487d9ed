package io.cloudsqlite.cli;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.lock.LockInfo;
import io.cloudsqlite.session.CloudSqlite;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "unlock",
        description = "Take the lock of a database away from whoever holds it.",
        footer = {
            "",
            "For a writer that died and whose lease has yet to lapse. It is safe at any time: a commit does not rely on the"
                    + " lock, so at worst a transaction that is under way has to be run again."
        })
final class UnlockCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private StoreOptions options;

    @Parameters(index = "0", paramLabel = "DB", description = "The database's name.")
    @SuppressWarnings("NullAway.Init")
    private DatabaseName database;

    UnlockCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        try (CloudSqlite cloud = options.open()) {
            Optional<LockInfo> lock = cloud.findLock(database);
            if (cloud.unlock(database)) {
                String holder = lock.map(LockInfo::holder).orElse("a writer that came just now");
                console.out().println("unlocked " + database + ", which was held by " + holder);
            } else {
                console.out().println(database + " was not locked");
            }
        }
        return ExitCode.OK.number();
    }
}
