package io.cloudsqlite.ltx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** A snapshot that is large enough to have a lock page, which takes a gibibyte of zeros some seconds to go through. */
final class LtxLockPageIT {

    @Test
    void a_snapshot_leaves_out_the_lock_page() throws IOException {
        // given
        byte[] page = LtxFiles.text(65536, 1);
        byte[] zeros = new byte[65536];
        LtxHeader header = new LtxHeader(65536, 16387, 1, 1, LtxFiles.TIMESTAMP);
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        // when
        LtxWriter writer = new LtxWriter(out, header);
        for (int number = 1; number < header.lockPage(); number++) {
            writer.write(number, number == 16384 ? page : zeros);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.write(header.lockPage(), zeros))
                .withMessageContaining("lock page");
        writer.write(16386, page);
        writer.write(16387, page);
        writer.finish();

        // then
        LtxReader reader = new LtxReader(new ByteArrayInputStream(out.toByteArray()));
        for (int number = 1; number <= header.commitPages(); number++) {
            if (number != header.lockPage()) {
                assertThat(reader.next()).isTrue();
                assertThat(reader.pageNumber()).isEqualTo(number);
                assertThat(reader.page()).isEqualTo(number < 16384 ? zeros : page);
            }
        }
        assertThat(reader.next()).isFalse();
    }
}
