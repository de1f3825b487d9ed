package io.cloudsqlite.format;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class LogPolicyTest {

    @Test
    void what_is_divided_by_is_above_zero() {
        assertThatIllegalArgumentException().isThrownBy(() -> policy(0, 2)).withMessageContaining("0 bytes");
        assertThatIllegalArgumentException().isThrownBy(() -> policy(1, 0)).withMessageContaining("above zero");
    }

    private static LogPolicy policy(int fullTailBytes, int databaseShare) {
        return new LogPolicy(fullTailBytes, 10, 100, databaseShare, 0, 4, 2, Duration.ZERO);
    }
}
