package io.cloudsqlite.cli.bench.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.BlobStoreContractTest;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class DelayedBlobStoreTest extends BlobStoreContractTest {

    private static final Duration MILLISECOND = Duration.ofMillis(1);

    @Override
    protected BlobStore createStore() {
        return new DelayedBlobStore(
                new InMemoryBlobStore(),
                new CloudProfile(
                        MILLISECOND, MILLISECOND, MILLISECOND, 4_000_000_000L, OptionalLong.of(8_000_000_000L)));
    }

    @Test
    void a_request_that_would_arrive_too_late_did_not_happen() {
        InMemoryBlobStore within = new InMemoryBlobStore();
        Duration hour = Duration.ofHours(1);
        BlobStore store =
                new DelayedBlobStore(within, new CloudProfile(hour, hour, hour, 1_000_000, OptionalLong.empty()));

        assertThatThrownBy(() -> store.put(
                        "app.db", BlobBody.of(new byte[1]), Map.of(), PutCondition.ALWAYS, in(Duration.ofMillis(5))))
                .isInstanceOf(StorageUnavailableException.class);

        assertThat(within.head("app.db", in(hour))).isEmpty();
    }

    @Test
    void no_request_is_faster_than_the_profile_says() throws Exception {
        Duration get = Duration.ofMillis(3);
        Duration put = Duration.ofMillis(5);
        CloudProfile profile = new CloudProfile(get, put, MILLISECOND, 100_000_000, OptionalLong.of(50_000_000));
        BlobStore store = new DelayedBlobStore(new InMemoryBlobStore(), profile);
        byte[] body = new byte[2_500_000];
        Deadline deadline = in(Duration.ofMinutes(1));

        long began = System.nanoTime();
        store.put("app.db", BlobBody.of(body), Map.of(), PutCondition.ALWAYS, deadline);
        long stored = System.nanoTime();
        try (GetOutcome got = store.get("app.db", Optional.empty(), deadline)) {
            assertThat(((GetOutcome.Found) got).body().readAllBytes()).isEqualTo(body);
        }
        long read = System.nanoTime();

        // The link lets 50 MB/s through, of which a buffer of 1 MiB comes at once at the most.
        long bodyMillis = 25;
        assertThat(stored - began)
                .isGreaterThanOrEqualTo(put.plusMillis(bodyMillis).toNanos());
        assertThat(read - stored)
                .isGreaterThanOrEqualTo(get.plusMillis(bodyMillis).toNanos());
    }

    private static Deadline in(Duration duration) {
        return Deadline.after(duration, TimeSource.system());
    }
}
