package io.cloudsqlite.session;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.copy.DatabaseImage;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.Snapshot;
import io.cloudsqlite.format.Operation;
import java.util.Optional;

/** The newest version of a database as a whole, in the working copy, which stays open as long as this is. */
final class HeldSnapshot implements AutoCloseable {

    private final OpenDatabase open;
    private final Snapshot snapshot;

    private HeldSnapshot(OpenDatabase open, Snapshot snapshot) {
        this.open = open;
        this.snapshot = snapshot;
    }

    /** @throws DatabaseNotFoundException if there is no such database */
    static HeldSnapshot take(OpenDatabases databases, DatabaseName database, Operation operation) {
        OpenDatabase open = databases.use(database);
        HeldSnapshot held = null;
        try {
            for (int attempt = 1; attempt <= OpenDatabase.MAX_CHECKOUTS; attempt++) {
                open.checkouts().checkout(operation);
                Optional<Snapshot> snapshot = open.copy().snapshot(operation.deadline());
                if (snapshot.isPresent()) {
                    held = new HeldSnapshot(open, snapshot.get());
                    return held;
                }
                if (open.copy().isKnownToBeAbsent()) {
                    throw new DatabaseNotFoundException(database);
                }
            }
            throw open.keepsChanging();
        } finally {
            if (held == null) {
                open.close();
            }
        }
    }

    DatabaseVersion version() {
        return snapshot.version();
    }

    DatabaseImage image() {
        return snapshot.image();
    }

    @Override
    public void close() {
        try (open;
                snapshot) {
            return;
        }
    }
}
