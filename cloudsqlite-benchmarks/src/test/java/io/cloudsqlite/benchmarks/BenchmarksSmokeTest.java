package io.cloudsqlite.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

class BenchmarksSmokeTest {

    @Test
    void every_benchmark_runs() throws Exception {
        Options once = new OptionsBuilder()
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(10))
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .build();

        Collection<RunResult> results = new Runner(once).run();

        assertThat(results)
                .extracting(result -> result.getParams().getBenchmark().replaceFirst(".*\\.(\\w+\\.\\w+)", "$1"))
                .containsOnly(
                        "GateBenchmark.guarded",
                        "GateBenchmark.trusted",
                        "LtxBenchmark.decode",
                        "LtxBenchmark.encode",
                        "ReadBenchmark.code",
                        "ReadBenchmark.guardedStatement",
                        "ReadBenchmark.plainJdbc",
                        "ReadBenchmark.statement",
                        "WriteBenchmark.plainJdbc",
                        "WriteBenchmark.session");
        assertThat(results)
                .allSatisfy(result ->
                        assertThat(result.getPrimaryResult().getScore()).isPositive());
    }
}
