package io.cloudsqlite.cli.bench.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.InMemoryBlobStore;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.store.PutOutcome;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CloudTest {

    private static final DatabaseName NAME = DatabaseName.of("app.db");

    private final Deadline deadline = Deadline.after(Duration.ofMinutes(1), TimeSource.system());

    static Stream<Cloud> clouds() {
        CloudProfile fast =
                new CloudProfile(Duration.ZERO, Duration.ZERO, Duration.ZERO, 1_000_000_000, OptionalLong.empty());
        return Stream.of(
                Cloud.simulated(new InMemoryBlobStore(), new InMemoryLockManager(), fast),
                Cloud.real(new InMemoryBlobStore(), new InMemoryLockManager()));
    }

    @ParameterizedTest
    @MethodSource("clouds")
    void requests_and_bytes_are_counted_by_kind(Cloud cloud) throws Exception {
        BlobStore store = cloud.store();
        PutOutcome put = store.put("a", BlobBody.of(new byte[300]), Map.of(), PutCondition.ALWAYS, deadline);
        BlobVersion version = ((PutOutcome.Stored) put).version();
        store.put("a", BlobBody.of(new byte[20]), Map.of(), PutCondition.IF_ABSENT, deadline);
        Traffic afterPuts = cloud.meter().total();

        try (GetOutcome got = store.get("a", Optional.empty(), deadline)) {
            ((GetOutcome.Found) got).body().readNBytes(100);
        }
        store.get("a", Optional.of(version), deadline).close();
        try (GetOutcome got = store.getRange("a", Optional.of(version), 200, 50, deadline)) {
            ((GetOutcome.Found) got).body().readAllBytes();
        }
        store.head("a", deadline);
        store.list("", Optional.empty(), 10, deadline);
        store.delete("a", version, deadline);
        store.delete(List.of("b"), deadline);

        assertThat(afterPuts).isEqualTo(new Traffic(0, 2, 0, 0, 0, 320, 0));
        assertThat(cloud.meter().total().since(afterPuts)).isEqualTo(new Traffic(4, 0, 1, 2, 150, 0, 0));
        assertThat(cloud.meter().total().storeRequests()).isEqualTo(9);
    }

    @ParameterizedTest
    @MethodSource("clouds")
    void a_lock_takes_a_request_each_way(Cloud cloud) {
        try (Lease lease = cloud.locks().acquire(NAME, Duration.ofSeconds(30), deadline)) {
            lease.ensureValid();
            assertThat(cloud.meter().total().lockRequests()).isEqualTo(1);
        }

        assertThat(cloud.meter().total().lockRequests()).isEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("clouds")
    void what_goes_the_direct_way_is_not_counted(Cloud cloud) {
        cloud.directStore().put("a", BlobBody.of(new byte[1]), Map.of(), PutCondition.ALWAYS, deadline);
        cloud.directLocks().acquire(NAME, Duration.ofSeconds(30), deadline).close();

        assertThat(cloud.meter().total()).isEqualTo(new Traffic(0, 0, 0, 0, 0, 0, 0));
        assertThat(cloud.store().head("a", deadline)).isPresent();
    }

    @ParameterizedTest
    @MethodSource("clouds")
    void a_try_to_acquire_a_lock_that_is_taken_costs_as_much(Cloud cloud) {
        Deadline now = Deadline.after(Duration.ZERO, TimeSource.system());
        try (Lease lease = cloud.directLocks().acquire(NAME, Duration.ofSeconds(30), deadline)) {
            lease.ensureValid();
            assertThatThrownBy(() -> cloud.locks().acquire(NAME, Duration.ofSeconds(30), now))
                    .isInstanceOf(DatabaseLockedException.class);
        }

        assertThat(cloud.meter().total().lockRequests()).isEqualTo(1);
    }

    @Test
    void a_million_requests_have_their_list_price() {
        assertThat(new Traffic(1, 0, 0, 0, 1_000_000, 0, 0).dollars()).isCloseTo(0.4, within(1e-9));
        assertThat(new Traffic(0, 1, 1, 1, 0, 1_000_000, 2).dollars()).isCloseTo(11.25, within(1e-9));
    }
}
