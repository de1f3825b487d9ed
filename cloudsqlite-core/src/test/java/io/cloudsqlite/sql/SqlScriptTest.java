package io.cloudsqlite.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.SqlFailedException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqlScriptTest {

    private static final String TRIGGER =
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; SELECT CASE WHEN 1 THEN 2 END; END;";

    @Test
    void semicolons_separate_statements() {
        assertThat(SqlScript.split("SELECT 1; SELECT 2 ;SELECT 3")).containsExactly("SELECT 1", "SELECT 2", "SELECT 3");
    }

    @Test
    void the_last_semicolon_is_optional() {
        assertThat(SqlScript.split("SELECT 1;")).isEqualTo(List.of("SELECT 1"));
        assertThat(SqlScript.split("SELECT 1")).isEqualTo(List.of("SELECT 1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 'a;b';",
                "SELECT \"a;b\";",
                "SELECT [a;b], `c;d`;",
                "SELECT 1 /* a;b */ + 2;",
                "SELECT 1 -- a;b\n + 2;",
                TRIGGER
            })
    void a_semicolon_that_ends_nothing_does_not_split(String statement) {
        String alone = statement.substring(0, statement.length() - 1);
        assertThat(SqlScript.split(statement)).containsExactly(alone);
        assertThat(SqlScript.split(statement + "\nSELECT 9")).containsExactly(alone, "SELECT 9");
        assertThat(SqlScript.split("EXPLAIN " + statement)).containsExactly("EXPLAIN " + alone);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n", ";", " ; ;; ", "-- SELECT 1;", "/* SELECT 1; */", "-- a\n;-- b"})
    void there_may_be_no_statement_at_all(String nothing) {
        assertThat(SqlScript.split(nothing)).isEmpty();
        assertThat(SqlScript.isComplete("")).isTrue();
    }

    @Test
    void a_semicolon_in_a_comment_before_a_statement_ends_nothing() {
        assertThat(SqlScript.split("-- one; two\nSELECT 1; /* three; */ SELECT 2"))
                .containsExactly("SELECT 1", "SELECT 2");
    }

    @Test
    void a_statement_that_is_not_allowed_is_still_one() {
        assertThat(SqlScript.split("ATTACH 'x' AS y; SELECT 1;")).containsExactly("ATTACH 'x' AS y", "SELECT 1");
    }

    @Test
    void a_quote_that_is_not_closed_is_told_before_anything_is_run() {
        assertThatThrownBy(() -> SqlScript.split("SELECT 1; SELECT 'a; SELECT 2;"))
                .isInstanceOf(SqlFailedException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT 1;", "SELECT 1; SELECT 2;", "SELECT 1; -- done", ";", "-- only a comment", TRIGGER})
    void input_is_complete_after_a_semicolon(String input) {
        assertThat(SqlScript.isComplete(input)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 1",
                "SELECT 1; SELECT 2",
                "SELECT 'a;",
                "/* a;",
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1;",
                "EXPLAIN",
                "EXPLAIN CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1;"
            })
    void input_that_ends_elsewhere_is_not(String input) {
        assertThat(SqlScript.isComplete(input)).isFalse();
    }
}
