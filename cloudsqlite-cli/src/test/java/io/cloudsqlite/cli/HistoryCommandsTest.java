package io.cloudsqlite.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.cli.Commands.Ended;
import io.cloudsqlite.format.MaintenanceReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The commands that the format {@code log} brings: {@code history}, {@code restore}, {@code convert}, {@code maintain}, {@code
 * verify}, and reading earlier states with {@code sql} and {@code export}.
 */
class HistoryCommandsTest {

    @TempDir
    private Path directory;

    private Commands commands;

    @BeforeEach
    void make_history() {
        commands = new Commands(directory);
        succeed(
                "sql",
                "app.db",
                "CREATE TABLE t AS SELECT 1 AS n; UPDATE t SET n = 2; UPDATE t SET n = 3; UPDATE t SET n = 4");
    }

    private String succeed(String... command) {
        Ended ended = commands.run(command);
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(ended.err()).isEmpty();
        return ended.out();
    }

    private Ended fail(int exitCode, String... command) {
        Ended ended = commands.run(command);
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(exitCode);
        return ended;
    }

    private String numberIn(String database, String... options) {
        return succeed(Stream.concat(Stream.of("sql", database, "SELECT n FROM t", "--format=csv"), Stream.of(options))
                        .toArray(String[]::new))
                .replace("n\r\n", "")
                .strip();
    }

    // ---- history

    @Test
    void history_lists_transactions_newest_first() {
        String history = succeed("history", "app.db", "--format=csv");

        assertThat(history)
                .matches("from_txid,txid,time,pages,bytes\r\n4,4,20[^,]+Z,[0-9]+,[0-9]+\r\n(.*\r\n){3}")
                .containsSubsequence("\n4,4,", "\n3,3,", "\n2,2,", "\n1,1,");
    }

    @Test
    void history_is_bounded_and_goes_on_before_a_transaction() {
        assertThat(succeed("history", "app.db", "--format=csv", "--limit=2").lines())
                .hasSize(3);
        assertThat(succeed("history", "app.db", "--format=csv", "--before=3"))
                .contains("\n2,", "\n1,")
                .doesNotContain("\n3,");
        assertThat(succeed("history", "app.db", "--format=json", "--limit=1"))
                .matches("\\[\\{\"from_txid\":4,\"txid\":4,\"time\":\"[^\"]+\",\"pages\":1,\"bytes\":[0-9]+}]\\R");
    }

    @Test
    void a_database_in_format_file_has_no_history() {
        succeed("convert", "app.db", "--to=file");

        assertThat(fail(1, "history", "app.db").err()).contains("keeps no history", "begins with that");
        assertThat(fail(3, "history", "absent.db").err()).contains("'absent.db' does not exist");
    }

    // ---- sql, export, restore

    @Test
    void sql_reads_an_earlier_state() {
        assertThat(numberIn("app.db", "--as-of-txid=2")).isEqualTo("2");
        assertThat(numberIn("app.db", "--as-of=2100-01-01")).isEqualTo("4");
        assertThat(numberIn("app.db", "--as-of-txid=1", "--transaction")).isEqualTo("1");
        assertThat(fail(1, "sql", "app.db", "SELECT 1", "--as-of=2001-01-01T00:00:00+02:00")
                        .err())
                .contains("did not exist at 2000-12-31T22:00:00Z");
        assertThat(fail(1, "sql", "app.db", "DELETE FROM t", "--as-of-txid=2").err())
                .contains("can only be read");
        assertThat(numberIn("app.db")).isEqualTo("4");
    }

    @Test
    void export_writes_an_earlier_state() {
        Path file = directory.resolve("past.sqlite");

        assertThat(succeed("export", "app.db", file.toString(), "--txid=3"))
                .contains("exported app.db at transaction 3");
        succeed("import", "copy.db", file.toString());

        assertThat(numberIn("copy.db")).isEqualTo("3");
        succeed("export", "app.db", file.toString(), "--force", "--time=2100-01-01T00:00:00Z");
        succeed("import", "copy.db", file.toString(), "--replace");
        assertThat(numberIn("copy.db")).isEqualTo("4");
    }

    @Test
    void restore_makes_an_earlier_state_a_new_database() {
        assertThat(succeed("restore", "app.db", "--txid=2", "--to=before.db"))
                .isEqualToNormalizingNewlines("restored app.db to before.db, as its transaction 1\n");

        assertThat(numberIn("before.db")).isEqualTo("2");
        assertThat(numberIn("app.db")).isEqualTo("4");
        assertThat(fail(1, "restore", "app.db", "--txid=2", "--to=before.db").err())
                .contains("'before.db' exists already", "delete it first");
        assertThat(fail(1, "restore", "app.db", "--txid=99", "--to=other.db").err())
                .contains("transaction 99", "newest is 4");
        fail(3, "restore", "absent.db", "--txid=1", "--to=other.db");
        fail(3, "info", "other.db");
    }

    @Test
    void restore_goes_back_to_a_time() {
        Matcher time = Pattern.compile("\"txid\":4,\"time\":\"([^\"]+)\"")
                .matcher(succeed("history", "app.db", "--format=json"));
        assertThat(time.find()).isTrue();
        // A whole millisecond is the finest that is kept.
        succeed("restore", "app.db", "--time=" + time.group(1), "--to=now.db", "--storage-format=file");

        assertThat(numberIn("now.db")).isEqualTo("4");
        assertThat(formatOf("now.db")).isEqualTo("file");
    }

    // ---- convert, and the format of new databases

    private String formatOf(String database) {
        return succeed("info", database, "--format=json").replaceAll("(?s).*\"format\":\"([a-z]+)\".*", "$1");
    }

