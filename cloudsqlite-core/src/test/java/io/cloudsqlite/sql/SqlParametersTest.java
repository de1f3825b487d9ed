package io.cloudsqlite.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.SqlFailedException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SqlParametersTest {

    private static final List<String> WRITTEN =
            List.of("?", "?1", "?3", "?7", "?03", ":a", ":b", "@a", "$a", "$a::b(c)", "#a", ":A");

    private static Object[] values(SqlStatement statement) {
        return SqlParameters.of(SqlTokenizer.tokenize(statement.sql())).valuesFrom(statement);
    }

    @Test
    void numbers_are_those_of_sqlite() throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:")) {
            for (long seed = 0; seed < 500; seed++) {
                String sql = randomSelect(seed);
                SqlParameters parameters = SqlParameters.of(SqlTokenizer.tokenize(sql));
                try (PreparedStatement statement = connection.prepareStatement(sql)) {
                    assertThat(parameters.count())
                            .as("seed %d: %s", seed, sql)
                            .isEqualTo(statement.getParameterMetaData().getParameterCount());
                }
            }
        }
    }

    private static String randomSelect(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return random.ints(random.nextInt(1, 8), 0, WRITTEN.size())
                .mapToObj(WRITTEN::get)
                .collect(Collectors.joining(", ", "SELECT '?', \":x\", ", " -- ?9"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"SELECT ?, :a, ?, :a|:a|2", "SELECT ?5, :a|:a|6", "SELECT :a, ?1, :b|:b|2", "SELECT ?2, ?|?2|2"})
    void a_name_is_numbered_where_it_first_occurs(String sql, String name, int number) {
        assertThat(SqlParameters.of(SqlTokenizer.tokenize(sql)).number(name)).contains(number);
    }

    @Test
    void positional_values_go_by_number() {
        assertThat(values(SqlStatement.of("SELECT ?2, ?1", "a", "b"))).containsExactly("a", "b");
        assertThat(values(SqlStatement.of("SELECT :x, ?", "a", null))).containsExactly("a", null);
    }

    @Test
    void named_values_are_found_with_their_prefix_or_without() {
        assertThat(values(SqlStatement.named("SELECT :a, @b, $c", Map.of("a", 1, "@b", 2, "c", 3))))
                .containsExactly(1, 2, 3);
        assertThat(values(SqlStatement.named("SELECT ?3", Map.of("?3", "x")))).containsExactly(null, null, "x");
    }

    @Test
    void wrong_values_are_refused_without_being_shown() {
        for (SqlStatement wrong : Arrays.asList(
                SqlStatement.of("SELECT ?"),
                SqlStatement.of("SELECT ?", "secret", "secret"),
                SqlStatement.of("SELECT 1", "secret"),
                SqlStatement.named("SELECT :a, :b", Map.of("a", "secret")),
                SqlStatement.named("SELECT :a", Map.of("b", "secret")),
                SqlStatement.named("SELECT :a", Map.of("a", "secret", ":a", "secret")),
                SqlStatement.named("SELECT :a, ?", Map.of("a", "secret")))) {
            assertThatThrownBy(() -> values(wrong))
                    .isInstanceOfSatisfying(
                            SqlFailedException.class,
                            e -> assertThat(e.sqliteCode()).matches("SQLITE_(RANGE|MISUSE)"))
                    .message()
                    .doesNotContain("secret");
        }
    }

    @Test
    void a_wrong_number_of_values_is_told_with_the_right_one() {
        assertThatThrownBy(() -> values(SqlStatement.of("SELECT ?", 1, 2)))
                .hasMessage("The number of parameters of the statement is 1, that of the values given is 2");
    }

    @Test
    void a_huge_number_is_refused_before_it_costs_memory() {
        assertThatThrownBy(() -> values(SqlStatement.of("SELECT ?32767")))
                .isInstanceOf(SqlFailedException.class)
                .hasMessageContaining("between ?1 and ?32766");
    }
}
