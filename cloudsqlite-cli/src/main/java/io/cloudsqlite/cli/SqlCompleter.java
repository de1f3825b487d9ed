package io.cloudsqlite.cli;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.session.DbSession;
import io.cloudsqlite.session.RequestOptions;
import io.cloudsqlite.sql.SqlStatement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Completes keywords, the names of tables and columns, and the commands of the shell. */
final class SqlCompleter implements Completer {

    private static final Logger log = LoggerFactory.getLogger(SqlCompleter.class);

    /** Whoever presses Tab does not wait for the store. */
    private static final RequestOptions RECENT =
            RequestOptions.DEFAULT.withMaxStaleness(Duration.ofMinutes(1)).withTimeout(Duration.ofSeconds(2));

    private static final SqlStatement NAMES = SqlStatement.of("""
            SELECT name FROM sqlite_schema
              WHERE type IN ('table', 'view') AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cloudsqlite_*'
            UNION SELECT c.name FROM sqlite_schema AS s, pragma_table_info(s.name) AS c
              WHERE s.type IN ('table', 'view') AND s.name NOT GLOB '_cloudsqlite_*'""");

    private static final List<String> COMMANDS = List.of(".help", ".mode", ".quit", ".schema", ".tables");

    private static final List<String> KEYWORDS = List.of(
            "ALTER TABLE",
            "AND",
            "AS",
            "ASC",
            "BETWEEN",
            "BY",
            "CASE",
            "CHECK",
            "COLLATE",
            "COLUMN",
            "CONFLICT",
            "CREATE",
            "CROSS JOIN",
            "CURRENT_TIMESTAMP",
            "DEFAULT",
            "DELETE FROM",
            "DESC",
            "DISTINCT",
            "DROP",
            "ELSE",
            "END",
            "EXCEPT",
            "EXISTS",
            "EXPLAIN QUERY PLAN",
            "FOREIGN KEY",
            "FROM",
            "GROUP BY",
            "HAVING",
            "IF NOT EXISTS",
            "IN",
            "INDEX",
            "INNER JOIN",
            "INSERT INTO",
            "INTEGER",
            "INTERSECT",
            "IS",
            "JOIN",
            "LEFT JOIN",
            "LIKE",
            "LIMIT",
            "NOT",
            "NULL",
            "OFFSET",
            "ON",
            "OR",
            "ORDER BY",
            "OVER",
            "PARTITION BY",
            "PRAGMA",
            "PRIMARY KEY",
            "REFERENCES",
            "RENAME TO",
            "REPLACE INTO",
            "RETURNING",
            "SELECT",
            "SET",
            "TABLE",
            "TEXT",
            "THEN",
            "TRIGGER",
            "UNION",
            "UNIQUE",
            "UPDATE",
            "USING",
            "VACUUM",
            "VALUES",
            "VIEW",
            "WHEN",
            "WHERE",
            "WITH");

    private final DbSession session;

    SqlCompleter(DbSession session) {
        this.session = session;
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        Stream<String> words = line.line().startsWith(".") && line.wordIndex() == 0
                ? COMMANDS.stream()
                : Stream.concat(KEYWORDS.stream(), names().stream());
        words.map(Candidate::new).forEach(candidates::add);
    }

    private List<String> names() {
        try {
            return session.execute(NAMES, RECENT).value().rows().stream()
                    .map(row -> String.valueOf(row.get(0)))
                    .toList();
        } catch (CloudSqliteException e) {
            log.debug("db={} no names to complete", session.database(), e);
            return List.of();
        }
    }
}
