package io.cloudsqlite.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.StatementNotAllowedException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ClassifyTest {

    private final SqlExecutor trusted = SqlExecutor.trusted();
    private final SqlExecutor guarded = SqlExecutor.guarded(SqlLimits.DEFAULT);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "select 1;|READ",
                "VALUES (1)|READ",
                "WITH x AS (SELECT 1) SELECT * FROM x|READ",
                "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x|WRITE",
                "EXPLAIN DELETE FROM t|READ",
                "EXPLAIN QUERY PLAN SELECT 1|READ",
                "INSERT INTO t VALUES (1) RETURNING *|WRITE",
                "REPLACE INTO t VALUES (1)|WRITE",
                "UPDATE t SET a = 1|WRITE",
                "DELETE FROM t|WRITE",
                "CREATE TABLE temp (a)|WRITE",
                "CREATE TABLE main.temp (a)|WRITE",
                "CREATE VIEW v AS SELECT temp.a FROM t AS temp|WRITE",
                "CREATE VIRTUAL TABLE IF NOT EXISTS d USING fts5(body)|WRITE",
                "CREATE VIRTUAL TABLE main.d USING \"RTREE\"(a, b, c)|WRITE",
                "DROP TABLE t|WRITE",
                "ALTER TABLE t RENAME TO u|WRITE",
                "ANALYZE|WRITE",
                "REINDEX t|WRITE",
                "VACUUM|VACUUM",
                "vacuum main;|VACUUM",
                "PRAGMA table_info(t)|READ",
                "PRAGMA main.\"table_info\" = t|READ",
                "PRAGMA user_version|READ",
                "PRAGMA user_version = 5|WRITE",
                "PRAGMA application_id(7)|WRITE",
                "PRAGMA integrity_check(10)|READ",
                "SELECT * FROM pragma_table_info('t')|READ",
                "PRAGMA foreign_keys|READ"
            })
    void both_executors_tell_reads_from_writes(String sql, StatementKind kind) {
        assertThat(trusted.classify(SqlStatement.of(sql))).isEqualTo(kind);
        assertThat(guarded.classify(SqlStatement.of(sql))).isEqualTo(kind);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PRAGMA journal_mode|READ",
                "PRAGMA database_list|READ",
                "SELECT * FROM pragma_database_list|READ",
                "PRAGMA optimize|WRITE",
                "PRAGMA incremental_vacuum(5)|WRITE",
                "CREATE VIRTUAL TABLE d USING fts4(body)|WRITE"
            })
    void embedding_code_may_do_more(String sql, StatementKind kind) {
        assertThat(trusted.classify(SqlStatement.of(sql))).isEqualTo(kind);
        assertThatThrownBy(() -> guarded.classify(SqlStatement.of(sql)))
                .isInstanceOf(StatementNotAllowedException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "BEGIN",
                "COMMIT",
                "END",
                "ROLLBACK",
                "SAVEPOINT s",
                "RELEASE s",
                "ATTACH 'x' AS x",
                "DETACH x",
                "VACUUM INTO 'x'",
                "VACUUM temp",
                "PRAGMA journal_mode = DELETE",
                "PRAGMA main.locking_mode(exclusive)",
                "PRAGMA wal_checkpoint",
                "PRAGMA wal_autocheckpoint = 5",
                "PRAGMA synchronous = 2",
                "PRAGMA query_only = 1",
                "PRAGMA foreign_keys = ON",
                "PRAGMA temp.user_version",
                "CREATE TEMP TABLE x (a)",
                "CREATE TABLE IF NOT EXISTS [temp].x (a)",
                "EXPLAIN PRAGMA user_version"
            })
    void what_breaks_the_protocol_is_refused_from_embedding_code_too(String sql) {
        assertThatThrownBy(() -> trusted.classify(SqlStatement.of(sql)))
                .isInstanceOf(StatementNotAllowedException.class);
    }
}
