package io.cloudsqlite.benchmarks;

import io.cloudsqlite.ltx.LtxHeader;
import io.cloudsqlite.ltx.LtxReader;
import io.cloudsqlite.ltx.LtxWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Pages to the bytes that a commit publishes, and back. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class LtxBenchmark {

    private static final int PAGE_BYTES = 4_096;

    /** Of how many different bytes pages consist, so that they compress to about half. */
    private static final int ALPHABET = 16;

    /** How many pages a transaction has changed. */
    @Param({"1", "64"})
    private int pages;

    private byte[][] content = {};
    private byte[] encoded = {};

    @Setup
    public void fill() throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        content = new byte[pages][PAGE_BYTES];
        for (byte[] page : content) {
            for (int i = 0; i < PAGE_BYTES; i++) {
                page[i] = (byte) random.nextInt(ALPHABET);
            }
        }
        encoded = encode();
    }

    @Benchmark
    public byte[] encode() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        LtxHeader header = new LtxHeader(PAGE_BYTES, 1_000, 2, 2, Instant.EPOCH);
        LtxWriter writer = new LtxWriter(out, header);
        for (int page = 0; page < pages; page++) {
            writer.write(page + 1, content[page]);
        }
        writer.finish();
        return out.toByteArray();
    }

    @Benchmark
    public int decode() throws IOException {
        LtxReader reader = new LtxReader(new ByteArrayInputStream(encoded));
        int bytes = 0;
        while (reader.next()) {
            bytes += reader.page().length;
        }
        return bytes;
    }
}
