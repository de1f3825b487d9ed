package io.cloudsqlite.cli.bench;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.cli.bench.cloud.Cloud;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.BlobInfo;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** The requests without which it cannot be done, and nothing else: the limits that the cloud sets. */
final class BareRequests {

    /** Into how many equal ranges an object is divided that is downloaded in parallel, all at a time. */
    static final int PARALLEL = 8;

    /** What the smallest commit has to carry: a page. */
    private static final int PAGE_BYTES = 4_096;

    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    private BareRequests() {}

    private static Deadline deadline() {
        return Deadline.after(TIMEOUT, TimeSource.system());
    }

    private static BlobInfo head(Cloud cloud, String key) {
        return cloud.directStore().head(key, deadline()).orElseThrow();
    }

    /** Asks whether an object has changed that has not: the limit for a read that sees all that was acknowledged. */
    static Client get(Cloud cloud, String key) {
        BlobInfo object = head(cloud, key);
        return () -> {
            try (GetOutcome got = cloud.store().get(key, Optional.of(object.version()), deadline())) {
                if (!(got instanceof GetOutcome.NotModified)) {
                    throw new IllegalStateException("'" + key + "' has changed");
                }
            }
        };
    }

    /**
     * Takes a lock and puts a page: the limit for a commit that the lock's hint has told is on the newest version. (To give
     * the lock back is not waited for.)
     */
    static Client commit(Cloud cloud, DatabaseName database) {
        return new Client() {

            private final BlobBody page = BlobBody.of(new byte[PAGE_BYTES]);
            private @Nullable Lease lease;

            @Override
            public void prepare() {
                close();
            }

            @Override
            public void run() {
                Deadline deadline = deadline();
                lease = cloud.locks().acquire(database, TIMEOUT, deadline);
                cloud.store().put(database.value(), page, Map.of(), PutCondition.ALWAYS, deadline);
            }

            @Override
            public void close() {
                if (lease != null) {
                    lease.close();
                    lease = null;
                }
            }
        };
    }

    /** Downloads an object by parallel ranges, and throws the bytes away: what the link allows a cold read. */
    static Client download(Cloud cloud, String key) {
        BlobInfo object = head(cloud, key);
        long rangeBytes = (object.sizeBytes() + PARALLEL - 1) / PARALLEL;
        ExecutorService threads = Executors.newFixedThreadPool(PARALLEL);
        return new Client() {

            @Override
            public void run() throws InterruptedException, IOException {
                List<Future<?>> ranges = new ArrayList<>();
                for (long offset = 0; offset < object.sizeBytes(); offset += rangeBytes) {
                    long start = offset;
                    ranges.add(threads.submit(() -> {
                        fetch(start);
                        return true;
                    }));
                }
                try {
                    for (Future<?> range : ranges) {
                        range.get();
                    }
                } catch (ExecutionException e) {
                    throw new IOException("cannot download '" + key + "'", e.getCause());
                }
            }

            private void fetch(long offset) throws IOException {
                try (GetOutcome got =
                        cloud.store().getRange(key, Optional.of(object.version()), offset, rangeBytes, deadline())) {
                    if (!(got instanceof GetOutcome.Found found)) {
                        throw new IOException("'" + key + "' has changed");
                    }
                    found.body().transferTo(OutputStream.nullOutputStream());
                }
            }

            @Override
            public void close() {
                threads.shutdownNow();
            }
        };
    }
}
