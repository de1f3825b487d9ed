package io.cloudsqlite.sql;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One SQL statement and the values of its parameters: a value that can be kept, compared and run again.
 *
 * <pre>{@code
 * SqlStatement.of("SELECT 1");
 * SqlStatement.of("INSERT INTO t VALUES (?, ?)", 42, "text");
 * SqlStatement.named("SELECT * FROM t WHERE id = :id", Map.of("id", 42));
 * }</pre>
 *
 * <p>Parameter values are {@code null}, {@link Boolean} (stored as 0 or 1), {@link Byte}, {@link Short}, {@link Integer},
 * {@link Long}, {@link Float}, {@link Double}, {@link String} or {@code byte[]}, which must not be changed afterwards.
 *
 * @param sql one statement; a trailing semicolon is fine
 * @param positional values of {@code ?} and {@code ?NNN} parameters, in order; empty if there are named ones
 * @param named values of {@code :name}, {@code @name} and {@code $name} parameters; a key may be given with its prefix or
 *     without
 */
public record SqlStatement(String sql, List<@Nullable Object> positional, Map<String, @Nullable Object> named) {

    /** @throws IllegalArgumentException if both kinds of values are given, or a value is of another type */
    public SqlStatement {
        if (!positional.isEmpty() && !named.isEmpty()) {
            throw new IllegalArgumentException("give positional values or named ones, not both");
        }
        positional = Collections.unmodifiableList(new ArrayList<>(positional));
        named = Collections.unmodifiableMap(new LinkedHashMap<>(named));
        positional.forEach(SqlStatement::requireSupported);
        named.values().forEach(SqlStatement::requireSupported);
    }

    /** A statement with positional values, or none. */
    public static SqlStatement of(String sql, @Nullable Object... positional) {
        return new SqlStatement(sql, Arrays.asList(positional), Map.of());
    }

    /** A statement with named values. */
    public static SqlStatement named(String sql, Map<String, ? extends @Nullable Object> named) {
        return new SqlStatement(sql, List.of(), new LinkedHashMap<>(named));
    }

    private static void requireSupported(@Nullable Object value) {
        if (value == null) {
            return;
        }
        boolean supported = value instanceof Boolean
                || value instanceof Byte
                || value instanceof Short
                || value instanceof Integer
                || value instanceof Long
                || value instanceof Float
                || value instanceof Double
                || value instanceof String
                || value instanceof byte[];
        if (!supported) {
            throw new IllegalArgumentException(
                    "a parameter value cannot be a " + value.getClass().getName()
                            + ": use null, a Boolean, a number up to 64 bits, a String or a byte[]");
        }
    }

    /** The SQL alone: values may be secret, so they are never shown. */
    @Override
    public String toString() {
        return sql;
    }
}
