package io.cloudsqlite.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.CloudSqliteException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ErrorCodeTest {

    static Stream<Class<?>> exceptions() {
        return Stream.of(CloudSqliteException.class.getPermittedSubclasses());
    }

    @ParameterizedTest
    @MethodSource("exceptions")
    void every_exception_of_core_has_a_code(Class<?> exception) {
        assertThat(ErrorCode.of(exception)).isNotNull().isNotEqualTo(ErrorCode.INTERNAL);
    }
}
