package io.cloudsqlite.sql;

import java.util.regex.Pattern;

/**
 * The names of tables that CloudSQLite keeps within a database for itself. Strangers' SQL cannot mention them, so it has no
 * view and no trigger through which it could reach them either. Safe for use by many threads.
 */
public final class ReservedNames {

    /** What they begin with, in any case of letters. */
    public static final String PREFIX = "_cloudsqlite_";

    /**
     * What in a database from a stranger would reach such a table: anything that mentions one, and is not one itself. A name
     * in SQL has no way to be written but by its characters.
     */
    public static final String COUNT_MENTIONS = """
            SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%\\_cloudsqlite\\_%' ESCAPE '\\'
              AND NOT (type = 'table' AND name LIKE '\\_cloudsqlite\\_%' ESCAPE '\\')""";

    /** As text, a pattern to leave such names out ({@code '_cloudsqlite_%'}) is fine: none of the names is one. */
    private static final Pattern NAME = Pattern.compile(PREFIX + "[a-z0-9_]*");

    private ReservedNames() {}

    static boolean isOne(Token token) {
        if (!token.canBeName()) {
            return false;
        }
        String name = token.name();
        return token.kind() == Token.Kind.STRING ? NAME.matcher(name).matches() : name.startsWith(PREFIX);
    }
}
