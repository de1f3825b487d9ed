package io.cloudsqlite.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.cli.bench.cloud.TrafficMeter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RunnerTest {

    private final Runner runner = new Runner(Duration.ZERO, Duration.ZERO, 5, new TrafficMeter());

    @Test
    void an_operation_that_takes_long_is_run_as_often_as_required() throws Exception {
        AtomicInteger runs = new AtomicInteger();

        Measurement measured = runner.measure(new Workload(Kind.WRITE, 1, 2, number -> runs::incrementAndGet));

        assertThat(measured.operations()).isEqualTo(6);
        assertThat(runs).as("each client warmed up once").hasValue(8);
        assertThat(measured.latencies().p50()).isPositive();
    }

    @Test
    void refusals_are_counted_apart() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        Client client = () -> {
            if (runs.getAndIncrement() % 2 == 0) {
                throw new WriteConflictException("no");
            }
        };

        Measurement measured = runner.measure(new Workload(Kind.WRITE, 1, 1, number -> client));

        assertThat(measured.operations()).isEqualTo(3);
        assertThat(measured.failures()).containsExactly(Map.entry("WriteConflictException", 2));
        assertThat(measured.failed()).isEqualTo(2);
    }

    @Test
    void any_other_failure_ends_it_for_all_clients() {
        Workload workload = new Workload(Kind.WRITE, 1, 4, number -> () -> {
            if (number == 3) {
                throw new IOException("disk full");
            }
        });

        assertThatThrownBy(() -> runner.measure(workload))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("single write, 1 MB, 4 clients")
                .hasMessageContaining("disk full");
    }

    @Test
    void a_client_prepares_before_each_operation_and_is_closed() throws Exception {
        List<String> steps = new ArrayList<>();
        Client client = new Client() {
            @Override
            public void prepare() {
                steps.add("prepare");
            }

            @Override
            public void run() {
                steps.add("run");
            }

            @Override
            public void close() {
                steps.add("close");
            }
        };

        new Runner(Duration.ZERO, Duration.ZERO, 1, new TrafficMeter())
                .measure(new Workload(Kind.WRITE, 1, 1, number -> client));

        assertThat(steps).containsExactly("prepare", "run", "prepare", "run", "close");
    }
}
