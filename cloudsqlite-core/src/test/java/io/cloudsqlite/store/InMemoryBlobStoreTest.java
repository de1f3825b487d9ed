package io.cloudsqlite.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.time.ManualTime;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InMemoryBlobStoreTest extends BlobStoreContractTest {

    private final ManualTime time = new ManualTime();

    /** Dates are tested here, and all else with the clock of the machine. */
    @Override
    protected BlobStore createStore() {
        return new InMemoryBlobStore();
    }

    @Override
    protected int rounds() {
        return 40;
    }

    @Test
    void version_repeats_when_bytes_repeat() {
        BlobVersion first = put("app.db", "a");
        put("app.db", "b");

        assertThat(put("app.db", "a")).isEqualTo(first);
    }

    @Test
    void object_is_dated_by_the_clock_it_was_given() {
        BlobStore dated = new InMemoryBlobStore(time);
        time.advance(Duration.ofDays(3));

        dated.put("app.db", body("a"), Map.of(), PutCondition.ALWAYS, soon());

        assertThat(dated.head("app.db", soon()).orElseThrow().lastModified()).isEqualTo(time.instant());
    }

    @Test
    void body_too_large_for_an_array_is_refused_unread() {
        BlobBody huge = new BlobBody() {
            @Override
            public long sizeBytes() {
                return Integer.MAX_VALUE;
            }

            @Override
            public InputStream open() {
                throw new AssertionError("was opened");
            }
        };

        assertThatThrownBy(() -> store().put("app.db", huge, Map.of(), PutCondition.ALWAYS, soon()))
                .isInstanceOf(StorageUnavailableException.class);
    }
}
