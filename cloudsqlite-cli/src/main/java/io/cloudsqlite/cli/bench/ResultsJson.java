package io.cloudsqlite.cli.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.cloudsqlite.cli.bench.cloud.Traffic;
import io.cloudsqlite.cli.latency.Latencies;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Map;
import java.util.OptionalDouble;

/** Writes results for programs: one JSON object. Figures that were not measured are left out. Safe for use by many threads. */
public final class ResultsJson {

    private final JsonGenerator json;

    private ResultsJson(JsonGenerator json) {
        this.json = json;
    }

    /** The results as one line of JSON. */
    public static String of(Results results) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JsonFactory.builder().build().createGenerator(text)) {
            new ResultsJson(json).write(results);
        }
        return text.toString();
    }

    private void write(Results results) throws IOException {
        json.writeStartObject();
        json.writeStringField("at", results.at().toString());
        json.writeArrayFieldStart("assumptions");
        for (String assumption : results.assumptions()) {
            json.writeString(assumption);
        }
        json.writeEndArray();
        if (results.report().isPresent()) {
            write(results.report().get());
        }
        if (results.soak().isPresent()) {
            write(results.soak().get());
        }
        json.writeArrayFieldStart("targets");
        for (Target target : results.targets()) {
            json.writeStartObject();
            json.writeStringField("what", target.what());
            json.writeStringField("goal", target.goal());
            json.writeStringField("measured", target.measured());
            json.writeStringField("verdict", target.verdict().toString());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void write(BenchReport report) throws IOException {
        Calibration cloud = report.calibration();
        json.writeObjectFieldStart("cloud");
        number("get_ms", cloud.getMillis());
        number("put_ms", cloud.putMillis());
        number("lock_ms", cloud.lockMillis());
        number("down_mb_per_second", cloud.downMegabytesPerSecond());
        number("up_mb_per_second", cloud.upMegabytesPerSecond());
        json.writeEndObject();

        json.writeArrayFieldStart("measurements");
        for (Measurement measurement : report.measurements()) {
            write(report, measurement);
        }
        json.writeEndArray();

        json.writeArrayFieldStart("checks");
        for (WriteCheck check : report.checks()) {
            json.writeStartObject();
            json.writeStringField("database", check.database().value());
            json.writeNumberField("acknowledged", check.acknowledged());
            json.writeNumberField("unknown", check.unknown());
            json.writeNumberField("found", check.found());
            json.writeBooleanField("good", check.isGood());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void write(BenchReport report, Measurement one) throws IOException {
        json.writeStartObject();
        json.writeStringField("workload", one.kind().toString());
        json.writeStringField("label", one.kind().label());
        json.writeNumberField("megabytes", one.megabytes());
        json.writeNumberField("clients", one.clients());
        json.writeNumberField("operations", one.operations());
        json.writeObjectFieldStart("failures");
        for (Map.Entry<String, Integer> failure : one.failures().entrySet()) {
            json.writeNumberField(failure.getKey(), failure.getValue());
        }
        json.writeEndObject();
        number("elapsed_ms", one.elapsed().toNanos() / 1e6);
        number("operations_per_second", one.throughput());
        write(one.latencies());
        writePerOperation(one);
        ratio("speed_to_first", report.timesFirst(one));
        ratio("speed_to_plain", report.timesPlain(one));
        ratio("time_to_limit", report.timesLimit(one));
        json.writeEndObject();
    }

    private void write(Latencies latencies) throws IOException {
        json.writeObjectFieldStart("latency_ms");
        number("avg", latencies.avg());
        number("min", latencies.min());
        number("p50", latencies.p50());
        number("p90", latencies.p90());
        number("p99", latencies.p99());
        number("max", latencies.max());
        json.writeEndObject();
    }

    private void writePerOperation(Measurement one) throws IOException {
        Traffic traffic = one.traffic();
        json.writeObjectFieldStart("per_operation");
        number("gets", one.perOperation(traffic.gets()));
        number("puts", one.perOperation(traffic.puts()));
        number("lists", one.perOperation(traffic.lists()));
        number("deletes", one.perOperation(traffic.deletes()));
        number("lock_requests", one.perOperation(traffic.lockRequests()));
        number("bytes_down", one.perOperation(traffic.bytesDown()));
        number("bytes_up", one.perOperation(traffic.bytesUp()));
        json.writeEndObject();
        number("dollars_per_million", one.dollarsPerMillion());
    }

    private void write(SoakReport soak) throws IOException {
        json.writeObjectFieldStart("soak");
        json.writeNumberField("databases", soak.databases());
        json.writeNumberField("clients", soak.clients());
        json.writeNumberField("seconds", soak.duration().toSeconds());
        json.writeNumberField("operations", soak.operations());
        json.writeNumberField("failures", soak.failures());
        json.writeNumberField("min_bytes", soak.minBytes());
        json.writeNumberField("max_bytes", soak.maxBytes());
        number("slope_bytes_per_second", soak.slopeBytesPerSecond());
        json.writeArrayFieldStart("heap");
        for (SoakReport.Sample sample : soak.samples()) {
            json.writeStartObject();
            number("seconds", sample.seconds());
            json.writeNumberField("bytes", sample.heapBytes());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void ratio(String name, OptionalDouble value) throws IOException {
        if (value.isPresent()) {
            number(name, value.getAsDouble());
        }
    }

    private void number(String name, double value) throws IOException {
        json.writeNumberField(name, Math.round(value * 1e4) / 1e4);
    }
}
