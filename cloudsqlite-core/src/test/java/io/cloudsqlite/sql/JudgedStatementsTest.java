package io.cloudsqlite.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.StatementNotAllowedException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class JudgedStatementsTest {

    private final AtomicInteger judgements = new AtomicInteger();
    private final JudgedStatements statements = new JudgedStatements(text -> {
        judgements.incrementAndGet();
        if (text.verb().equals("attach")) {
            throw new StatementNotAllowedException("no");
        }
        return text.verb().equals("select") ? StatementKind.READ : StatementKind.WRITE;
    });

    @Test
    void text_that_comes_again_is_not_judged_again() {
        // when
        JudgedStatements.Judged first = statements.judge("SELECT 1;");

        // then
        assertThat(statements.judge("SELECT 1;")).isSameAs(first);
        assertThat(first.kind()).isEqualTo(StatementKind.READ);
        assertThat(first.text().text()).isEqualTo("SELECT 1");
        assertThat(statements.judge("DELETE FROM t").kind()).isEqualTo(StatementKind.WRITE);
        assertThat(judgements).hasValue(2);
    }

    @Test
    void text_that_is_refused_is_refused_each_time() {
        for (int i = 1; i <= 3; i++) {
            assertThatThrownBy(() -> statements.judge("ATTACH 'x' AS y"))
                    .isInstanceOf(StatementNotAllowedException.class);
            assertThat(judgements).hasValue(i);
        }
        assertThat(statements.size()).isZero();
    }

    @Test
    void number_of_texts_is_bounded_and_the_least_recently_used_goes_first() {
        // given
        statements.judge("SELECT 'often'");

        // when
        for (int i = 0; i < 2 * JudgedStatements.MAX_STATEMENTS; i++) {
            statements.judge("SELECT " + i);
            statements.judge("SELECT 'often'");
        }

        // then
        assertThat(statements.size()).isEqualTo(JudgedStatements.MAX_STATEMENTS);
        assertThat(judgements).hasValue(2 * JudgedStatements.MAX_STATEMENTS + 1);
    }

    @Test
    void long_text_is_not_kept() {
        // given
        String longText = "SELECT '" + "x".repeat(JudgedStatements.MAX_TEXT_LENGTH) + "'";

        // when
        statements.judge(longText);
        statements.judge(longText);

        // then
        assertThat(judgements).hasValue(2);
        assertThat(statements.size()).isZero();
    }
}
