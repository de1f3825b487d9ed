package io.cloudsqlite.ltx;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class Crc64Test {

    private final Crc64 crc = new Crc64();

    @Test
    void the_check_value_is_that_of_the_catalogue() {
        crc.update("123456789".getBytes(US_ASCII));

        assertThat(crc.value()).isEqualTo(0xb90956c775a41001L);
    }

    @Test
    void nothing_has_the_checksum_zero() {
        assertThat(crc.value()).isZero();
    }

    @Test
    void it_agrees_with_a_bit_at_a_time_on_every_length_and_offset() {
        byte[] bytes = LtxFiles.noise(300, 1);
        for (int offset = 0; offset < 9; offset++) {
            for (int length = 0; length < 280; length++) {
                crc.reset();
                crc.update(bytes, offset, length);

                assertThat(crc.value())
                        .as("%d bytes from %d", length, offset)
                        .isEqualTo(RawLtx.crc(Arrays.copyOfRange(bytes, offset, offset + length)));
            }
        }
    }

    @Test
    void bytes_may_come_in_any_pieces() {
        byte[] bytes = LtxFiles.noise(5000, 2);
        SplittableRandom random = new SplittableRandom(3);
        for (int round = 0; round < 200; round++) {
            crc.reset();
            for (int at = 0; at < bytes.length; ) {
                int length = Math.min(bytes.length - at, random.nextInt(0, 100));
                crc.update(bytes, at, length);
                at += length;
            }

            assertThat(crc.value()).isEqualTo(RawLtx.crc(bytes));
        }
    }
}
