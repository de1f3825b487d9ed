package io.cloudsqlite.cli;

import io.cloudsqlite.lock.LockInfo;
import io.cloudsqlite.session.CloudSqlite;
import java.util.Optional;
import picocli.CommandLine.Command;

@Command(
        name = "unlock",
        description = "Take the lock of a database away from whoever holds it.",
        footer = {
            "",
            "For a writer that died and whose lease has yet to lapse. It is safe at any time: a commit does not rely on the"
                    + " lock, so at worst a transaction that is under way has to be run again."
        })
final class UnlockCommand extends DatabaseCommand {

    UnlockCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        try (CloudSqlite cloud = open()) {
            Optional<LockInfo> lock = cloud.findLock(database());
            if (cloud.unlock(database())) {
                String holder = lock.map(LockInfo::holder).orElse("a writer that came just now");
                console().out().println("unlocked " + database() + ", which was held by " + holder);
            } else {
                console().out().println(database() + " was not locked");
            }
        }
        return ExitCode.OK.number();
    }
}
