package io.cloudsqlite.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.cli.Commands.Ended;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {

    @TempDir
    private Path directory;

    @Test
    void help_lists_the_commands_and_the_exit_codes() {
        Ended help = Commands.runPlain("--help");

        assertThat(help.exitCode()).isZero();
        assertThat(help.err()).isEmpty();
        assertThat(help.out())
                .contains(
                        "serve",
                        "sql",
                        "shell",
                        "list",
                        "info",
                        "import",
                        "export",
                        "delete",
                        "unlock",
                        "load-test",
                        "bench")
                .contains("history", "restore", "convert", "maintain", "verify")
                .contains("Exit codes:", "3     the database does not exist");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "serve",
                "sql",
                "shell",
                "list",
                "info",
                "import",
                "export",
                "history",
                "restore",
                "convert",
                "maintain",
                "verify",
                "delete",
                "unlock",
                "load-test",
                "bench"
            })
    void every_command_has_help(String command) {
        Ended help = Commands.runPlain(command, "--help");

        assertThat(help.exitCode()).isZero();
        assertThat(help.out()).startsWith("Usage: cloudsqlite " + command).contains("Options:", "Exit codes:");
    }

    @Test
    void help_is_a_command_too() {
        assertThat(Commands.runPlain("help")).isEqualTo(Commands.runPlain("--help"));
        assertThat(Commands.runPlain("help", "sql")).isEqualTo(Commands.runPlain("sql", "--help"));
    }

    @Test
    void version_is_that_of_the_build() {
        Ended version = Commands.runPlain("--version");

        assertThat(version.exitCode()).isZero();
        assertThat(version.out()).matches("cloudsqlite \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\\R");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bogus",
                "help bogus",
                "--bogus",
                "sql",
                "sql app.db",
                "sql ../app.db SELECT",
                "list --format xml",
                "list --store s3:bucket",
                "list --store file:",
                "list --timeout soon",
                "list --timeout 0",
                "serve --port 65536",
                "serve --maintenance-interval -1",
                "serve --storage-format zip",
                "sql app.db SELECT --as-of-txid 1 --as-of 2026-11-03",
                "sql app.db SELECT --as-of-txid 0",
                "sql app.db SELECT --as-of 2026-11-03T14:30:00",
                "export app.db file --txid 1 --time 2026-11-03",
                "restore app.db --to new.db",
                "restore app.db --txid 1",
                "restore app.db --txid 1 --time 2026-11-03 --to new.db",
                "restore app.db --txid one --to new.db",
                "convert app.db",
                "convert app.db --to zip",
                "history app.db --limit 0",
                "history app.db --before x",
                "maintain --retention -1",
                "maintain ../app.db",
                "verify app.db --format json",
                "load-test -u ftp://host",
                "load-test -u http://host -r 0",
                "load-test",
                "bench --sizes 0",
                "bench --sizes 2001",
                "bench --sizes ten",
                "bench --quick --full",
                "bench --processes 0",
                "bench --duration -1",
                "bench --get-ms -1",
                "bench --stream-mb 0",
                "bench --soak soon",
                "bench --html no/such/directory/report.html",
                "bench --soak 1 --soak-databases 0",
                "bench --store memory: --get-ms 1",
                "bench --store ftp://host"
            })
    void a_wrong_command_line_is_told_in_one_line_with_exit_code_2(String commandLine) {
        Ended ended = Commands.runPlain(commandLine.isEmpty() ? new String[0] : commandLine.split(" "));

        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).matches("cloudsqlite: [^\\n]+--help'\\)\\R");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    bogus                                              | there is no command 'bogus'
                    sql app.db SELECT more                             | too many arguments, beginning with 'more'
                    sql ../app.db SELECT                               | The database name '../app.db' is not valid
                    serve --port x                                     | 'x' is not a number
                    sql app.db SELECT --as-of-txid 1 --as-of 2026-11-03 | --as-of-txid=TXID, --as-of=TIME are mutually
                    bench --sizes 0                                    | sizes are 1 to 2000 MB, and at least one
                    bench --quick --full                               | --quick, --full are mutually exclusive
                    bench --store memory: --get-ms 1                   | a real store is as slow as it is: leave out --store
                    bench --link-mb 0                                  | a bandwidth is above 0
                    list --bogus                                       | Unknown option: '--bogus'
                    """)
    void a_wrong_command_line_is_told_in_the_words_of_the_help(String commandLine, String message) {
        Ended ended = Commands.runPlain(commandLine.split(" "));

        assertThat(ended.err()).contains(message).doesNotContain("Error:", " at index ", " int ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"serve", "sql", "export", "restore"})
    void help_breaks_no_line_within_a_url_or_a_time(String command) {
        assertThat(Commands.runPlain(command, "--help").out().lines())
                .noneMatch(line -> line.endsWith("s3:") || line.endsWith("30:") || line.endsWith("file:."))
                .noneMatch(line -> line.endsWith("[?") || line.endsWith(" -p"));
    }

    @Test
    void a_store_that_is_not_supported_is_answered_with_those_that_are() {
        Ended ended = Commands.runPlain("list", "--store", "s3:bucket");

        assertThat(ended.err()).contains("'s3:bucket'", "file:DIR", "memory:");
    }

    @Test
    void a_database_that_does_not_exist_has_exit_code_3() {
        Ended ended = new Commands(directory).run("info", "absent.db");

        assertThat(ended.exitCode()).isEqualTo(3);
        assertThat(ended.err()).matches("cloudsqlite: .*'absent.db' does not exist.*\\R");
    }

    @Test
    void a_store_that_cannot_be_opened_is_named_and_has_exit_code_4() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));

        Ended ended = Commands.runPlain("list", "--store", "file:" + file);

        assertThat(ended.exitCode()).isEqualTo(4);
        assertThat(ended.err()).matches("cloudsqlite: cannot open file:" + file + ": it is not a directory\\R");
    }

    @Test
    void what_the_locale_garbled_is_refused() {
        Ended ended = Commands.runPlain("sql", "app.db", "SELECT '\uFFFD\uFFFD'", "--store=memory:");

        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.err()).contains("set LC_ALL to one of UTF-8");
    }

    @Test
    void only_verbose_shows_where_an_error_came_from() {
        Commands commands = new Commands(directory);

        assertThat(commands.run("info", "absent.db").err()).doesNotContain("\tat ");
        assertThat(commands.run("info", "absent.db", "--verbose").err()).contains("\tat io.cloudsqlite");
    }
}
