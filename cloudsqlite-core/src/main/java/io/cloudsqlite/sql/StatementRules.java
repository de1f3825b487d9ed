package io.cloudsqlite.sql;

import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StatementNotAllowedException;
import java.util.List;
import java.util.Locale;

/** What both executors make of a statement's text: what it does, and whether it breaks the commit protocol. */
final class StatementRules {

    private StatementRules() {}

    /**
     * What {@code statement} does, if it may run on a connection that the caller does not own.
     *
     * @param pragmas which PRAGMAs may
     * @throws StatementNotAllowedException if it may not
     * @throws SqlFailedException if no statement begins like this
     */
    static StatementKind judge(SqlText statement, Pragmas pragmas) {
        StatementKind kind = judgeByVerb(statement, pragmas);
        if (!statement.explained()) {
            return kind;
        }
        // Preparing a PRAGMA already executes some, even behind EXPLAIN.
        if (statement.verb().equals("pragma") || kind == StatementKind.VACUUM) {
            throw refused("EXPLAIN of a " + statement.verb().toUpperCase(Locale.ROOT));
        }
        return StatementKind.READ;
    }

    private static StatementKind judgeByVerb(SqlText statement, Pragmas pragmas) {
        return switch (statement.verb()) {
            case "select", "values", "with" -> StatementKind.READ;
            case "insert", "replace", "update", "delete", "alter", "analyze", "drop", "reindex" -> StatementKind.WRITE;
            case "create" -> {
                requireLasting(statement.tokens());
                yield StatementKind.WRITE;
            }
            case "pragma" -> pragmas.judge(statement.tokens());
            case "vacuum" -> {
                requirePlainVacuum(statement.tokens());
                yield StatementKind.VACUUM;
            }
            case "begin", "commit", "end", "rollback", "savepoint", "release" ->
                throw new StatementNotAllowedException(
                        "Transaction control is not allowed: each request is a transaction of its own, so send the"
                                + " statements that belong together in one request, as 'statements' over HTTP or with"
                                + " 'cloudsqlite sql DB - --transaction'");
            case "attach", "detach" -> throw refused("Reaching another database with ATTACH or DETACH");
            default ->
                throw new SqlFailedException(
                        "near \"" + abbreviated(statement.tokens().get(0).text()) + "\": syntax error",
                        "SQLITE_ERROR",
                        null);
        };
    }

    /** Temporary objects live as long as the connection, which is shared and outlives the request. */
    private static void requireLasting(List<Token> create) {
        boolean temporary = is(create, 1, "temp") || is(create, 1, "temporary");
        if (temporary || schemaOfCreated(create).equals("temp")) {
            throw new StatementNotAllowedException(
                    "Temporary tables, views and triggers are not allowed, since connections are shared: use WITH, or an"
                            + " ordinary table");
        }
    }

    /** {@code CREATE [UNIQUE | VIRTUAL] kind [IF NOT EXISTS] [schema.]name}; empty if no schema is named. */
    private static String schemaOfCreated(List<Token> create) {
        int name = is(create, 1, "unique") || is(create, 1, "virtual") ? 3 : 2;
        if (is(create, name, "if") && is(create, name + 1, "not") && is(create, name + 2, "exists")) {
            name += 3;
        }
        boolean qualified = name + 1 < create.size()
                && create.get(name).canBeName()
                && create.get(name + 1).isSymbol('.');
        return qualified ? create.get(name).name() : "";
    }

    /** Anything after VACUUM but the name of the only schema there is would write a file or do nothing. */
    private static void requirePlainVacuum(List<Token> vacuum) {
        boolean plain = vacuum.size() == 1
                || (vacuum.size() == 2
                        && vacuum.get(1).canBeName()
                        && vacuum.get(1).name().equals("main"));
        if (!plain) {
            throw refused("VACUUM of anything but this database, or into another file,");
        }
    }

    static boolean is(List<Token> tokens, int index, String keyword) {
        return index < tokens.size() && tokens.get(index).isKeyword(keyword);
    }

    static StatementNotAllowedException refused(String what) {
        return new StatementNotAllowedException(what + " is not allowed here");
    }

    static String abbreviated(String word) {
        return word.length() <= 40 ? word : word.substring(0, 40) + "...";
    }
}
