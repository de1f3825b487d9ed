package io.cloudsqlite.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.cloudsqlite.cli.Commands.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {

    /** Slow enough that operations are counted and not timers measured. */
    private static final String[] FAST_CLOUD = {"--get-ms=1", "--put-ms=1.5", "--lock-ms=0.5", "--stream-mb=400"};

    @TempDir
    private Path directory;

    @Test
    void a_quick_run_measures_everything_and_loses_no_write() throws Exception {
        Path json = directory.resolve("report.json");
        Path html = directory.resolve("report.html");

        Ended ended = bench("--quick", "--sizes=1", "--json=" + json, "--html=" + html);

        assertThat(ended.exitCode()).as(ended.err()).isZero();
        Map<String, String> report = members(Files.readString(json));
        Map<String, Integer> workloads = workloads(report);
        assertThat(workloads)
                .containsOnlyKeys(
                        "first-read 1",
                        "first-write 1",
                        "plain-read 1",
                        "plain-write 1",
                        "plain-transaction 1",
                        "bare-get 1",
                        "bare-commit 1",
                        "bare-download 1",
                        "warm-read 1",
                        "stale-read 1",
                        "cold-read 1",
                        "write 1",
                        "transaction 1",
                        "writers 1",
                        "writers 8",
                        "writers 64",
                        "mix 8",
                        "processes 4");
        assertThat(workloads.values())
                .allSatisfy(index -> assertThat(Integer.parseInt(report.get("measurements/" + index + "/operations")))
                        .isPositive());
        assertRequests(report, workloads.get("warm-read 1"), 1, 0, 0);
        assertRequests(report, workloads.get("stale-read 1"), 0, 0, 0);
        assertRequests(report, workloads.get("first-read 1"), 1, 1, 2);
        assertRequests(report, workloads.get("first-write 1"), 1, 1, 2);
        assertRequests(report, workloads.get("plain-write 1"), 0, 0, 0);
        assertRequests(report, workloads.get("bare-download 1"), 8, 0, 0);
        assertThat(report)
                .containsEntry("checks/0/good", "true")
                .containsEntry("checks/1/good", "true")
                .containsKeys("targets/8/verdict", "cloud/get_ms", "assumptions/2");
        assertThat(ended.out())
                .contains("warm read", "90/10 mix, a process each", "What is to be reached", "not measured")
                .contains("Simulated cloud: get 1 ms and put 1.5 ms");
        assertThat(ended.err()).contains("cold read, 1 MB", "concurrent writers, 1 MB, 64 clients");
        assertThat(Files.readString(html))
                .contains("echarts.init(", "Operations a second", "\"workload\":\"warm-read\"")
                .contains("Licensed to the Apache Software Foundation")
                .doesNotContain("{{", "<script src", "<link");
        assertThat(filesIn(directory.resolve("work"))).isZero();
    }

    @Test
    void a_real_store_is_left_as_it_was() throws Exception {
        Path store = directory.resolve("store");

        Ended ended = Commands.runPlain(
                "bench", "--quick", "--sizes=1", "--store=file:" + store, "--work-dir=" + directory.resolve("work"));

        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(ended.out()).contains("The store is file:" + store, "warm read");
        assertThat(Commands.runPlain("list", "--format=csv", "--store=file:" + store)
                        .out())
                .doesNotContain("bench");
    }

    @Test
    void a_soak_watches_the_heap() throws Exception {
        Path json = directory.resolve("soak.json");

        Ended ended = bench("--soak=3", "--soak-databases=20", "--json=" + json);

        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(members(Files.readString(json)))
                .containsEntry("soak/databases", "20")
                .containsEntry("soak/failures", "0")
                .containsKeys("soak/heap/59/bytes", "soak/slope_bytes_per_second", "targets/0/verdict")
                .doesNotContainKey("measurements/0/workload");
        assertThat(ended.out()).contains("20 databases, 16 clients, 3 s", "heap of 20 databases under mixed load");
    }

    private Ended bench(String... options) {
        Stream<String> fixed = Stream.of("bench", "--work-dir=" + directory.resolve("work"));
        return Commands.runPlain(Stream.of(fixed, Stream.of(FAST_CLOUD), Stream.of(options))
                .flatMap(all -> all)
                .toArray(String[]::new));
    }

    private static void assertRequests(Map<String, String> report, int index, double gets, double puts, double locks) {
        String path = "measurements/" + index + "/per_operation/";
        assertThat(Double.parseDouble(report.get(path + "gets"))).isEqualTo(gets);
        assertThat(Double.parseDouble(report.get(path + "puts"))).isEqualTo(puts);
        assertThat(Double.parseDouble(report.get(path + "lists"))).isZero();
        assertThat(Double.parseDouble(report.get(path + "lock_requests"))).isEqualTo(locks);
    }

    /** The places of the measurements, by their workloads and clients. */
    private static Map<String, Integer> workloads(Map<String, String> report) {
        Map<String, Integer> workloads = new HashMap<>();
        for (int index = 0; report.containsKey("measurements/" + index + "/workload"); index++) {
            String path = "measurements/" + index + "/";
            workloads.put(report.get(path + "workload") + " " + report.get(path + "clients"), index);
        }
        return workloads;
    }

    private static long filesIn(Path parent) throws IOException {
        try (Stream<Path> files = Files.list(parent)) {
            return files.count();
        }
    }

    /** The members of an object and of all within it, by their paths. */
    private static Map<String, String> members(String json) throws IOException {
        Map<String, String> members = new HashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isScalarValue()) {
                    String path = parser.getParsingContext().pathAsPointer().toString();
                    members.put(path.substring(1), parser.getText());
                }
            }
        }
        return members;
    }
}
