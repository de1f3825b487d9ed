package io.cloudsqlite.sql;

import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StatementNotAllowedException;
import java.util.List;
import java.util.Set;

/**
 * The modules of virtual tables that strangers may create, and that a database from a stranger may have: those that keep
 * their data in ordinary tables of the database and withstand damaged ones.
 */
public final class VirtualTableModules {

    private static final Set<String> ALLOWED = Set.of("fts5", "fts5vocab", "rtree", "rtree_i32");

    private VirtualTableModules() {}

    /** Whether {@code createStatement}, a CREATE VIRTUAL TABLE as SQLite's schema holds it, uses a module that is allowed. */
    public static boolean areAllowedIn(String createStatement) {
        try {
            return isAllowed(SqlText.parse(createStatement).tokens());
        } catch (SqlFailedException | StatementNotAllowedException e) {
            return false;
        }
    }

    /** The modules, for a message. */
    public static String names() {
        return String.join(", ", ALLOWED.stream().sorted().toList());
    }

    /** {@code CREATE VIRTUAL TABLE [IF NOT EXISTS] [schema.]name USING module ...}. */
    static boolean isAllowed(List<Token> createStatement) {
        for (int i = 0; i + 1 < createStatement.size(); i++) {
            if (createStatement.get(i).isKeyword("using")) {
                Token module = createStatement.get(i + 1);
                return module.canBeName() && ALLOWED.contains(module.name());
            }
        }
        return false;
    }
}
