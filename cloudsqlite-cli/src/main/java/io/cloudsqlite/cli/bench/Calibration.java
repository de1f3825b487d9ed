package io.cloudsqlite.cli.bench;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.cli.bench.cloud.Cloud;
import io.cloudsqlite.cli.latency.LatencyLog;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How slow the cloud really is, simulated or not: a simulated wait is as exact as this machine's timers.
 *
 * @param getMillis the median of a get of one byte
 * @param putMillis the median of a put of one byte
 * @param lockMillis the median of acquiring a lock that nobody has
 * @param downMegabytesPerSecond of one stream, with its wait for the first byte
 * @param upMegabytesPerSecond of one stream, with its wait for the answer
 */
public record Calibration(
        double getMillis,
        double putMillis,
        double lockMillis,
        double downMegabytesPerSecond,
        double upMegabytesPerSecond) {

    private static final int REPETITIONS = 11;
    private static final int STREAMS = 5;
    private static final int STREAM_BYTES = 8_000_000;

    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    /** One kind of request. */
    @FunctionalInterface
    private interface Request {
        void send() throws IOException;
    }

    /** Sends some requests about an object of the name {@code name}, which is gone afterwards. */
    static Calibration measure(Cloud cloud, DatabaseName name) throws IOException {
        String key = name.value();
        byte[] stream = new byte[STREAM_BYTES];
        double putMillis = medianMillis(REPETITIONS, () -> put(cloud, key, new byte[1]));
        double getMillis = medianMillis(REPETITIONS, () -> get(cloud, key));
        double lockMillis = lockMillis(cloud, name);
        double upMillis = medianMillis(STREAMS, () -> put(cloud, key, stream));
        double downMillis = medianMillis(STREAMS, () -> get(cloud, key));
        cloud.directStore().delete(List.of(key), deadline());
        return new Calibration(
                getMillis, putMillis, lockMillis, STREAM_BYTES / downMillis / 1e3, STREAM_BYTES / upMillis / 1e3);
    }

    private static double medianMillis(int repetitions, Request request) throws IOException {
        request.send();
        LatencyLog log = new LatencyLog();
        for (int i = 0; i < repetitions; i++) {
            long began = System.nanoTime();
            request.send();
            log.add(System.nanoTime() - began);
        }
        return log.summary().p50();
    }

    /** The median of acquiring, without giving back. */
    private static double lockMillis(Cloud cloud, DatabaseName name) {
        cloud.locks().acquire(name, TIMEOUT, deadline()).close();
        LatencyLog log = new LatencyLog();
        for (int i = 0; i < REPETITIONS; i++) {
            long began = System.nanoTime();
            try (Lease lease = cloud.locks().acquire(name, TIMEOUT, deadline())) {
                log.add(System.nanoTime() - began);
                lease.ensureValid();
            }
        }
        return log.summary().p50();
    }

    private static void put(Cloud cloud, String key, byte[] bytes) {
        cloud.store().put(key, BlobBody.of(bytes), Map.of(), PutCondition.ALWAYS, deadline());
    }

    private static void get(Cloud cloud, String key) throws IOException {
        try (GetOutcome got = cloud.store().get(key, Optional.empty(), deadline())) {
            if (got instanceof GetOutcome.Found found) {
                found.body().transferTo(OutputStream.nullOutputStream());
            }
        }
    }

    private static Deadline deadline() {
        return Deadline.after(TIMEOUT, TimeSource.system());
    }
}
