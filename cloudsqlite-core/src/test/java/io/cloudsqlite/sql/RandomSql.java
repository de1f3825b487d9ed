package io.cloudsqlite.sql;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Makes statements at random that SQLite runs more often than not: tables and what belongs to them, rows, and queries of all
 * kinds, with parameters of all types. What they do depends on the database alone, not on the time or on chance.
 *
 * <p>{@link #learn} tells it what there is; whatever it makes then is about that.
 */
public final class RandomSql {

    private static final int MAX_TABLES = 6;
    private static final int MAX_DEPTH = 3;

    private static final String[] TYPES = {"INTEGER", "TEXT", "REAL", "BLOB", "NUMERIC", "", "INT", "VARCHAR(10)", "ANY"
    };
    private static final String[] STRICT_TYPES = {"INT", "INTEGER", "TEXT", "REAL", "BLOB", "ANY"};
    private static final String[] COLLATIONS = {"NOCASE", "BINARY", "RTRIM"};
    private static final String[] CONFLICT = {
        "", "", "", "OR IGNORE ", "OR REPLACE ", "OR FAIL ", "OR ROLLBACK ", "OR ABORT "
    };
    private static final String[] BINARY = {
        "+",
        "-",
        "*",
        "/",
        "%",
        "||",
        "=",
        "<>",
        "<",
        "<=",
        ">",
        ">=",
        "AND",
        "OR",
        "IS",
        "IS NOT",
        "&",
        "|",
        "<<",
        ">>",
        "LIKE",
        "GLOB",
        "IS DISTINCT FROM",
        "->>"
    };
    private static final String[] FUNCTIONS_OF_ONE = {
        "abs",
        "length",
        "lower",
        "upper",
        "typeof",
        "hex",
        "quote",
        "trim",
        "ltrim",
        "rtrim",
        "round",
        "unicode",
        "sign",
        "json_quote",
        "json_valid",
        "octet_length",
        "ceil",
        "floor",
        "sqrt",
        "likely",
        "unhex",
        "char",
        "json",
        "date"
    };
    private static final String[] FUNCTIONS_OF_TWO = {
        "coalesce",
        "ifnull",
        "nullif",
        "min",
        "max",
        "substr",
        "instr",
        "round",
        "format",
        "json_array",
        "like",
        "glob",
        "json_extract",
        "concat",
        "pow",
        "mod",
        "trim"
    };
    private static final String[] AGGREGATES = {
        "count",
        "sum",
        "total",
        "avg",
        "min",
        "max",
        "group_concat",
        "json_group_array",
        "string_agg",
        "count(DISTINCT "
    };
    private static final String[] WINDOW_FUNCTIONS = {
        "row_number()", "rank()", "dense_rank()", "percent_rank()", "cume_dist()", "ntile(3)"
    };
    private static final String[] FRAMES = {
        "",
        " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
        " ROWS UNBOUNDED PRECEDING",
        " GROUPS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE TIES",
        " RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING"
    };
    private static final long[] INTEGERS = {
        0, 1, -1, 2, 3, 7, 42, 255, 1L << 31, (1L << 53) + 1, Long.MAX_VALUE, Long.MIN_VALUE, -(1L << 40)
    };
    private static final double[] REALS = {
        0.0, -0.0, 0.5, 1.0, -1.5, 0.1, 1e15, 1e100, 1e-300, 123456789.125, Double.MAX_VALUE
    };
    private static final String[] TEXTS = {
        "",
        "a",
        "A",
        "abc",
        "Abc ",
        "it's",
        "\"quoted\"",
        "1",
        "-2.5",
        "1e3",
        "%",
        "_b%",
        "*",
        "äöü",
        "\ud83d\ude00",
        "a\u0000b",
        "{\"a\":[1,2]}",
        "$.a",
        "[1,null]",
        "line\nbreak",
        "2024-02-29",
        "%d %s"
    };

    private final SplittableRandom random;
    private final List<Table> tables = new ArrayList<>();
    private final List<String> indexes = new ArrayList<>();
    private final List<String> triggers = new ArrayList<>();

    private StringBuilder sql = new StringBuilder();
    private List<@Nullable Object> values = new ArrayList<>();
    private boolean takesParameters;
    private int aliases;

    public RandomSql(SplittableRandom random) {
        this.random = random;
    }

    /** @param name as it is written in SQL */
    private record Table(String name, boolean isView, List<String> columns) {}

    /** Looks at what the database has. */
    public void learn(Connection connection) throws SQLException {
        tables.clear();
        indexes.clear();
        triggers.clear();
        List<String[]> objects = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(
                        "SELECT type, name FROM sqlite_schema"
                                + " WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cloudsqlite%' ESCAPE '\\'")) {
            while (found.next()) {
                objects.add(new String[] {found.getString(1), found.getString(2)});
            }
        }
        for (String[] object : objects) {
            switch (object[0]) {
                case "table", "view" -> {
                    List<String> columns = columns(connection, object[1]);
                    if (!columns.isEmpty()) {
                        tables.add(new Table(object[1], object[0].equals("view"), columns));
                    }
                }
                case "index" -> indexes.add(object[1]);
                default -> triggers.add(object[1]);
            }
        }
    }

    private static List<String> columns(Connection connection, String table) throws SQLException {
        List<String> columns = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery("SELECT name FROM pragma_table_xinfo('" + table + "')")) {
            while (found.next()) {
                columns.add('"' + found.getString(1).replace("\"", "\"\"") + '"');
            }
        } catch (SQLException e) {
            // A view of something that is gone.
            return List.of();
        }
        return columns;
    }

    /** A statement of any kind. */
    public SqlStatement next() {
        int kind = random.nextInt(100);
        if (baseTables().size() < 2 || kind < 8) {
            return make(this::createTable, false);
        } else if (kind < 20) {
            return make(this::alterSchema, false);
        } else if (kind < 45) {
            return make(this::insert, true);
        } else if (kind < 56) {
            return make(this::update, true);
        } else if (kind < 62) {
            return make(this::delete, true);
        }
        return make(this::query, true);
    }

    private SqlStatement make(Runnable maker, boolean mayHaveParameters) {
        sql = new StringBuilder();
        values = new ArrayList<>();
        aliases = 0;
        takesParameters = mayHaveParameters && random.nextInt(3) > 0;
        boolean named = random.nextInt(4) == 0;
        maker.run();
        if (!named || values.isEmpty()) {
            return new SqlStatement(sql.toString(), values, Map.of());
        }
        Map<String, @Nullable Object> byName = new LinkedHashMap<>();
        String text = sql.toString();
        for (int i = 0; i < values.size(); i++) {
            byName.put(":p" + i, values.get(i));
            // No text or name that is made here has a question mark in it.
            text = text.replaceFirst("\\?", ":p" + i);
        }
        return SqlStatement.named(text, byName);
    }

    // ---- Choices

    private boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    private List<Table> baseTables() {
        return tables.stream().filter(table -> !table.isView()).toList();
    }

    /** One to change: a view now and then, which a trigger may make possible. */
    private Table target() {
        return oneIn(12) ? pick(tables) : pick(baseTables());
    }

    private RandomSql add(String text) {
        sql.append(text);
        return this;
    }

    private void list(int count, String between, Runnable element) {
        for (int i = 0; i < count; i++) {
            add(i == 0 ? "" : between);
            element.run();
        }
    }

    private String newName(String prefix) {
        return prefix + random.nextInt(MAX_TABLES);
    }

    // ---- The schema

    private void createTable() {
        String name = newName("t");
        add(oneIn(3) ? "CREATE TABLE IF NOT EXISTS " : "CREATE TABLE ").add(name);
        if (oneIn(10) && !tables.isEmpty()) {
            takesParameters = false;
            add(" AS ");
            select(1);
            return;
        }
        boolean strict = oneIn(5);
        boolean withoutRowid = oneIn(6);
        add(" (");
        boolean hasKey = withoutRowid || oneIn(2);
        if (hasKey) {
            add("id ").add(withoutRowid ? "TEXT PRIMARY KEY" : "INTEGER PRIMARY KEY");
            add(!withoutRowid && oneIn(3) ? " AUTOINCREMENT" : "");
            // Behind the largest rowid of all, SQLite chooses the next at random.
            add(withoutRowid ? "" : " CHECK (id < 1000000)");
        } else {
            add("id ").add(pick(STRICT_TYPES));
        }
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            add(", c" + i + " ").add(strict ? pick(STRICT_TYPES) : pick(TYPES));
            columnConstraint("c" + i);
        }
        add(oneIn(6) ? ", UNIQUE (c0, id)" : "").add(oneIn(8) ? ", CHECK (c0 IS NOT 3)" : "");
        add(")").add(strict ? " STRICT" : "").add(withoutRowid ? (strict ? ", WITHOUT ROWID" : " WITHOUT ROWID") : "");
    }

    private void columnConstraint(String column) {
        switch (random.nextInt(14)) {
            case 0 -> add(" UNIQUE");
            case 1 -> add(" NOT NULL").add(oneIn(2) ? " ON CONFLICT IGNORE" : "");
            case 2 -> add(" DEFAULT ").add(literal());
            case 3 -> add(" NOT NULL DEFAULT 7");
            case 4 -> add(" CHECK (" + column + " < 1000 OR typeof(" + column + ") <> 'integer')");
            case 5 -> add(" COLLATE ").add(pick(COLLATIONS));
            case 6 -> add(" GENERATED ALWAYS AS (id || '-x') ").add(pick("STORED", "VIRTUAL"));
            case 7 -> add(" REFERENCES t0 (id)");
            default -> add("");
        }
    }

    private void alterSchema() {
        Table table = pick(baseTables());
        takesParameters = false;
        switch (random.nextInt(14)) {
            case 0, 1 -> createIndex(table);
            case 2, 3 -> {
                add("CREATE VIEW ")
                        .add(oneIn(2) ? "IF NOT EXISTS " : "")
                        .add(newName("v"))
                        .add(" AS ");
                select(1);
            }
            case 4, 5 -> createTrigger(table);
            case 6 ->
                add("ALTER TABLE ")
                        .add(table.name())
                        .add(" ADD COLUMN ")
                        .add(newName("a"))
                        .add(" TEXT DEFAULT 'x'");
            case 7 ->
                add("ALTER TABLE ")
                        .add(table.name())
                        .add(" RENAME COLUMN ")
                        .add(pick(table.columns()))
                        .add(" TO ")
                        .add(newName("r"));
            case 8 -> add("ALTER TABLE ").add(table.name()).add(" DROP COLUMN ").add(pick(table.columns()));
            case 9 -> add("ALTER TABLE ").add(table.name()).add(" RENAME TO ").add(newName("t"));
            case 10 -> drop(table);
            case 11 -> add(pick("ANALYZE", "REINDEX", "REINDEX NOCASE", "ANALYZE " + table.name()));
            case 12 -> add(pick("PRAGMA user_version = ", "PRAGMA application_id = ") + random.nextInt(1000));
            default -> add("VACUUM");
        }
    }

    private void createIndex(Table table) {
        add(oneIn(3) ? "CREATE UNIQUE INDEX " : "CREATE INDEX ")
                .add(oneIn(3) ? "IF NOT EXISTS " : "")
                .add(newName("i"));
        add(" ON ").add(table.name()).add(" (").add(pick(table.columns()));
        add(oneIn(4) ? " COLLATE NOCASE" : "").add(oneIn(4) ? " DESC" : "");
        add(oneIn(3) ? ", lower(" + pick(table.columns()) + ")" : "").add(")");
        add(oneIn(3) ? " WHERE " + pick(table.columns()) + " IS NOT NULL" : "");
    }

    private void createTrigger(Table table) {
        String event = pick("INSERT", "UPDATE", "DELETE");
        Table on = oneIn(4) ? pick(tables) : table;
        String row = event.equals("DELETE") ? "old." : "new.";
        add("CREATE TRIGGER ").add(newName("g")).add(on.isView() ? " INSTEAD OF " : pick(" AFTER ", " BEFORE "));
        add(event).add(" ON ").add(on.name());
        add(oneIn(3) ? " WHEN " + row + pick(on.columns()) + " IS NOT NULL" : "")
                .add(" BEGIN ");
        Table other = pick(baseTables());
        switch (random.nextInt(4)) {
            case 0 ->
                add("DELETE FROM ")
                        .add(other.name())
                        .add(" WHERE ")
                        .add(pick(other.columns()))
                        .add(" = ")
                        .add(row + pick(on.columns()));
            case 1 ->
                add("SELECT RAISE(")
                        .add(pick("ABORT, 'no'", "FAIL, 'no'", "ROLLBACK, 'no'", "IGNORE"))
                        .add(") WHERE ")
                        .add(row + pick(on.columns()))
                        .add(" = 3");
            default ->
                add("INSERT OR IGNORE INTO ")
                        .add(other.name())
                        .add(" (")
                        .add(pick(other.columns()))
                        .add(") VALUES (")
                        .add(row + pick(on.columns()))
                        .add(")");
        }
        add("; END");
    }

    private void drop(Table table) {
        String exists = oneIn(2) ? "IF EXISTS " : "";
        switch (random.nextInt(4)) {
            case 0 -> add("DROP VIEW ").add(exists).add(newName("v"));
            case 1 -> add("DROP INDEX ").add(exists).add(indexes.isEmpty() ? newName("i") : '"' + pick(indexes) + '"');
            case 2 -> add("DROP TRIGGER ").add(exists).add(triggers.isEmpty() ? newName("g") : pick(triggers));
            default -> add("DROP TABLE ").add(exists).add(oneIn(2) ? table.name() : newName("t"));
        }
    }

    // ---- Rows

    private void insert() {
        Table table = target();
        with();
        add(oneIn(10) ? "REPLACE INTO " : "INSERT " + pick(CONFLICT) + "INTO ").add(table.name());
        if (oneIn(12)) {
            add(" DEFAULT VALUES");
            returning(table);
            return;
        }
        List<String> columns = new ArrayList<>(table.columns());
        while (columns.size() > 1 && oneIn(3)) {
            columns.remove(random.nextInt(columns.size()));
        }
        add(" (").add(String.join(", ", columns)).add(")");
        if (oneIn(6)) {
            add(" SELECT ");
            Table from = pick(tables);
            list(columns.size(), ", ", () -> expression(from.columns(), 1));
            add(" FROM ").add(from.name()).add(" WHERE true LIMIT 5");
        } else {
            add(" VALUES ");
            list(oneIn(4) ? 1 + random.nextInt(4) : 1, ", ", () -> {
                add("(");
                list(columns.size(), ", ", () -> value());
                add(")");
            });
        }
        if (oneIn(6)) {
            String column = pick(columns);
            add(" ON CONFLICT ").add(oneIn(2) ? "(" + pick(table.columns()) + ") " : "");
            add(oneIn(3) ? "DO NOTHING" : "DO UPDATE SET " + column + " = excluded." + column);
        }
        returning(table);
    }

    private void update() {
        Table table = target();
        with();
        add("UPDATE ").add(pick(CONFLICT)).add(table.name()).add(" SET ");
        list(1 + random.nextInt(2), ", ", () -> {
            add(pick(table.columns())).add(" = ");
            expression(table.columns(), 1);
        });
        if (oneIn(8)) {
            add(" FROM (SELECT 1 AS one, 'x' AS x) AS f");
        }
        where(table.columns());
        returning(table);
    }

    private void delete() {
        Table table = target();
        with();
        add("DELETE FROM ").add(table.name());
        where(table.columns());
        returning(table);
    }

    private void returning(Table table) {
        if (oneIn(5)) {
            add(" RETURNING ");
            if (oneIn(2)) {
                add("*");
            } else {
                expression(table.columns(), 1);
                add(" AS r");
            }
        }
    }

    private void with() {
        if (oneIn(10)) {
            add("WITH w(x) AS (SELECT 1 UNION ALL SELECT 2) ");
        }
    }

    private void where(List<String> columns) {
        if (!oneIn(5)) {
            add(" WHERE ");
            expression(columns, 2);
        }
    }

    // ---- Queries

    private void query() {
        switch (random.nextInt(12)) {
            case 0 -> {
                add("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT " + (1 + random.nextInt(8))
                        + ") ");
                add("SELECT n, ");
                expression(List.of("n"), 2);
                add(" FROM r");
            }
            case 1 -> {
                add("WITH c AS (");
                select(1);
                add(") SELECT * FROM c");
            }
            case 2 -> {
                add("VALUES ");
                list(1 + random.nextInt(3), ", ", () -> {
                    add("(");
                    value();
                    add(", ");
                    value();
                    add(")");
                });
            }
            case 3 -> {
                Table table = pick(tables);
                compoundPart(table);
                list(1 + random.nextInt(2), "", () -> {
                    add(pick(" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT "));
                    compoundPart(pick(tables));
                });
                add(oneIn(2) ? " ORDER BY 1" : "");
            }
            case 4 ->
                add(pick(
                        "PRAGMA table_info(t0)",
                        "PRAGMA integrity_check",
                        "PRAGMA user_version",
                        "PRAGMA foreign_key_list(t1)",
                        "PRAGMA index_list(t0)",
                        "PRAGMA foreign_key_check",
                        "SELECT type, name, sql FROM sqlite_schema"));
            case 5 -> windowed(pick(tables));
            default -> select(MAX_DEPTH);
        }
    }

    private void compoundPart(Table table) {
        add("SELECT ").add(pick(table.columns())).add(", ");
        expression(table.columns(), 1);
        add(" FROM ").add(table.name());
    }

    private void windowed(Table table) {
        String column = pick(table.columns());
        add("SELECT ").add(column).add(", ");
        if (oneIn(2)) {
            add(pick(WINDOW_FUNCTIONS));
        } else {
            add(pick("sum", "count", "min", "max", "group_concat", "first_value", "last_value", "lag", "lead"))
                    .add("(");
            expression(table.columns(), 1);
            add(")");
        }
        add(oneIn(6) ? " FILTER (WHERE " + column + " IS NOT NULL)" : "").add(" OVER (");
        add(oneIn(2) ? "PARTITION BY " + pick(table.columns()) + " " : "");
        add("ORDER BY ").add(column).add(pick(FRAMES)).add(") AS w FROM ").add(table.name());
    }

    private void select(int depth) {
        Table first = pick(tables);
        String a = "s" + aliases++;
        List<String> scope = new ArrayList<>();
        first.columns().forEach(column -> scope.add(a + "." + column));
        StringBuilder from = new StringBuilder(" FROM " + first.name() + " AS " + a);
        if (depth > 1 && oneIn(3)) {
            Table second = pick(tables);
            String b = "s" + aliases++;
            second.columns().forEach(column -> scope.add(b + "." + column));
            String join =
                    pick(" JOIN ", " LEFT JOIN ", " CROSS JOIN ", " FULL JOIN ", " RIGHT JOIN ", " NATURAL JOIN ");
            from.append(join).append(second.name()).append(" AS ").append(b);
            if (!join.contains("NATURAL")) {
                from.append(" ON ").append(a).append('.').append(pick(first.columns()));
                from.append(" = ").append(b).append('.').append(pick(second.columns()));
            }
        }
        boolean grouped = depth > 1 && oneIn(3);
        add("SELECT ").add(oneIn(6) ? "DISTINCT " : "");
        if (grouped) {
            add(pick(scope)).add(" AS k, ");
            list(1 + random.nextInt(2), ", ", () -> aggregate(scope));
        } else if (oneIn(3)) {
            add("*");
        } else {
            list(1 + random.nextInt(3), ", ", () -> {
                expression(scope, depth);
                add(oneIn(2) ? " AS e" + aliases++ : "");
            });
        }
        add(from.toString());
        if (oneIn(2)) {
            add(" WHERE ");
            expression(scope, depth);
        }
        if (grouped && !oneIn(4)) {
            add(" GROUP BY 1");
            add(oneIn(3) ? " HAVING count(*) > 1" : "");
        }
        if (oneIn(2)) {
            add(" ORDER BY ").add(pick(scope)).add(pick("", " DESC", " NULLS LAST", " COLLATE NOCASE"));
        }
        add(oneIn(4) ? " LIMIT " + random.nextInt(6) + pick("", " OFFSET 1") : "");
    }

    private void aggregate(List<String> scope) {
        String name = pick(AGGREGATES);
        add(name).add(name.endsWith(" ") ? "" : "(");
        expression(scope, 1);
        add(name.equals("string_agg") ? ", '/')" : ")");
        add(oneIn(8) ? " FILTER (WHERE " + pick(scope) + " IS NOT NULL)" : "");
    }

    // ---- Expressions

    private void expression(List<String> scope, int depth) {
        if (depth == 0 || oneIn(4)) {
            if (oneIn(3)) {
                value();
            } else {
                add(pick(scope));
            }
            return;
        }
        Runnable deeper = () -> expression(scope, depth - 1);
        switch (random.nextInt(14)) {
            case 0, 1, 2, 3 -> {
                add("(");
                deeper.run();
                add(" ").add(pick(BINARY)).add(" ");
                deeper.run();
                add(")");
            }
            case 4 -> {
                add(pick(FUNCTIONS_OF_ONE)).add("(");
                deeper.run();
                add(")");
            }
            case 5 -> {
                add(pick(FUNCTIONS_OF_TWO)).add("(");
                deeper.run();
                add(", ");
                deeper.run();
                add(")");
            }
            case 6 -> {
                add("CASE WHEN ");
                deeper.run();
                add(" THEN ");
                deeper.run();
                add(" ELSE ");
                deeper.run();
                add(" END");
            }
            case 7 -> {
                add("CAST(");
                deeper.run();
                add(" AS ")
                        .add(pick("INTEGER", "TEXT", "REAL", "BLOB", "NUMERIC"))
                        .add(")");
            }
            case 8 -> {
                add("(");
                deeper.run();
                add(pick(" IN (", " NOT IN ("));
                list(1 + random.nextInt(3), ", ", this::value);
                add("))");
            }
            case 9 -> {
                Table table = pick(tables);
                add("(SELECT ")
                        .add(oneIn(2) ? "count(*)" : "max(" + pick(table.columns()) + ")")
                        .add(" FROM ")
                        .add(table.name());
                add(" WHERE ").add(pick(table.columns())).add(" = ");
                deeper.run();
                add(")");
            }
            case 10 -> {
                Table table = pick(tables);
                add(pick("EXISTS", "NOT EXISTS"))
                        .add(" (SELECT 1 FROM ")
                        .add(table.name())
                        .add(" WHERE ")
                        .add(pick(table.columns()))
                        .add(" > ");
                deeper.run();
                add(")");
            }
            case 11 -> {
                add("(");
                deeper.run();
                add(" BETWEEN ");
                value();
                add(" AND ");
                value();
                add(")");
            }
            case 12 -> {
                add(pick("NOT ", "- ", "+ ", "~ ")).add("(");
                deeper.run();
                add(")");
            }
            default -> {
                add("(");
                deeper.run();
                add(pick(" IS NULL)", " NOTNULL)", " COLLATE NOCASE = 'abc')", " IS TRUE)"));
            }
        }
    }

    /** A parameter or a literal. */
    private void value() {
        if (takesParameters && !oneIn(3)) {
            add("?");
            values.add(parameter());
        } else {
            add(literal());
        }
    }

    private @Nullable Object parameter() {
        return switch (random.nextInt(9)) {
            case 0 -> null;
            case 1 -> random.nextBoolean();
            case 2, 3 -> oneIn(2) ? INTEGERS[random.nextInt(INTEGERS.length)] : (long) random.nextInt(10);
            case 4, 5 -> REALS[random.nextInt(REALS.length)];
            case 6 -> blob();
            default -> pick(TEXTS);
        };
    }

    private byte[] blob() {
        byte[] blob = new byte[random.nextInt(oneIn(20) ? 6_000 : 8)];
        random.nextBytes(blob);
        return blob;
    }

    private String literal() {
        return switch (random.nextInt(8)) {
            case 0 -> "NULL";
            case 1, 2 -> String.valueOf(random.nextInt(10));
            case 3 -> pick("9223372036854775807", "-1", "0x1F", "1e3", "9223372036854775808", "TRUE");
            case 4 -> pick("0.5", "-2.25", "1e308", ".1");
            case 5 -> pick("x''", "x'00ff'", "x'c3'", "zeroblob(3)");
            default -> "'" + pick("", "a", "B", "abc", "it''s", "\u00e4", "10") + "'";
        };
    }
}
