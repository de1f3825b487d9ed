package io.cloudsqlite.ltx;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules around the lock page, without the gibibyte that lies before it. */
final class PageOrderTest {

    private static final int LOCK_PAGE = 16385;

    @ParameterizedTest
    @ValueSource(ints = {LOCK_PAGE - 1, LOCK_PAGE, LOCK_PAGE + 1, LOCK_PAGE + 2})
    void a_snapshot_has_every_page_but_the_lock_page(int commitPages) {
        PageOrder order = new PageOrder(new LtxHeader(65536, commitPages, 1, 1, LtxFiles.TIMESTAMP));

        for (int page = 1; page <= commitPages; page++) {
            if (page == LOCK_PAGE) {
                assertThat(order.accept(page))
                        .hasValueSatisfying(problem -> assertThat(problem).contains("lock page"));
            } else {
                assertThat(order.end())
                        .hasValueSatisfying(problem -> assertThat(problem).contains("is missing"));
                assertThat(order.accept(page)).isEmpty();
            }
        }

        assertThat(order.end()).isEmpty();
    }

    @Test
    void no_increment_has_the_lock_page() {
        PageOrder order = new PageOrder(new LtxHeader(65536, 20000, 2, 2, LtxFiles.TIMESTAMP));

        assertThat(order.accept(LOCK_PAGE - 1)).isEmpty();
        assertThat(order.accept(LOCK_PAGE)).isPresent();
        assertThat(order.accept(LOCK_PAGE + 1)).isEmpty();
        assertThat(order.end()).isEmpty();
    }
}
