package io.cloudsqlite.session;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManyDatabasesIT {

    @Test
    void ten_thousand_databases_are_used_in_one_process(@TempDir Path work) throws Exception {
        new ManyDatabases(work, 10_000, 32L << 20).run();
    }
}
