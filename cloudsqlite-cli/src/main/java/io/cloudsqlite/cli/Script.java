package io.cloudsqlite.cli;

import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StatementNotAllowedException;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.sql.SqlStatement;
import java.util.ArrayList;
import java.util.List;

/**
 * SQL text that may hold several statements. Semicolons in quotes, in comments and in the body of a trigger do not end a
 * statement.
 *
 * <p>Only core's tokenizer knows where a statement ends. It is asked by what it refuses, for it accepts exactly one statement.
 * So after each semicolon there is one question: does the text so far hold a statement, and would it with another one
 * behind it? Yes and no: it is a statement with its end. No and yes: it is empty. The same twice: the semicolon is within
 * something, a quote, a comment or a trigger.
 */
final class Script {

    private static final String ANOTHER = " SELECT 1";

    private static final SqlExecutor EXECUTOR = SqlExecutor.trusted();

    private Script() {}

    /** The statements of {@code sql}, in order; what follows the last semicolon is one if it is more than a comment. */
    static List<String> split(String sql) {
        List<String> statements = new ArrayList<>();
        String rest = cutStatements(sql, statements);
        if (!isBlank(rest)) {
            statements.add(rest.strip());
        }
        return statements;
    }

    /** Whether {@code sql} is whole: nothing, or text in which a semicolon ends the last statement. */
    static boolean isComplete(String sql) {
        return isBlank(cutStatements(sql, new ArrayList<>()));
    }

    /** Moves each statement that a semicolon ends to {@code statements}, and returns what is left. */
    private static String cutStatements(String sql, List<String> statements) {
        int start = 0;
        for (int end = sql.indexOf(';') + 1; end > 0; end = sql.indexOf(';', end) + 1) {
            String candidate = sql.substring(start, end);
            boolean holdsStatement = isOneStatement(candidate);
            boolean mayBeFollowed = isOneStatement(candidate + ANOTHER);
            if (holdsStatement != mayBeFollowed) {
                start = end;
                if (holdsStatement) {
                    statements.add(candidate.strip());
                }
            }
        }
        return sql.substring(start);
    }

    /** Whether there is nothing but space and comments. */
    private static boolean isBlank(String text) {
        return !isOneStatement(text) && isOneStatement(text + "\n" + ANOTHER);
    }

    private static boolean isOneStatement(String text) {
        try {
            EXECUTOR.classify(SqlStatement.of(text));
            return true;
        } catch (StatementNotAllowedException e) {
            return true;
        } catch (SqlFailedException e) {
            return false;
        }
    }
}
