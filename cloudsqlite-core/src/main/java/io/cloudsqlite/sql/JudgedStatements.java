package io.cloudsqlite.sql;

import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StatementNotAllowedException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an executor made of the texts that it was given last, so that one which comes again is not taken apart again. Only
 * texts that passed are kept. Safe for use by many threads.
 */
final class JudgedStatements {

    /** Longer texts are rarely sent twice, and their tokens take many times the memory of the text. */
    static final int MAX_TEXT_LENGTH = 1_000;

    static final int MAX_STATEMENTS = 256;

    /** A statement, and what it does. */
    record Judged(SqlText text, StatementKind kind) {}

    private final Function<SqlText, StatementKind> rules;
    private final Map<String, Judged> leastRecentlyUsedFirst = new LinkedHashMap<>(16, 0.75f, true);

    /** @param rules depend on the text alone, and throw if it must not be run */
    JudgedStatements(Function<SqlText, StatementKind> rules) {
        this.rules = rules;
    }

    /**
     * Reads and judges the one statement of {@code sql}.
     *
     * @throws SqlFailedException if there is not one statement
     * @throws StatementNotAllowedException if the rules refuse it
     */
    Judged judge(String sql) {
        if (sql.length() > MAX_TEXT_LENGTH) {
            return judgeAnew(sql);
        }
        Judged known = find(sql);
        if (known == null) {
            known = judgeAnew(sql);
            keep(sql, known);
        }
        return known;
    }

    private Judged judgeAnew(String sql) {
        SqlText text = SqlText.parse(sql);
        return new Judged(text, rules.apply(text));
    }

    private synchronized @Nullable Judged find(String sql) {
        return leastRecentlyUsedFirst.get(sql);
    }

    private synchronized void keep(String sql, Judged judged) {
        leastRecentlyUsedFirst.put(sql, judged);
        if (leastRecentlyUsedFirst.size() > MAX_STATEMENTS) {
            leastRecentlyUsedFirst.remove(
                    leastRecentlyUsedFirst.keySet().iterator().next());
        }
    }

    /** How many are kept. */
    synchronized int size() {
        return leastRecentlyUsedFirst.size();
    }
}
