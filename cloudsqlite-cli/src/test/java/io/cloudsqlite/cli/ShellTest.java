package io.cloudsqlite.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.cli.Commands.Ended;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shell with its input in a pipe. */
class ShellTest {

    @TempDir
    private Path directory;

    private Commands commands;

    @BeforeEach
    void open() {
        commands = new Commands(directory);
    }

    @Test
    void statements_span_lines_and_lines_hold_statements() {
        Ended ended = commands.runWithInput("""
                CREATE TABLE note
                  (text TEXT); INSERT INTO note VALUES ('a;
                b');
                .mode csv
                SELECT text FROM note;
                SELECT 1 AS without_a_semicolon
                """, "shell", "app.db");

        assertThat(ended.err()).isEmpty();
        assertThat(ended.exitCode()).isZero();
        assertThat(ended.out()).isEqualToNormalizingNewlines("""
                        0 rows affected
                        1 row affected
                        text
                        "a;
                        b"
                        without_a_semicolon
                        1
                        """);
    }

    @Test
    void an_error_does_not_end_it_but_is_its_exit_code() {
        commands.run("sql", "app.db", "CREATE TABLE note (text TEXT)");

        Ended ended =
                commands.runWithInput("SELECT absent;\n.bogus\nSELECT 1 AS one;\n", "shell", "app.db", "--format=json");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.err()).contains("error: ").contains("absent").contains("there is no command .bogus");
        assertThat(ended.out().strip()).isEqualTo("[{\"one\":1}]");
    }

    @Test
    void quit_ends_it() {
        Ended ended = commands.runWithInput(".quit\nSELECT 1;\n", "shell", "app.db");

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.out()).isEmpty();
    }

    @Test
    void tables_and_schema_leave_out_what_is_internal() {
        commands.run(
                "sql",
                "app.db",
                "CREATE TABLE a (x INTEGER PRIMARY KEY AUTOINCREMENT); CREATE VIEW v AS SELECT x FROM a;"
                        + " CREATE INDEX i ON a (x); CREATE TABLE _cloudsqlite_requests (y)");

        Ended ended = commands.runWithInput(".tables\n.schema A\n.schema\n", "shell", "app.db");

        assertThat(ended.err()).isEmpty();
        assertThat(ended.out()).isEqualToNormalizingNewlines("""
                        a
                        v
                        CREATE TABLE a (x INTEGER PRIMARY KEY AUTOINCREMENT);
                        CREATE INDEX i ON a (x);
                        CREATE TABLE a (x INTEGER PRIMARY KEY AUTOINCREMENT);
                        CREATE VIEW v AS SELECT x FROM a;
                        CREATE INDEX i ON a (x);
                        """);
    }

    @Test
    void help_lists_the_dot_commands() {
        assertThat(commands.runWithInput(".help\n", "shell", "app.db").out())
                .contains(".help", ".mode", ".quit", ".schema", ".tables")
                .contains("Each statement is a transaction of its own", "--transaction");
    }

    @Test
    void begin_is_answered_with_how_statements_become_one_transaction() {
        assertThat(commands.runWithInput("BEGIN;\n", "shell", "app.db").err())
                .contains("cloudsqlite sql DB - --transaction");
    }

    @Test
    void mode_says_which_there_are() {
        assertThat(commands.runWithInput(".mode xml\n", "shell", "app.db").err())
                .contains("table, json or csv");
    }
}
