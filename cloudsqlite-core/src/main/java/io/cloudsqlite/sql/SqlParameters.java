package io.cloudsqlite.sql;

import io.cloudsqlite.SqlFailedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of one statement, numbered as SQLite numbers them: {@code ?} is one more than the largest so far,
 * {@code ?NNN} is NNN, and a name is one more than the largest where it first occurs. SQLite knows the names too, but the
 * driver does not hand them out.
 */
final class SqlParameters {

    /** SQLite's own bound, which also bounds what {@code ?32766} makes us allocate. */
    private static final int MAX_COUNT = 32_766;

    private final Map<String, Integer> numbers = new HashMap<>();

    /** How each number is written in the SQL; null for one that no parameter has, such as 1 if there is only {@code ?2}. */
    private final List<@Nullable String> labels = new ArrayList<>();

    private SqlParameters() {}

    static SqlParameters of(List<Token> tokens) {
        SqlParameters parameters = new SqlParameters();
        for (Token token : tokens) {
            if (token.kind() == Token.Kind.PARAMETER) {
                parameters.add(token.text());
            }
        }
        return parameters;
    }

    /** The largest number, which is how many values SQLite wants. */
    int count() {
        return labels.size();
    }

    /** The number of the parameter that is written {@code name} in the SQL. */
    Optional<Integer> number(String name) {
        return Optional.ofNullable(numbers.get(name));
    }

    private void add(String written) {
        boolean anonymous = written.equals("?");
        if (!anonymous && numbers.containsKey(written)) {
            return;
        }
        boolean numbered = !anonymous && written.charAt(0) == '?';
        int number = numbered ? parseNumber(written.substring(1)) : count() + 1;
        if (number > MAX_COUNT) {
            throw new SqlFailedException("too many SQL variables", "SQLITE_ERROR", null);
        }
        while (count() < number) {
            labels.add(null);
        }
        if (anonymous) {
            labels.set(number - 1, "?" + number);
        } else {
            labels.set(number - 1, written);
            numbers.put(written, number);
        }
    }

    private static int parseNumber(String digits) {
        String significant = digits.replaceFirst("^0+", "");
        int number = significant.isEmpty() || significant.length() > 5 ? 0 : Integer.parseInt(significant);
        if (number < 1 || number > MAX_COUNT) {
            throw new SqlFailedException("variable number must be between ?1 and ?" + MAX_COUNT, "SQLITE_ERROR", null);
        }
        return number;
    }

    /**
     * The value of each parameter, in the order of their numbers.
     *
     * @throws SqlFailedException if a parameter is left without a value, or a value without a parameter; the message never
     *     holds a value
     */
    @Nullable
    Object[] valuesFrom(SqlStatement statement) {
        return statement.named().isEmpty() ? positionalValues(statement.positional()) : namedValues(statement.named());
    }

    private @Nullable Object[] positionalValues(List<@Nullable Object> given) {
        if (given.size() != count()) {
            throw new SqlFailedException(
                    "The number of parameters of the statement is " + count() + ", that of the values given is "
                            + given.size(),
                    "SQLITE_RANGE",
                    null);
        }
        return given.toArray();
    }

    private @Nullable Object[] namedValues(Map<String, @Nullable Object> given) {
        @Nullable Object[] values = new Object[count()];
        boolean[] set = new boolean[count()];
        given.forEach((key, value) -> {
            int index = find(key) - 1;
            if (set[index]) {
                throw new SqlFailedException(
                        "Two values were given for the parameter " + labels.get(index), "SQLITE_MISUSE", null);
            }
            set[index] = true;
            values[index] = value;
        });
        for (int i = 0; i < count(); i++) {
            if (!set[i] && labels.get(i) != null) {
                throw new SqlFailedException(
                        "No value was given for the parameter " + labels.get(i), "SQLITE_RANGE", null);
            }
        }
        return values;
    }

    /** @param key a name as it is written in the SQL, or without its prefix */
    private int find(String key) {
        return Stream.concat(Stream.of(key), Stream.of(":", "@", "$").map(prefix -> prefix + key))
                .flatMap(name -> number(name).stream())
                .findFirst()
                .orElseThrow(() ->
                        new SqlFailedException("The statement has no parameter named " + key, "SQLITE_RANGE", null));
    }
}