    @Test
    void convert_goes_both_ways_and_keeps_the_content() {
        assertThat(succeed("convert", "app.db", "--to=file"))
                .contains("converted app.db to format file as transaction 5");
        assertThat(formatOf("app.db")).isEqualTo("file");
        assertThat(numberIn("app.db")).isEqualTo("4");
        assertThat(succeed("convert", "app.db", "--to", "FILE")).contains("app.db is stored in format file already");

        assertThat(succeed("convert", "app.db", "--to=log")).contains("as transaction 6");
        assertThat(formatOf("app.db")).isEqualTo("log");
        assertThat(numberIn("app.db")).isEqualTo("4");
        fail(3, "convert", "absent.db", "--to=log");
    }

    @ParameterizedTest
    @CsvSource({"sql, file", "sql, log", "shell, file", "import, file"})
    void whatever_creates_a_database_can_say_its_format(String command, String format) {
        Path file = directory.resolve("app.sqlite");
        succeed("export", "app.db", file.toString());
        String argument = command.equals("sql") ? "CREATE TABLE t (x)" : file.toString();
        String[] line = command.equals("shell")
                ? new String[] {"shell", "new.db", "--storage-format=" + format}
                : new String[] {command, "new.db", argument, "--storage-format=" + format};

        Ended ended = commands.runWithInput("CREATE TABLE t (x);", line);

        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(formatOf("new.db")).isEqualTo(format);
    }

    @Test
    void a_database_keeps_its_format_whatever_the_format_of_new_ones() {
        succeed("sql", "app.db", "UPDATE t SET n = 5", "--storage-format=file");

        assertThat(formatOf("app.db")).isEqualTo("log");
    }

    @Test
    void info_tells_how_long_the_log_is() {
        assertThat(succeed("info", "app.db"))
                .containsPattern("\\| format +\\| log ")
                .containsPattern("\\| log_length +\\| 4 ")
                .containsPattern("\\| log_bytes +\\| [1-9][0-9]+ ");
    }

    // ---- maintain

    @Test
    void maintain_does_what_is_due_for_every_database() {
        String noise = "UPDATE big SET x = randomblob(5000000)";
        succeed("sql", "big.db", "CREATE TABLE big AS SELECT randomblob(5000000) AS x; " + noise);
        succeed("sql", "plain.db", "CREATE TABLE t (x)", "--storage-format=file");

        String all = succeed("maintain");

        assertThat(all).isEqualToNormalizingNewlines("""
                app.db: nothing was due
                big.db: made a checkpoint
                plain.db: nothing was due
                """);
        assertThat(succeed("maintain", "big.db", "--retention=0"))
                .isEqualToNormalizingNewlines("big.db: nothing was due\n");
        assertThat(succeed("verify", "big.db")).contains("sound from transaction 1 to 2");
    }

    @Test
    void maintain_goes_on_after_a_failure_and_tells_of_it() {
        Ended ended = fail(3, "maintain", "absent.db", "app.db");

        assertThat(ended.out()).isEqualToNormalizingNewlines("app.db: nothing was due\n");
        assertThat(ended.err()).matches("cloudsqlite: absent.db: .*does not exist.*\\R");
    }

    @Test
    void maintenance_is_described_in_one_line() {
        assertThat(MaintainCommand.describe(MaintenanceReport.NOTHING)).isEqualTo("nothing was due");
        assertThat(MaintainCommand.describe(new MaintenanceReport(true, 8, 1, 4096)))
                .isEqualTo("made a checkpoint, merged 8 segments, deleted 1 object of 4096 bytes in all");
    }

    // ---- verify

    @Test
    void verify_tells_what_is_sound() {
        succeed("sql", "plain.db", "CREATE TABLE t (x)", "--storage-format=file");

        assertThat(succeed("verify").lines().toList())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .matches(
                                        "app.db: sound from transaction 1 to 4, format log, 2 states rebuilt from \\d+ bytes"),
                        line -> assertThat(line)
                                .matches(
                                        "plain.db: sound at transaction 1, format file, 1 state rebuilt from \\d+ bytes"));
    }

    @Test
    void verify_of_a_damaged_database_fails_and_the_others_are_verified_all_the_same() throws IOException {
        succeed("sql", "fine.db", "CREATE TABLE t (x)");
        flipOneByteOf(directory.resolve("store/app.db"));

        Ended ended = fail(6, "verify");

        assertThat(ended.out()).contains("fine.db: sound").doesNotContain("app.db");
        assertThat(ended.err()).startsWith("cloudsqlite: app.db: ").contains("damaged");
        assertThat(ended.err().lines()).hasSize(1);
    }

    @Test
    void delete_takes_a_damaged_database_too() throws IOException {
        flipOneByteOf(directory.resolve("store/app.db"));

        Ended deleted = commands.run("delete", "app.db", "--yes");
        assertThat(deleted.exitCode()).isZero();
        assertThat(deleted.out()).contains("deleted app.db");
        assertThat(deleted.err()).contains("app.db is damaged");

        fail(3, "info", "app.db");
    }

    @Test
    void a_manifest_without_its_metadata_is_recognised_by_its_bytes() throws IOException {
        Path manifest = directory.resolve("store/app.db");
        Files.setLastModifiedTime(manifest, FileTime.fromMillis(1_000));

        assertThat(succeed("verify", "app.db")).contains("sound from transaction 1 to 4, format log");
        assertThat(succeed("info", "app.db")).contains("log");
    }

    /** In place, with the time of modification that it had, as a failing disk would. */
    private static void flipOneByteOf(Path object) throws IOException {
        byte[] bytes = Files.readAllBytes(object);
        var time = Files.getLastModifiedTime(object);
        bytes[bytes.length / 2] ^= 1;
        Files.write(object, bytes);
        Files.setLastModifiedTime(object, time);
    }
}
