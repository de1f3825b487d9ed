package io.cloudsqlite.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StatementNotAllowedException;
import io.cloudsqlite.sql.Token.Kind;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SqlTokenizerTest {

    private static final String[] PIECES = {
        "SELECT",
        "create",
        "TRIGGER",
        "TEMP",
        "BEGIN",
        "END",
        "WITH",
        "insert",
        "PRAGMA",
        "vacuum",
        "EXPLAIN",
        "QUERY",
        "PLAN",
        "USING",
        "x'",
        "X",
        "'",
        "''",
        "\"",
        "`",
        "[",
        "]",
        "(",
        ")",
        ";",
        ",",
        ".",
        "--",
        "\n",
        "/*",
        "*/",
        "*",
        "/",
        "-",
        "?",
        "?1",
        "?99999",
        ":a",
        "@b",
        "$c",
        "$d::e(f",
        "::",
        ":",
        "#",
        "0",
        "1e",
        "1e+5",
        "0xff",
        ".5",
        "1.",
        " ",
        "\t",
        "\u000b",
        "\uFEFF",
        "\u00e9",
        "\u0000",
        "\ud83d",
        "\ude00",
        "main",
        "temp",
        "fts5",
        "pragma_x",
        "=",
        "\\"
    };

    private static List<String> texts(String sql) {
        return SqlTokenizer.tokenize(sql).stream().map(Token::text).toList();
    }

    private static List<Kind> kinds(String sql) {
        return SqlTokenizer.tokenize(sql).stream().map(Token::kind).toList();
    }

    @Test
    void quotes_end_where_sqlite_ends_them() {
        assertThat(texts("'it''s' \"a\"\"b\" `c``d` [e]]f]"))
                .containsExactly("'it''s'", "\"a\"\"b\"", "`c``d`", "[e]", "]", "f", "]");
        assertThat(kinds("'s' \"q\" `q` [q]"))
                .containsExactly(Kind.STRING, Kind.QUOTED_NAME, Kind.QUOTED_NAME, Kind.QUOTED_NAME);
        assertThat(texts("'; -- /*' x'00' X'ff''s'")).containsExactly("'; -- /*'", "x'00'", "X'ff'", "'s'");
    }

    @Test
    void comments_and_space_separate_and_vanish() {
        assertThat(texts("a/**/b--c\nd /* ' */ e--")).containsExactly("a", "b", "d", "e");
        assertThat(texts("\uFEFFa\f\r\n\tb")).containsExactly("a", "b");
        assertThat(texts("a-b/c-->")).containsExactly("a", "-", "b", "/", "c");
    }

    @Test
    void a_vertical_tab_is_no_space_and_letters_beyond_ascii_are_names() {
        assertThat(kinds("a\u000bb")).containsExactly(Kind.WORD, Kind.SYMBOL, Kind.WORD);
        assertThat(texts("\u00e9t\u00e9\u00a0x \ud83d\ude00 a$b _c"))
                .containsExactly("\u00e9t\u00e9\u00a0x", "\ud83d\ude00", "a$b", "_c");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "1.5", ".5", "1.", "1e10", "1e-5", "1.5E+3", "0xfF", "1_000", "12ab", "0x1e5"})
    void a_number_is_one_token(String number) {
        assertThat(kinds(number + "+a")).containsExactly(Kind.NUMBER, Kind.SYMBOL, Kind.WORD);
    }

    @Test
    void a_sign_belongs_to_a_number_only_after_a_decimal_exponent() {
        assertThat(texts("0x1e-5 1e-x t.a 1-1"))
                .containsExactly("0x1e", "-", "5", "1e", "-", "x", "t", ".", "a", "1", "-", "1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"?", "?12", ":a", "@a1", "$a", "$a::b", "$a::b(c:d)", "#a", ":\u00e9", "@1"})
    void a_parameter_is_one_token(String parameter) {
        assertThat(texts("(" + parameter + ")")).containsExactly("(", parameter, ")");
        assertThat(kinds(parameter)).containsExactly(Kind.PARAMETER);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {"Name|name", "\"Na\"\"me\"|na\"me", "`N``m`|n`m", "[Na]|na", "'N''m'|n'm"})
    void a_name_loses_its_quotes_and_its_case(String written, String name) {
        assertThat(SqlTokenizer.tokenize(written).get(0).name()).isEqualTo(name);
    }

    @Test
    void only_ascii_letters_lose_their_case() {
        Token kelvin = SqlTokenizer.tokenize("BAC\u212aUP").get(0);
        assertThat(kelvin.name()).isEqualTo("bac\u212aup");
        assertThat(kelvin.isKeyword("backup")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'", "'a''", "\"", "`", "[", "x'00", "/*", "/* *", ":", "@", "$", "#", "$a(b c)", "$a(b", "a\u0000",
                "\ud800", "\ude00a"
            })
    void what_is_not_closed_or_not_faithful_is_refused(String sql) {
        assertThatThrownBy(() -> SqlTokenizer.tokenize(sql))
                .isInstanceOfSatisfying(
                        SqlFailedException.class,
                        e -> assertThat(e.sqliteCode()).isEqualTo("SQLITE_ERROR"))
                .message()
                .hasSizeLessThan(200);
    }

    @Test
    void random_text_is_read_or_refused_and_nothing_else() {
        SqlExecutor executor = SqlExecutor.guarded(SqlLimits.DEFAULT);
        for (long seed = 0; seed < 20_000; seed++) {
            String sql = randomText(seed);
            try {
                List<Token> tokens = SqlTokenizer.tokenize(sql);
                assertThat(tokens).as("seed %d: %s", seed, sql).allMatch(token -> token.start() < token.end());
                executor.classify(SqlStatement.of(sql));
                SqlParameters.of(tokens);
            } catch (SqlFailedException | StatementNotAllowedException e) {
                assertThat(e.getMessage()).as("seed %d", seed).isNotBlank();
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + sql, e);
            }
        }
    }

    private static String randomText(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        StringBuilder sql = new StringBuilder();
        for (int pieces = random.nextInt(1, 30); pieces > 0; pieces--) {
            sql.append(PIECES[random.nextInt(PIECES.length)]).append(random.nextBoolean() ? " " : "");
        }
        return sql.toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'",
                "''",
                "/**/",
                "--\n",
                "(",
                ";",
                "?",
                "[",
                "]",
                "x'",
                "a ",
                "$a(",
                "1e+",
                "\"\"\"",
                "/*",
                ":a",
                "\ud83d\ude00"
            })
    void a_million_characters_take_no_time(String piece) {
        String sql = piece.repeat(1_000_000 / piece.length());
        assertTimeout(Duration.ofSeconds(5), () -> {
            try {
                SqlExecutor.guarded(SqlLimits.DEFAULT).classify(SqlStatement.of("SELECT " + sql));
            } catch (SqlFailedException e) {
                assertThat(e.getMessage()).hasSizeLessThan(200);
            }
        });
    }
}
