package io.cloudsqlite.benchmarks;

import io.cloudsqlite.session.RequestOptions;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.sql.SqlLimits;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a session adds to a point read that may be stale, over JDBC alone with a statement that is prepared once. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ReadBenchmark {

    private static final RequestOptions STALE = RequestOptions.DEFAULT.withMaxStaleness(Duration.ofHours(1));

    @SuppressWarnings("NullAway.Init")
    private InMemoryDatabase trusted;

    @SuppressWarnings("NullAway.Init")
    private InMemoryDatabase guarded;

    @SuppressWarnings("NullAway.Init")
    private Connection plain;

    @SuppressWarnings("NullAway.Init")
    private PreparedStatement prepared;

    private int next;

    @Setup
    public void open() throws IOException, SQLException {
        trusted = InMemoryDatabase.open(SqlExecutor.trusted());
        guarded = InMemoryDatabase.open(SqlExecutor.guarded(SqlLimits.DEFAULT));
        plain = trusted.openPlain();
        prepared = plain.prepareStatement(InMemoryDatabase.READ);
    }

    @TearDown
    public void close() throws IOException, SQLException {
        plain.close();
        guarded.close();
        trusted.close();
    }

    private int id() {
        next = next % InMemoryDatabase.ROWS + 1;
        return next;
    }

    @Benchmark
    public List<Object> plainJdbc() throws SQLException {
        prepared.setInt(1, id());
        try (ResultSet rows = prepared.executeQuery()) {
            return InMemoryDatabase.valuesOf(rows);
        }
    }

    @Benchmark
    public SqlResult statement() {
        return trusted.session()
                .execute(SqlStatement.of(InMemoryDatabase.READ, id()), STALE)
                .value();
    }

    @Benchmark
    public SqlResult guardedStatement() {
        return guarded.session()
                .execute(SqlStatement.of(InMemoryDatabase.READ, id()), STALE)
                .value();
    }

    @Benchmark
    public List<Object> code() {
        int id = id();
        return trusted.session()
                .read(
                        connection -> {
                            try (PreparedStatement statement = connection.prepareStatement(InMemoryDatabase.READ)) {
                                statement.setInt(1, id);
                                try (ResultSet rows = statement.executeQuery()) {
                                    return InMemoryDatabase.valuesOf(rows);
                                }
                            }
                        },
                        STALE)
                .value();
    }
}
