package io.cloudsqlite.session;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Thousands of databases; as many as {@code -Dmany.databases} says, for whoever has the time. */
class ManyDatabasesIT {

    @Test
    void thousands_of_databases_are_used_in_one_process(@TempDir Path work) throws Exception {
        new ManyDatabases(work, Integer.getInteger("many.databases", 2_000), 32L << 20).run();
    }
}
