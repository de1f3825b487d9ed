package io.cloudsqlite.sql;

/**
 * One lexical element of SQL: where it stands in its source, and what it is.
 *
 * @param start index of its first character
 * @param end index after its last character
 */
record Token(Kind kind, String source, int start, int end) {

    enum Kind {
        /** A keyword or a name without quotes; which of them depends on where it stands. */
        WORD,
        /** {@code "name"}, {@code `name`} or {@code [name]}; the first may be a string after all. */
        QUOTED_NAME,
        /** {@code 'text'}, which SQLite also takes for a name where only a name can stand. */
        STRING,
        NUMBER,
        /** {@code x'0aff'} */
        BLOB,
        /** {@code ?}, {@code ?5}, {@code :name}, {@code @name} or {@code $name} */
        PARAMETER,
        /** One character of an operator or of punctuation. */
        SYMBOL
    }

    String text() {
        return source.substring(start, end);
    }

    /** @param keyword in lower case */
    boolean isKeyword(String keyword) {
        if (kind != Kind.WORD || end - start != keyword.length()) {
            return false;
        }
        for (int i = 0; i < keyword.length(); i++) {
            if (toLowerCase(source.charAt(start + i)) != keyword.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    boolean isSymbol(char symbol) {
        return kind == Kind.SYMBOL && source.charAt(start) == symbol;
    }

    /** Whether SQLite would take it for a name if it stood where only a name can. */
    boolean canBeName() {
        return kind == Kind.WORD || kind == Kind.QUOTED_NAME || kind == Kind.STRING;
    }

    /** The name that it {@linkplain #canBeName() can be}: without quotes, and in lower case as far as SQLite ignores case. */
    String name() {
        String name = text();
        if (kind != Kind.WORD) {
            String quote = name.substring(name.length() - 1);
            name = name.substring(1, name.length() - 1);
            if (!quote.equals("]")) {
                name = name.replace(quote + quote, quote);
            }
        }
        StringBuilder lower = new StringBuilder(name.length());
        name.chars().forEach(c -> lower.append(toLowerCase((char) c)));
        return lower.toString();
    }

    /** ASCII only, as in SQLite: for Java's own methods the Kelvin sign is a k, and SQLite would disagree. */
    private static char toLowerCase(char c) {
        return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
    }
}
