package io.cloudsqlite.sql;

import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.sql.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits SQL into tokens exactly where SQLite does (its lexical structure is that of {@code tokenize.c}), because what the
 * executors allow must be what SQLite then runs. It reads every character once.
 *
 * <p>Where SQLite is lenient in a way that hides mistakes, this is not: a comment that is never closed is refused. What
 * cannot stand in any statement, such as a lone {@code \}, becomes a symbol that SQLite will refuse.
 */
final class SqlTokenizer {

    /** SQLite skips a byte order mark between tokens; editors on Windows put one at the start of a file. */
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final String sql;
    private int at;

    private SqlTokenizer(String sql) {
        this.sql = sql;
    }

    /**
     * The tokens of {@code sql}, without space and comments.
     *
     * @throws SqlFailedException if a quote or a comment is not closed, or the text could reach SQLite as another one
     */
    static List<Token> tokenize(String sql) {
        requireFaithful(sql);
        SqlTokenizer tokenizer = new SqlTokenizer(sql);
        List<Token> tokens = new ArrayList<>();
        tokenizer.skipSpaceAndComments();
        while (tokenizer.at < sql.length()) {
            int start = tokenizer.at;
            Kind kind = tokenizer.readToken();
            tokens.add(new Token(kind, sql, start, tokenizer.at));
            tokenizer.skipSpaceAndComments();
        }
        return tokens;
    }

    /** SQLite stops at a NUL, and half a surrogate pair is encoded as a question mark, which would be a parameter. */
    private static void requireFaithful(String sql) {
        for (int i = 0; i < sql.length(); i++) {
            char c = sql.charAt(i);
            if (c == 0) {
                throw refused("The SQL has a NUL character at position " + (i + 1));
            }
            if (Character.isSurrogate(c)) {
                boolean pair = i + 1 < sql.length() && Character.isSurrogatePair(c, sql.charAt(i + 1));
                if (!pair) {
                    throw refused("The SQL is not valid Unicode: half a surrogate pair at position " + (i + 1));
                }
                i++;
            }
        }
    }

    private Kind readToken() {
        char c = sql.charAt(at);
        return switch (c) {
            case '\'' -> readQuoted('\'', Kind.STRING);
            case '"', '`' -> readQuoted(c, Kind.QUOTED_NAME);
            case '[' -> readQuoted(']', Kind.QUOTED_NAME);
            case '?' -> readNumberedParameter();
            case ':', '@', '$', '#' -> readNamedParameter();
            case 'x', 'X' -> peek(1) == '\'' ? readBlob() : readWord();
            case '.' -> isDigit(peek(1)) ? readNumber() : readSymbol();
            default -> readPlain(c);
        };
    }

    private Kind readPlain(char c) {
        if (isDigit(c)) {
            return readNumber();
        }
        return isNamePart(c) ? readWord() : readSymbol();
    }

    private Kind readSymbol() {
        at++;
        return Kind.SYMBOL;
    }

    private Kind readWord() {
        while (isNamePart(peek(0))) {
            at++;
        }
        return Kind.WORD;
    }

    private Kind readBlob() {
        at++;
        return readQuoted('\'', Kind.BLOB);
    }

    private Kind readNumberedParameter() {
        at++;
        while (isDigit(peek(0))) {
            at++;
        }
        return Kind.PARAMETER;
    }

    /** Inside quotes the closing character stands for itself if it is doubled, except {@code ]} and in a blob. */
    private Kind readQuoted(char close, Kind kind) {
        int start = at;
        at++;
        while (true) {
            int found = sql.indexOf(close, at);
            if (found < 0) {
                throw refused("A quote that opens with " + sql.charAt(start) + " at position " + (start + 1)
                        + " of the SQL is never closed");
            }
            at = found + 1;
            boolean doubled = close != ']' && kind != Kind.BLOB && peek(0) == close;
            if (!doubled) {
                return kind;
            }
            at++;
        }
    }

    /** {@code :name}, and the form for Tcl variables, {@code $name::space(index)}. */
    private Kind readNamedParameter() {
        int start = at;
        at++;
        boolean named = false;
        while (at < sql.length()) {
            char c = sql.charAt(at);
            if (isNamePart(c)) {
                named = true;
                at++;
            } else if (c == ':' && peek(1) == ':') {
                at += 2;
            } else if (c == '(' && named) {
                skipTclIndex(start);
                break;
            } else {
                break;
            }
        }
        if (!named) {
            throw refused("A parameter at position " + (start + 1) + " of the SQL has no name");
        }
        return Kind.PARAMETER;
    }

    private void skipTclIndex(int start) {
        while (at < sql.length() && !isSpace(sql.charAt(at)) && sql.charAt(at) != ')') {
            at++;
        }
        if (peek(0) != ')') {
            throw refused("The index of the parameter at position " + (start + 1) + " of the SQL is never closed");
        }
        at++;
    }

    /** Takes in what follows a number without a space between, as in {@code 12ab}: SQLite refuses it as one bad token. */
    private Kind readNumber() {
        boolean hexadecimal = sql.charAt(at) == '0' && (peek(1) == 'x' || peek(1) == 'X');
        while (isNamePart(peek(0)) || peek(0) == '.') {
            char c = sql.charAt(at);
            at++;
            boolean exponent = (c == 'e' || c == 'E') && !hexadecimal;
            if (exponent && (peek(0) == '+' || peek(0) == '-') && isDigit(peek(1))) {
                at++;
            }
        }
        return Kind.NUMBER;
    }

    private void skipSpaceAndComments() {
        while (at < sql.length()) {
            char c = sql.charAt(at);
            if (isSpace(c) || c == BYTE_ORDER_MARK) {
                at++;
            } else if (c == '-' && peek(1) == '-') {
                int lineEnd = sql.indexOf('\n', at);
                at = lineEnd < 0 ? sql.length() : lineEnd + 1;
            } else if (c == '/' && peek(1) == '*') {
                int close = sql.indexOf("*/", at + 2);
                if (close < 0) {
                    throw refused("The comment at position " + (at + 1) + " of the SQL is never closed");
                }
                at = close + 2;
            } else {
                return;
            }
        }
    }

    /** The character {@code ahead} of the current one; NUL, which the SQL does not hold, beyond the end. */
    private char peek(int ahead) {
        return at + ahead < sql.length() ? sql.charAt(at + ahead) : 0;
    }

    /** Not {@link Character#isWhitespace}: SQLite knows five spaces, and a vertical tab is none of them. */
    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** Every character beyond ASCII belongs to names. */
    private static boolean isNamePart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c) || c == '_' || c == '$' || c >= 0x80;
    }

    private static SqlFailedException refused(String message) {
        return new SqlFailedException(message, "SQLITE_ERROR", null);
    }
}
