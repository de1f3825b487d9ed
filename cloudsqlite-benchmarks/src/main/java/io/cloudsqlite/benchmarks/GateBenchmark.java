package io.cloudsqlite.benchmarks;

import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.sql.SqlLimits;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.sql.StatementKind;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The judgement of a statement by its text. What it costs in all to run SQL guarded, {@link ReadBenchmark} shows. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class GateBenchmark {

    private final SqlExecutor guarded = SqlExecutor.guarded(SqlLimits.DEFAULT);
    private final SqlExecutor trusted = SqlExecutor.trusted();
    private final SqlStatement statement = SqlStatement.of(InMemoryDatabase.READ, 1);

    @Benchmark
    public StatementKind guarded() {
        return guarded.classify(statement);
    }

    @Benchmark
    public StatementKind trusted() {
        return trusted.classify(statement);
    }
}
