package io.cloudsqlite.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.cli.output.OutputFormat;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.DbSession;
import io.cloudsqlite.store.InMemoryBlobStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shell on a terminal that is a pair of streams. */
class TerminalShellTest {

    private static final String CTRL_A = "\001";
    private static final String CTRL_D = "\004";
    private static final String CTRL_P = "\020";

    @TempDir
    private Path directory;

    private CloudSqlite cloud;
    private DbSession session;

    @BeforeEach
    void open() {
        cloud = CloudSqlite.builder(new InMemoryBlobStore(), new InMemoryLockManager())
                .workDirectory(directory.resolve("work"))
                .build();
        session = cloud.database("app.db");
        session.execute("CREATE TABLE inventory (quantity INTEGER)");
        session.execute("INSERT INTO inventory VALUES (42)");
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    @Test
    void it_prompts_runs_and_ends_with_ctrl_d() throws Exception {
        String screen = type("SELECT quantity\nFROM inventory;\n" + CTRL_D);

        assertThat(screen)
                .contains("app.db> ")
                .contains("...> ")
                .contains("|       42 |")
                .contains("(1 row)");
    }

    @Test
    void an_error_is_shown_and_does_not_end_it() throws Exception {
        String screen = type("SELECT nothing;\nSELECT 'still here';\n" + CTRL_D);

        assertThat(screen).contains("error: ").contains("| still here   |");
    }

    @Test
    void tab_completes_keywords_tables_and_columns() throws Exception {
        String screen = type("SELEC\tquant\tFROM inven\t;\n" + CTRL_D);

        assertThat(screen).contains("|       42 |");
    }

    @Test
    void tab_completes_dot_commands() throws Exception {
        assertThat(type(".tab\t\n" + CTRL_D)).contains("inventory");
    }

    @Test
    void an_exclamation_mark_is_sql() throws Exception {
        assertThat(type("SELECT 1 WHERE 1 != 2;\n" + CTRL_D)).contains("(1 row)");
    }

    @Test
    void history_outlives_the_shell() throws Exception {
        type("SELECT 'remembered';\n" + CTRL_D);

        String screen = type(CTRL_P + CTRL_A + "EXPLAIN \n" + CTRL_D);

        assertThat(screen).contains("opcode");
        assertThat(directory.resolve("history")).content().contains("remembered");
    }

    private String type(String keys) throws IOException {
        ByteArrayOutputStream screen = new ByteArrayOutputStream();
        InputStream in = new ByteArrayInputStream(keys.getBytes(StandardCharsets.UTF_8));
        // Not a pseudo-terminal of the system: that would interpret keys which arrive
        // before the shell is there to read them.
        try (Terminal terminal = new ExternalTerminal("test", "xterm", in, screen, StandardCharsets.UTF_8)) {
            terminal.setSize(new Size(100, 30));
            TerminalShell.run(session, terminal, OutputFormat.TABLE, Optional.of(directory.resolve("history")));
        }
        return screen.toString(StandardCharsets.UTF_8);
    }
}
