package io.cloudsqlite.sql;

import io.cloudsqlite.sql.JudgedStatements.Judged;
import io.cloudsqlite.time.Deadline;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/**
 * Runs what embedding code asks for. It refuses what would break the commit protocol (transaction control, another
 * journal mode, another file) and what would outlive the request on a shared connection (settings, temporary tables).
 */
final class TrustedSqlExecutor implements SqlExecutor, StatementRunner.Gate {

    /** Only the request's own deadline ends a statement. */
    private static final Duration NO_STATEMENT_TIMEOUT = Duration.ofDays(365);

    private final JudgedStatements judged = new JudgedStatements(TrustedSqlExecutor::judge);

    @Override
    public StatementKind classify(SqlStatement statement) {
        return judge(statement.sql()).kind();
    }

    /** Nothing: what SQLite and the driver have by default is what embedding code expects. */
    @Override
    public void configure(Connection connection) {}

    @Override
    public List<SqlResult> execute(PreparedStatements prepared, List<SqlStatement> statements, Deadline deadline)
            throws WriteAttemptedException {
        return new StatementRunner(prepared, this, ResultBudget.unlimited(), NO_STATEMENT_TIMEOUT)
                .run(statements, deadline);
    }

    @Override
    public void vacuum(Connection connection, Deadline deadline) throws SQLException {
        Vacuum.run(connection, deadline);
    }

    @Override
    public Judged judge(String sql) {
        return judged.judge(sql);
    }

    private static StatementKind judge(SqlText statement) {
        return StatementRules.judge(statement, Pragmas.FOR_EMBEDDERS);
    }

    @Override
    public int maxValueBytes(SQLiteConnection connection, SqlText statement, StatementWatch watch) {
        return StatementProgram.ANY_SIZE;
    }

    @Override
    public String explain(SQLiteErrorCode code) {
        return "";
    }
}
