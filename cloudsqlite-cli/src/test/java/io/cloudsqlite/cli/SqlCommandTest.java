package io.cloudsqlite.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.cli.Commands.Ended;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqlCommandTest {

    @TempDir
    private Path directory;

    private Commands commands;

    @BeforeEach
    void create_a_table() {
        commands = new Commands(directory);
        Ended created = commands.run("sql", "app.db", "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT UNIQUE)");
        assertThat(created.exitCode()).isZero();
    }

    @Test
    void rows_are_shown_as_a_table() {
        commands.run("sql", "app.db", "INSERT INTO note (text) VALUES ('one'), (NULL)");

        Ended ended = commands.run("sql", "app.db", "SELECT * FROM note ORDER BY id");

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.out()).isEqualToNormalizingNewlines("""
                        +----+------+
                        | id | text |
                        +----+------+
                        |  1 | one  |
                        |  2 | NULL |
                        +----+------+
                        (2 rows)
                        """);
    }

    @Test
    void a_change_is_told_by_its_rows() {
        Ended ended = commands.run("sql", "app.db", "INSERT INTO note (text) VALUES ('one')");

        assertThat(ended.out()).isEqualToNormalizingNewlines("1 row affected\n");
    }

    @Test
    void parameters_have_the_types_of_their_literals() {
        Ended ended = commands.run(
                "sql",
                "app.db",
                "SELECT typeof(?) || typeof(?) || typeof(?) || typeof(?) || typeof(?) AS types",
                "-p",
                "-7",
                "-p",
                "2.5",
                "-p",
                "null",
                "-p",
                "X'00'",
                "-p",
                "@it's text",
                "--format",
                "csv");

        assertThat(ended.err()).isEmpty();
        assertThat(ended.out()).isEqualTo("types\r\nintegerrealnullblobtext\r\n");
    }

    @Test
    void a_script_comes_from_standard_input() {
        String script = """
                -- two; rows
                INSERT INTO note (text) VALUES ('a;b');
                INSERT INTO note (text) VALUES ('é');
                SELECT text FROM note ORDER BY id
                """;

        Ended ended = commands.runWithInput(script, "sql", "app.db", "-", "--format", "json");

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.out()).isEqualToNormalizingNewlines("""
                        {"rows_affected":1,"last_insert_id":1}
                        {"rows_affected":1,"last_insert_id":2}
                        [{"text":"a;b"},{"text":"é"}]
                        """);
    }

    @Test
    void a_script_stops_at_its_first_error_and_keeps_what_came_before() {
        Ended ended = commands.run(
                "sql",
                "app.db",
                "INSERT INTO note (text) VALUES ('kept'); INSERT INTO nowhere VALUES (1); DELETE FROM note");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.err())
                .matches("cloudsqlite: statement 2 of 3: .*nowhere.* \\(what was run before it stays\\)\\R");
        assertThat(texts()).isEqualTo("kept");
    }

    @Test
    void a_script_in_one_transaction_leaves_nothing_of_it_when_it_fails() {
        Ended ended = commands.run(
                "sql",
                "app.db",
                "INSERT INTO note (text) VALUES ('dropped'); INSERT INTO nowhere VALUES (1)",
                "--transaction");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(texts()).isEmpty();
    }

    @Test
    void a_script_in_one_transaction_shows_the_result_of_each_statement() {
        Ended ended = commands.run(
                "sql",
                "app.db",
                "INSERT INTO note (text) VALUES ('one'); SELECT count(*) AS n FROM note",
                "--transaction",
                "--format=csv");

        assertThat(ended.out()).isEqualTo("n\r\n1\r\n");
    }

    @Test
    void parameters_for_several_statements_are_refused() {
        Ended ended = commands.run("sql", "app.db", "SELECT ?; SELECT ?", "-p", "1");

        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.err()).contains("parameters go with one statement, and these are 2");
    }

    @Test
    void sql_without_a_statement_is_refused() {
        assertThat(commands.run("sql", "app.db", " ; -- nothing").exitCode()).isEqualTo(2);
        assertThat(commands.run("sql", "app.db", "-").exitCode()).isEqualTo(2);
    }

    @Test
    void an_error_of_sqlite_is_one_line() {
        Ended ended = commands.run("sql", "app.db", "SELECT\nfoo");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).matches("cloudsqlite: .*foo.*\\R");
    }

    @Test
    void a_constraint_that_is_violated_fails() {
        Ended ended = commands.run("sql", "app.db", "INSERT INTO note (text) VALUES ('same'), ('same')");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.err()).contains("UNIQUE").contains("note.text");
    }

    @Test
    void reading_a_database_that_does_not_exist_has_exit_code_3() {
        assertThat(commands.run("sql", "absent.db", "SELECT * FROM note").exitCode())
                .isEqualTo(3);
    }

    @Test
    void memory_is_a_store_for_one_command() {
        Ended ended = Commands.runPlain(
                "sql",
                "app.db",
                "CREATE TABLE t (x); INSERT INTO t VALUES (1)",
                "--store=memory:",
                "--work-dir=" + directory);

        assertThat(ended.err()).isEmpty();
        assertThat(ended.exitCode()).isZero();
    }

    private String texts() {
        return commands.run("sql", "app.db", "SELECT group_concat(text) AS t FROM note", "--format=csv")
                .out()
                .substring("t\r\n".length())
                .strip();
    }
}
