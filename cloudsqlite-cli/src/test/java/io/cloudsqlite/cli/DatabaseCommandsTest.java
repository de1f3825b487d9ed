package io.cloudsqlite.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.cli.Commands.Ended;
import io.cloudsqlite.lock.FileLockManager;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands {@code list}, {@code info}, {@code import}, {@code export}, {@code delete} and {@code unlock}. */
@SuppressWarnings("try") // a lease is only held
class DatabaseCommandsTest {

    private static final String TEN_NOTES = """
            CREATE TABLE note (id INTEGER PRIMARY KEY);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) INSERT INTO note SELECT i FROM n""";

    @TempDir
    private Path directory;

    private Commands commands;

    @BeforeEach
    void create_a_database() {
        commands = new Commands(directory);
        assertThat(commands.run("sql", "app.db", TEN_NOTES).exitCode()).isZero();
    }

    @Test
    void list_shows_every_database() {
        commands.run("sql", "other.db", "CREATE TABLE t (x)");

        Ended ended = commands.run("list", "--format=csv");

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.out().lines().skip(1)).hasSize(2);
        assertThat(ended.out())
                .startsWith("name,size_bytes,txid,last_modified\r\n")
                .contains("app.db,8192,2,");
    }

    @Test
    void list_of_an_empty_store_is_empty() {
        Ended ended = new Commands(directory.resolve("elsewhere")).run("list", "--format=json");

        assertThat(ended.out().strip()).isEqualTo("[]");
    }

    @Test
    void info_shows_a_line_per_property() {
        Ended ended = commands.run("info", "app.db");

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.out()).containsPattern("\\| txid +\\| 2 ").containsPattern("\\| page_count +\\| 2 ");
    }

    @Test
    void info_tells_who_holds_the_lock() {
        try (Lease lease = lockApp()) {
            Ended ended = commands.run("info", "app.db", "--format=json");

            assertThat(ended.out()).contains("\"locked_by\":\"").contains("\"locked_until\":\"");
        }
        assertThat(commands.run("info", "app.db", "--format=json").out()).contains("\"locked_by\":null");
    }

    @Test
    void what_was_exported_can_be_imported() throws Exception {
        Path file = directory.resolve("app.sqlite");

        Ended exported = commands.run("export", "app.db", file.toString());
        Ended imported = commands.run("import", "copy.db", file.toString());

        assertThat(exported.out()).contains("exported app.db at transaction 2, 8192 bytes");
        assertThat(imported.out()).contains("imported copy.db as transaction 1");
        assertThat(commands.run("sql", "copy.db", "SELECT count(*) AS n FROM note", "--format=csv")
                        .out())
                .isEqualTo("n\r\n10\r\n");
    }

    @Test
    void export_to_standard_output_is_the_file_and_nothing_else() throws Exception {
        Path file = directory.resolve("app.sqlite");
        commands.run("export", "app.db", file.toString());
        TestConsole console = TestConsole.piped(new byte[0]);

        Ended ended = commands.runOn(console, "export", "app.db", "-");

        assertThat(ended.exitCode()).isZero();
        assertThat(console.writtenBytes()).isEqualTo(Files.readAllBytes(file));
    }

    @Test
    void import_reads_standard_input() throws Exception {
        Path file = directory.resolve("app.sqlite");
        commands.run("export", "app.db", file.toString());

        Ended ended = commands.runOn(TestConsole.piped(Files.readAllBytes(file)), "import", "copy.db", "-");

        assertThat(ended.exitCode()).isZero();
    }

    @Test
    void export_overwrites_only_by_force_and_leaves_nothing_else() throws Exception {
        Path folder = Files.createDirectory(directory.resolve("folder"));
        Path file = Files.writeString(folder.resolve("app.sqlite"), "precious");

        Ended refused = commands.run("export", "app.db", file.toString());
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains("exists already").contains("--force");
        assertThat(file).hasContent("precious");

        assertThat(commands.run("export", "app.db", file.toString(), "--force").exitCode())
                .isZero();
        assertThat(Files.size(file)).isEqualTo(8192);
        assertThat(folder).isDirectoryNotContaining(path -> !path.equals(file));
    }

    @Test
    void export_of_what_does_not_exist_leaves_no_file() {
        Path file = directory.resolve("absent.sqlite");

        assertThat(commands.run("export", "absent.db", file.toString()).exitCode())
                .isEqualTo(3);
        assertThat(file).doesNotExist();
        assertThat(commands.run(
                                "export",
                                "app.db",
                                directory.resolve("no/such/file").toString())
                        .err())
                .contains("there is no directory for the file");
    }

    @Test
    void import_replaces_only_on_purpose() {
        Path file = directory.resolve("app.sqlite");
        commands.run("export", "app.db", file.toString());
        commands.run("sql", "app.db", "DELETE FROM note");

        Ended refused = commands.run("import", "app.db", file.toString());
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains("exists already").contains("--replace");

        Ended replaced = commands.run("import", "app.db", file.toString(), "--replace");
        assertThat(replaced.out()).contains("imported app.db as transaction 4");
    }

    @Test
    void import_refuses_what_is_not_a_database() throws Exception {
        Path file = Files.writeString(directory.resolve("text"), "not a database");

        Ended refused = commands.run("import", "new.db", file.toString());
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).matches("cloudsqlite: .*'new.db' is not a sound SQLite database.*\\R");
        assertThat(commands.run("import", "new.db", "absent").err()).contains("there is no file 'absent'");
        assertThat(commands.run("info", "new.db").exitCode()).isEqualTo(3);
    }

    @Test
    void delete_asks_at_a_terminal() {
        Ended no = commands.runOn(TestConsole.typing("n\n"), "delete", "app.db");
        assertThat(no.exitCode()).isEqualTo(1);
        assertThat(no.out()).contains("Delete app.db").contains("[y/N]");
        assertThat(commands.run("info", "app.db").exitCode()).isZero();

        Ended yes = commands.runOn(TestConsole.typing("y\n"), "delete", "app.db");
        assertThat(yes.exitCode()).isZero();
        assertThat(commands.run("info", "app.db").exitCode()).isEqualTo(3);
    }

    @Test
    void delete_without_a_terminal_needs_yes() {
        Ended refused = commands.run("delete", "app.db");
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("--yes");

        assertThat(commands.run("delete", "app.db", "--yes").exitCode()).isZero();
        assertThat(commands.run("delete", "app.db", "--yes").exitCode()).isEqualTo(3);
    }

    @Test
    void unlock_takes_the_lock_away() {
        try (Lease lease = lockApp()) {
            assertThat(commands.run("unlock", "app.db").out()).startsWith("unlocked app.db, which was held by ");
            assertThat(commands.run("unlock", "app.db").out()).startsWith("app.db was not locked");
            assertThat(commands.run("sql", "app.db", "DELETE FROM note").exitCode())
                    .isZero();
        }
    }

    @Test
    void a_locked_database_has_exit_code_4() {
        try (Lease lease = lockApp()) {
            Ended ended = commands.run("sql", "app.db", "DELETE FROM note", "--timeout=1");

            assertThat(ended.exitCode()).isEqualTo(4);
            assertThat(ended.err()).contains("'app.db'", "locked by");
        }
    }

    private Lease lockApp() {
        return new FileLockManager(directory.resolve("store"))
                .acquire(
                        DatabaseName.of("app.db"),
                        Duration.ofMinutes(1),
                        Deadline.after(Duration.ofSeconds(5), TimeSource.system()));
    }
}
