package io.cloudsqlite.sql;

import io.cloudsqlite.SqlFailedException;
import java.util.ArrayList;
import java.util.List;

/**
 * SQL text that may hold several statements, such as a file or what is typed into a shell.
 *
 * <pre>{@code
 * SqlScript.split("CREATE TABLE t (x); INSERT INTO t VALUES ('a;b')");   // two statements
 * SqlScript.isComplete("SELECT 'a;");                                   // false: go on typing
 * }</pre>
 *
 * <p>Semicolons in quotes, in comments and in the body of a trigger end nothing.
 */
public final class SqlScript {

    private SqlScript() {}

    /**
     * The statements of {@code script}, in order, each without its semicolon and the comments around it.
     *
     * @throws SqlFailedException if a quote or a comment is not closed, so that nobody knows where a statement ends
     */
    public static List<String> split(String script) {
        List<Token> rest = SqlTokenizer.tokenize(script);
        List<String> statements = new ArrayList<>();
        while (!rest.isEmpty()) {
            int length = SqlText.lengthOfFirst(rest);
            if (length > 0) {
                statements.add(script.substring(
                        rest.get(0).start(), rest.get(length - 1).end()));
            }
            rest = rest.subList(Math.min(length + 1, rest.size()), rest.size());
        }
        return statements;
    }

    /** Whether {@code script} is whole: nothing but comments, or text in which a semicolon ends the last statement. */
    public static boolean isComplete(String script) {
        try {
            List<Token> rest = SqlTokenizer.tokenize(script);
            while (!rest.isEmpty()) {
                int length = SqlText.lengthOfFirst(rest);
                if (length == rest.size()) {
                    return false;
                }
                rest = rest.subList(length + 1, rest.size());
            }
            return true;
        } catch (SqlFailedException e) {
            return false;
        }
    }
}
