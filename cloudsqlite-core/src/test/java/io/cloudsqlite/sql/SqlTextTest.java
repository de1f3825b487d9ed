package io.cloudsqlite.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.SqlFailedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SqlTextTest {

    @Test
    void semicolons_and_comments_around_a_statement_are_left_out() {
        assertThat(SqlText.parse(" ;; -- first\n SELECT 1 /* in */ + 2 ; /* last */ ; ")
                        .text())
                .isEqualTo("SELECT 1 /* in */ + 2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; UPDATE t SET a = 'END;'; END",
                "create temp trigger g after insert on t begin select case when 1 then 2 end; end",
                "CREATE TRIGGER IF NOT EXISTS g BEFORE DELETE ON t WHEN old.a BEGIN DELETE FROM t; /* ; */ END",
            })
    void semicolons_within_a_trigger_end_nothing(String trigger) {
        assertThat(SqlText.parse(trigger + " ; ").text()).isEqualTo(trigger);
        assertThatThrownBy(() -> SqlText.parse(trigger + "; SELECT 2"))
                .isInstanceOf(SqlFailedException.class)
                .hasMessageContaining("second statement");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "select 1|select",
                "WITH x AS (INSERT) SELECT 1|select",
                "WITH x(a) AS (SELECT 1), y AS (SELECT 2) INSERT INTO t SELECT a FROM x|insert",
                "WITH RECURSIVE replace AS (SELECT 1) DELETE FROM t|delete",
                "WITH replace AS (SELECT 1), update AS (SELECT 2) SELECT * FROM replace|select",
                "WITH x AS MATERIALIZED (VALUES (1)) VALUES (2)|values",
                "WITH x AS (SELECT ')') REPLACE INTO t SELECT 1|replace",
                "WITH x AS (SELECT 1)|with",
                "EXPLAIN QUERY PLAN WITH x AS (SELECT 1) UPDATE t SET a = 1|update",
                "explain drop table t|drop"
            })
    void the_verb_is_what_the_statement_does(String sql, String verb) {
        assertThat(SqlText.parse(sql).verb()).isEqualTo(verb);
    }

    @Test
    void explain_is_told_apart_from_what_it_explains() {
        assertThat(SqlText.parse("EXPLAIN SELECT 1").explained()).isTrue();
        assertThat(SqlText.parse("EXPLAIN SELECT 1").text()).isEqualTo("EXPLAIN SELECT 1");
        assertThat(SqlText.parse("SELECT 1").explained()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", ";", "-- a", "/* a */;", "\uFEFF"})
    void no_statement_is_refused_with_a_clear_message(String sql) {
        assertThatThrownBy(() -> SqlText.parse(sql))
                .isInstanceOf(SqlFailedException.class)
                .hasMessageContaining("no statement");
    }
}
