package io.cloudsqlite.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The entries of logs are LTX files and lead to the databases that they should. Those beside this class's resources have been
 * verified by the reference implementation; the README there tells how.
 */
class LogEntriesTest {

    @TempDir
    Path directory;

    @Test
    void entries_that_the_reference_has_verified_build_their_databases() throws Exception {
        // given
        byte[] database = {};
        long last = LogEntries.STATES_IN_FIXTURES.get(LogEntries.STATES_IN_FIXTURES.size() - 1);

        for (long txid = 1; txid <= last; txid++) {
            // when
            database = LogEntries.apply(database, resource(LogKeys.entry(txid, txid)));

            // then
            if (LogEntries.STATES_IN_FIXTURES.contains(txid)) {
                assertThat(database).as("database %d", txid).isEqualTo(resource(txid + ".db"));
            }
        }
    }

    @Test
    void entries_in_the_store_build_every_state_that_can_be_exported() throws Exception {
        // given
        LogEntries made = LogEntries.make(directory);
        assertThat(made.ltx()).hasSameSizeAs(made.databases());
        byte[] database = {};

        for (Map.Entry<Long, byte[]> expected : made.databases().entrySet()) {
            // when
            database = LogEntries.apply(database, made.ltx().get(LogKeys.entry(expected.getKey(), expected.getKey())));

            // then
            assertThat(database).as("database %d", expected.getKey()).isEqualTo(expected.getValue());
        }
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = LogEntriesTest.class.getResourceAsStream(name)) {
            assertThat(in).as("fixture %s", name).isNotNull();
            return in.readAllBytes();
        }
    }
}
