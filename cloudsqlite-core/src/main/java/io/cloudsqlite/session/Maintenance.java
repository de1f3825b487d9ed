package io.cloudsqlite.session;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.WorkingCopy;
import io.cloudsqlite.format.LogMaintenance;
import io.cloudsqlite.format.MaintenanceReport;
import io.cloudsqlite.format.Operation;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the logs of databases short on the side, where nobody has to wait for it to succeed. Safe for use by many threads. */
final class Maintenance {

    private static final Logger log = LoggerFactory.getLogger(Maintenance.class);

    private static final int MAX_STEPS = 100;

    /** In the background nobody waits, and a large base takes longer to upload than a request may. */
    private static final Duration BACKGROUND_TIMEOUT = Duration.ofMinutes(10);

    private final Environment environment;
    private final OpenDatabases databases;

    Maintenance(Environment environment, OpenDatabases databases) {
        this.environment = environment;
        this.databases = databases;
    }

    /** Whether {@link #afterCommit} has anything to do. Asks nobody. */
    boolean isDue(OpenDatabase open) {
        WorkingCopy copy = open.copy();
        return copy.version()
                .filter(version -> environment.store().maintenance().isDueInline(copy.database(), version))
                .isPresent();
    }

    /**
     * After a commit: does what is due and small. That it fails makes no difference to the commit, which is durable.
     *
     * @param goesOn whether this process is likely to make the next commit too
     */
    void afterCommit(OpenDatabase open, boolean goesOn, Operation operation) {
        WorkingCopy copy = open.copy();
        try {
            environment.store().maintenance().maintainInline(copy, goesOn, operation);
        } catch (RuntimeException e) {
            log.warn("db={} maintenance failed and will be tried again: {}", copy.database(), e.toString());
        }
    }

    /** Does all that is due. Where nothing is, it costs no download. */
    MaintenanceReport maintain(DatabaseName database, boolean collect, Operation operation) {
        LogMaintenance maintenance = environment.store().maintenance();
        DatabaseVersion newest = environment
                .store()
                .find(database, operation)
                .orElseThrow(() -> new DatabaseNotFoundException(database));
        MaintenanceReport done = MaintenanceReport.NOTHING;
        try {
            if (maintenance.isDue(database, newest)) {
                done = maintainCopy(database, maintenance, operation);
            }
        } finally {
            // A base that is too large for the time that there is does not keep garbage from being collected.
            if (collect) {
                done = done.plus(maintenance.collect(database, environment.retention(), operation));
            }
        }
        return done;
    }

    private MaintenanceReport maintainCopy(DatabaseName database, LogMaintenance maintenance, Operation operation) {
        MaintenanceReport total = MaintenanceReport.NOTHING;
        try (OpenDatabase open = databases.use(database)) {
            open.checkouts().checkout(operation);
            MaintenanceReport step = maintenance.maintain(open.copy(), operation);
            for (int steps = 1; steps < MAX_STEPS && !step.equals(MaintenanceReport.NOTHING); steps++) {
                total = total.plus(step);
                step = maintenance.maintain(open.copy(), operation);
            }
        }
        return total;
    }

    /** Maintains the databases that this process has open. */
    void maintainOpen(boolean collect) {
        for (DatabaseName database : databases.names()) {
            try {
                maintain(database, collect, environment.begin(Optional.of(BACKGROUND_TIMEOUT)));
            } catch (DatabaseNotFoundException e) {
                log.debug("db={} was deleted", database);
            } catch (RuntimeException e) {
                // Whatever it is, it is not to end the maintenance of the other databases.
                log.warn("db={} maintenance failed and will be tried again: {}", database, e.toString());
            }
        }
    }
}
