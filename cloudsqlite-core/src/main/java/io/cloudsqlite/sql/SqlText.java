package io.cloudsqlite.sql;

import io.cloudsqlite.SqlFailedException;
import java.util.List;
import java.util.Set;

/**
 * The text of one statement, as far as it must be understood before SQLite sees it: where it ends, and which kind of
 * statement it is.
 *
 * <p>{@link #text()} is what is handed to SQLite: from the first token to the last, without a semicolon or a comment
 * around it. SQLite therefore has no second statement to drop.
 */
final class SqlText {

    private static final Set<String> MAIN_VERBS_AFTER_WITH =
            Set.of("select", "values", "insert", "replace", "update", "delete");

    private final String text;
    private final List<Token> tokens;
    private final boolean explained;
    private final String verb;

    private SqlText(String text, List<Token> tokens, boolean explained) {
        this.text = text;
        this.tokens = tokens;
        this.explained = explained;
        this.verb = verb(tokens);
    }

    /**
     * Reads the one statement of {@code sql}; semicolons and comments around it are fine.
     *
     * @throws SqlFailedException if there is none, or a second one, or it cannot be split into tokens
     */
    static SqlText parse(String sql) {
        List<Token> all = SqlTokenizer.tokenize(sql);
        int first = 0;
        while (first < all.size() && all.get(first).isSymbol(';')) {
            first++;
        }
        if (first == all.size()) {
            throw new SqlFailedException(
                    "There is no statement in the SQL: it is empty or a comment", "SQLITE_MISUSE", null);
        }
        int body = first + explainWords(all.subList(first, all.size()));
        int end = first + lengthOfFirst(all.subList(first, all.size()));
        requireOnlySemicolons(all.subList(end, all.size()));
        if (body == end) {
            throw new SqlFailedException("EXPLAIN is followed by no statement", "SQLITE_ERROR", null);
        }
        String text = sql.substring(all.get(first).start(), all.get(end - 1).end());
        return new SqlText(text, List.copyOf(all.subList(body, end)), body > first);
    }

    /** The statement alone. */
    String text() {
        return text;
    }

    /** The statement's tokens, those of EXPLAIN left out. */
    List<Token> tokens() {
        return tokens;
    }

    /** Whether it begins with EXPLAIN or EXPLAIN QUERY PLAN, so that it runs nothing. */
    boolean explained() {
        return explained;
    }

    /** What the statement does, in lower case: its first word, or after WITH the word that the common tables are for. */
    String verb() {
        return verb;
    }

    private static int explainWords(List<Token> tokens) {
        if (!startWith(tokens, "explain")) {
            return 0;
        }
        return startWith(tokens.subList(1, tokens.size()), "query", "plan") ? 3 : 1;
    }

    /** How many of {@code tokens} belong to the first statement. A trigger's body has semicolons of its own. */
    static int lengthOfFirst(List<Token> tokens) {
        int explainWords = Math.min(explainWords(tokens), tokens.size());
        return explainWords + length(tokens.subList(explainWords, tokens.size()));
    }

    private static int length(List<Token> tokens) {
        boolean trigger = startWith(tokens, "create", "trigger")
                || startWith(tokens, "create", "temp", "trigger")
                || startWith(tokens, "create", "temporary", "trigger");
        for (int i = 0; i < tokens.size(); i++) {
            // CASE has an END too, but only the trigger's own can stand where a statement would begin.
            if (trigger && tokens.get(i).isKeyword("end") && tokens.get(i - 1).isSymbol(';')) {
                return i + 1;
            }
            if (!trigger && tokens.get(i).isSymbol(';')) {
                return i;
            }
        }
        return tokens.size();
    }

    private static void requireOnlySemicolons(List<Token> rest) {
        if (!rest.stream().allMatch(token -> token.isSymbol(';'))) {
            throw new SqlFailedException(
                    "There is a second statement in the SQL: send one statement at a time, or a list of statements",
                    "SQLITE_MISUSE",
                    null);
        }
    }

    private static String verb(List<Token> tokens) {
        Token first = tokens.get(0);
        if (first.isKeyword("with")) {
            return mainVerb(tokens);
        }
        return first.kind() == Token.Kind.WORD ? first.name() : first.text();
    }

    /** REPLACE is also a fine name for a common table, so the word where a name stands is not looked at. */
    private static String mainVerb(List<Token> tokens) {
        int depth = 0;
        for (int i = 1; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            Token before = tokens.get(i - 1);
            if (token.isSymbol('(')) {
                depth++;
            } else if (token.isSymbol(')')) {
                depth--;
            } else if (depth == 0 && token.kind() == Token.Kind.WORD) {
                boolean name = i == 1 || before.isKeyword("recursive") || before.isSymbol(',');
                if (!name && MAIN_VERBS_AFTER_WITH.contains(token.name())) {
                    return token.name();
                }
            }
        }
        return "with";
    }

    private static boolean startWith(List<Token> tokens, String... keywords) {
        if (tokens.size() < keywords.length) {
            return false;
        }
        for (int i = 0; i < keywords.length; i++) {
            if (!tokens.get(i).isKeyword(keywords[i])) {
                return false;
            }
        }
        return true;
    }
}
