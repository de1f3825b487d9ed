package io.cloudsqlite.cli;

import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The value of a parameter as the command line gives it. What is written like a literal of SQL is that literal:
 *
 * <pre>
 * 42   -7           INTEGER, up to 64 bits
 * 3.5  1e9          REAL
 * null              NULL
 * 'it''s'           TEXT, for text that would be taken for something else: '42'
 * X'00FF'           BLOB
 * </pre>
 *
 * <p>Everything else is text as it stands. So are numbers that would not come back as they were written: {@code 007},
 * {@code +1} and integers of more than 64 bits.
 */
final class Literal {

    private static final Pattern REAL = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?");
    private static final Pattern INTEGRAL = Pattern.compile("-?[0-9]+");
    private static final Pattern QUOTED = Pattern.compile("'([^']|'')*'", Pattern.DOTALL);
    private static final Pattern BLOB = Pattern.compile("[xX]'([0-9a-fA-F]{2})*'");

    private Literal() {}

    /** A {@link Long}, {@link Double}, {@link String}, {@code byte[]} or null. */
    static @Nullable Object parse(String text) {
        if (text.equalsIgnoreCase("null")) {
            return null;
        }
        if (INTEGRAL.matcher(text).matches()) {
            return integer(text);
        }
        if (REAL.matcher(text).matches()) {
            return Double.valueOf(text);
        }
        if (QUOTED.matcher(text).matches()) {
            return text.substring(1, text.length() - 1).replace("''", "'");
        }
        if (BLOB.matcher(text).matches()) {
            return HexFormat.of().parseHex(text, 2, text.length() - 1);
        }
        return text;
    }

    private static Object integer(String text) {
        try {
            Long value = Long.valueOf(text);
            return value.toString().equals(text) ? value : text;
        } catch (NumberFormatException e) {
            return text;
        }
    }
}
