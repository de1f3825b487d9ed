package io.cloudsqlite.cli.loadtest;

import java.util.Locale;

/** What a load test asks of the server. */
public enum Workload {
    /** Four reads for each write. */
    MIXED,
    /** Only reads: the newest ten rows. */
    READ,
    /** Only writes: one row each. */
    WRITE;

    static final String CREATE_TABLE =
            "CREATE TABLE IF NOT EXISTS load_test (id INTEGER PRIMARY KEY, message TEXT NOT NULL, sent_at TEXT NOT NULL)";

    static final String INSERT =
            "INSERT INTO load_test (message, sent_at) VALUES ('Load test message', datetime('now'))";

    private static final String SELECT = "SELECT id, message, sent_at FROM load_test ORDER BY id DESC LIMIT 10";

    private static final int MIXED_CYCLE = 5;

    /**
     * The statement of request {@code number}, counted from 0. It has no parameters: the first CloudSQLite knows none, and
     * can be measured with the same requests.
     */
    String statement(int number) {
        return switch (this) {
            case READ -> SELECT;
            case WRITE -> INSERT;
            case MIXED -> number % MIXED_CYCLE == 0 ? INSERT : SELECT;
        };
    }

    /** The name as it is written on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
