package io.cloudsqlite.session;

import io.cloudsqlite.sql.SqlStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Transactions that a seed makes up: rows come, change and go, tables and indexes too, values are small or larger than a
 * segment, databases grow and shrink. What they do is the same wherever they run.
 *
 * @param steps what to run, in order; VACUUM stands alone
 * @param viaJdbc whether it takes a connection to run them, or may as well, rather than a list of statements
 * @param fails whether the last step fails, so that nothing is changed
 */
record RandomTransaction(List<Step> steps, boolean viaJdbc, boolean fails) {

    /** One statement with its parameters. */
    record Step(String sql, List<Object> parameters) {

        static Step of(String sql, Object... parameters) {
            return new Step(sql, List.of(parameters));
        }

        SqlStatement statement() {
            return SqlStatement.of(sql, parameters.toArray());
        }
    }

    boolean isVacuum() {
        return steps.get(0).sql().equals("VACUUM");
    }

    List<SqlStatement> statements() {
        return steps.stream().map(Step::statement).toList();
    }

    /** Runs it with plain JDBC. */
    void run(Connection connection) throws SQLException {
        for (Step step : steps) {
            try (PreparedStatement prepared = connection.prepareStatement(step.sql())) {
                for (int index = 0; index < step.parameters().size(); index++) {
                    prepared.setObject(index + 1, step.parameters().get(index));
                }
                prepared.execute();
            }
        }
    }

    /** Makes up one transaction after the other, and knows which tables and indexes there are. */
    static final class Source {

        private static final int MAX_TABLES = 6;
        private static final int LARGE_BYTES = 1_300_000;

        private final SplittableRandom random;
        private final boolean large;

        /** The tables, each with its number of indexes. */
        private final TreeMap<String, Integer> tables = new TreeMap<>();

        private int names;

        /** @param large whether some transactions are, so that the log is soon as long as the database */
        Source(SplittableRandom random, boolean large) {
            this.random = random;
            this.large = large;
        }

        RandomTransaction next() {
            if (!tables.isEmpty() && random.nextInt(large ? 14 : 40) == 0) {
                return new RandomTransaction(List.of(Step.of("VACUUM")), false, false);
            }
            List<Step> steps = new ArrayList<>();
            boolean fails = random.nextInt(20) == 0;
            boolean jdbc = random.nextBoolean();
            if (fails && !tables.isEmpty()) {
                steps.add(insertRows(anyTable()));
                steps.add(Step.of("INSERT INTO " + anyTable() + " (id) VALUES (NULL), (1), (1)"));
                return new RandomTransaction(steps, jdbc, true);
            }
            for (int count = 1 + random.nextInt(4); count > 0; count--) {
                jdbc |= add(steps);
            }
            return new RandomTransaction(steps, jdbc, false);
        }

        /** Adds some steps; tells whether it takes JDBC to run them. */
        private boolean add(List<Step> steps) {
            if (tables.isEmpty()) {
                steps.add(createTable());
                return false;
            }
            String table = anyTable();
            switch (random.nextInt(18)) {
                case 0 -> steps.add(tables.size() < MAX_TABLES ? createTable() : dropTable(table));
                case 1 -> steps.add(createIndex(table));
                case 2 -> steps.add(Step.of("DROP INDEX IF EXISTS " + table + "_1"));
                case 3 -> steps.add(Step.of("ALTER TABLE " + table + " ADD COLUMN c" + ++names + " DEFAULT 'none'"));
                case 4 -> steps.add(rename(table));
                case 5 ->
                    steps.add(Step.of(
                            "INSERT INTO " + table + " (a, b) VALUES (?, ?)",
                            "large",
                            blob(large ? LARGE_BYTES : 20_000)));
                case 6 -> steps.add(Step.of("DELETE FROM " + table + " WHERE length(b) > 100000"));
                case 7 -> steps.add(Step.of("DELETE FROM " + table));
                case 8 -> steps.add(Step.of("DELETE FROM " + table + " WHERE id % 3 = ?", random.nextInt(3)));
                case 9 ->
                    steps.add(Step.of(
                            "UPDATE " + table + " SET a = a || ? WHERE id % 7 = ?",
                            "x".repeat(random.nextInt(50)),
                            random.nextInt(7)));
                case 10 -> {
                    // What comes and goes in one transaction leaves pages behind that nobody uses.
                    steps.add(insertRows(table));
                    steps.add(Step.of("INSERT INTO " + table + " (a, b) VALUES (1, ?)", blob(large ? 300_000 : 3_000)));
                    steps.add(Step.of("DELETE FROM " + table + " WHERE id > ?", random.nextInt(200)));
                }
                case 11 -> {
                    steps.add(Step.of("SAVEPOINT s"));
                    steps.add(Step.of("INSERT INTO " + table + " (a, b) VALUES (2, ?)", blob(large ? 200_000 : 2_000)));
                    steps.add(insertRows(table));
                    steps.add(Step.of("ROLLBACK TO s"));
                    steps.add(Step.of("RELEASE s"));
                    return true;
                }
                case 12 -> steps.add(Step.of("PRAGMA incremental_vacuum(" + random.nextInt(40) + ")"));
                case 13 -> steps.add(Step.of("PRAGMA user_version = " + random.nextInt(1000)));
                case 14 -> steps.add(Step.of("UPDATE " + table + " SET a = a WHERE id < 0"));
                default -> steps.add(insertRows(table));
            }
            return false;
        }

        private String anyTable() {
            List<String> all = List.copyOf(tables.keySet());
            return all.get(random.nextInt(all.size()));
        }

        private Step createTable() {
            String name = "t" + ++names;
            tables.put(name, 0);
            return Step.of("CREATE TABLE " + name + " (id INTEGER PRIMARY KEY, a, b)");
        }

        private Step dropTable(String table) {
            tables.remove(table);
            return Step.of("DROP TABLE " + table);
        }

        private Step createIndex(String table) {
            return Step.of("CREATE INDEX IF NOT EXISTS " + table + "_1 ON " + table + " (a)");
        }

        private Step rename(String table) {
            String name = "t" + ++names;
            tables.put(name, tables.remove(table));
            return Step.of("ALTER TABLE " + table + " RENAME TO " + name);
        }

        private Step insertRows(String table) {
            return Step.of(
                    "WITH RECURSIVE i (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i LIMIT ?) INSERT INTO " + table
                            + " (a, b) SELECT (x * 7919) % 1000, ? FROM i",
                    1 + random.nextInt(random.nextInt(5) == 0 ? large ? 2_000 : 400 : 30),
                    blob(random.nextInt(60)));
        }

        private byte[] blob(int sizeBytes) {
            byte[] bytes = new byte[sizeBytes];
            random.nextBytes(bytes);
            return bytes;
        }
    }
}
