package io.cloudsqlite.benchmarks;

import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.sql.SqlResult;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a session adds to a transaction: to capture the pages that it changed, encode them and put them into a store that
 * takes no time but for its hashing, over JDBC alone. How it grows with the pages is what a page costs.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class WriteBenchmark {

    /** How many pages a transaction changes. */
    @Param({"1", "64"})
    private int pages;

    @SuppressWarnings("NullAway.Init")
    private InMemoryDatabase database;

    @SuppressWarnings("NullAway.Init")
    private Connection plain;

    @SuppressWarnings("NullAway.Init")
    private PreparedStatement prepared;

    private int first;

    @Setup
    public void open() throws IOException, SQLException {
        database = InMemoryDatabase.open(SqlExecutor.trusted());
        plain = database.openPlain();
        prepared = plain.prepareStatement(InMemoryDatabase.WRITE);
    }

    /** Else the log of all iterations would fill the memory. */
    @Setup(Level.Iteration)
    public void recreate() {
        database.recreate();
    }

    @TearDown
    public void close() throws IOException, SQLException {
        plain.close();
        database.close();
    }

    private int last() {
        return first + pages * InMemoryDatabase.ROWS_OF_PAGE - 1;
    }

    private void advance() {
        first = last() + 1;
        if (first < 1 || last() > InMemoryDatabase.ROWS) {
            first = 1;
        }
    }

    @Benchmark
    public int plainJdbc() throws SQLException {
        advance();
        prepared.setInt(1, first);
        prepared.setInt(2, last());
        return prepared.executeUpdate();
    }

    @Benchmark
    public SqlResult session() {
        advance();
        return database.session().execute(InMemoryDatabase.WRITE, first, last());
    }
}
