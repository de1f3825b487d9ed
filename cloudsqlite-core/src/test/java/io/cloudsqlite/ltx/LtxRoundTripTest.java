package io.cloudsqlite.ltx;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.cloudsqlite.ltx.LtxFiles.Content;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Collections;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the writer and the reader promise when nothing is wrong with the bytes. */
final class LtxRoundTripTest {

    private static final LtxHeader SNAPSHOT = new LtxHeader(512, 3, 1, 4, LtxFiles.TIMESTAMP);
    private static final LtxHeader INCREMENT = new LtxHeader(512, 9, 5, 5, LtxFiles.TIMESTAMP);

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @ParameterizedTest
    @ValueSource(ints = {512, 1024, 2048, 4096, 8192, 16384, 32768, 65536})
    void pages_of_every_size_come_back(int pageSizeBytes) throws IOException {
        Content written = LtxFiles.increment(pageSizeBytes, pageSizeBytes);

        Content read = LtxFiles.read(LtxFiles.write(written.header(), written.pages()));

        assertThat(read.isSameAs(written)).isTrue();
    }

    @Test
    void random_increments_come_back() throws IOException {
        for (long seed = 0; seed < 500; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int pageSizeBytes = 512 << random.nextInt(4);
            long minTxid = random.nextLong(2, Long.MAX_VALUE);
            var header = new LtxHeader(
                    pageSizeBytes,
                    random.nextInt(1, 200_000),
                    minTxid,
                    random.nextBoolean() ? minTxid : Long.MAX_VALUE,
                    LtxFiles.TIMESTAMP.plusMillis(random.nextInt()));
            var pages = new TreeMap<Integer, byte[]>();
            for (int i = random.nextInt(20); i > 0; i--) {
                int page = random.nextInt(header.commitPages()) + 1;
                pages.put(
                        page,
                        random.nextBoolean()
                                ? LtxFiles.text(pageSizeBytes, seed + i)
                                : LtxFiles.noise(pageSizeBytes, seed + i));
            }

            Content read = LtxFiles.read(LtxFiles.write(header, pages));

            assertThat(read.isSameAs(new Content(header, pages)))
                    .as("seed %d", seed)
                    .isTrue();
        }
    }

    @Test
    void an_index_that_is_larger_than_a_page_comes_back() throws IOException {
        for (int count = 0; count < 3000; count = count * 3 / 2 + 1) {
            var pages = new TreeMap<Integer, byte[]>();
            for (int i = 1; i <= count; i++) {
                pages.put(i * 600, new byte[512]);
            }
            Content written = new Content(new LtxHeader(512, 2_000_000, 2, 2, LtxFiles.TIMESTAMP), pages);

            Content read = LtxFiles.read(LtxFiles.write(written.header(), written.pages()));

            assertThat(read.isSameAs(written)).as("%d pages", count).isTrue();
        }
    }

    @Test
    void an_increment_without_pages_is_legal() throws IOException {
        byte[] file = LtxFiles.write(INCREMENT, Collections.emptySortedMap());

        assertThat(file).hasSize(131);
        assertThat(LtxFiles.read(file).pages()).isEmpty();
        assertThat(LtxFiles.read(file).header()).isEqualTo(INCREMENT);
    }

    @Test
    void the_last_of_all_possible_pages_comes_back() throws IOException {
        LtxHeader header = new LtxHeader(512, Integer.MAX_VALUE, 5, 5, LtxFiles.TIMESTAMP);
        LtxWriter writer = new LtxWriter(out, header);
        writer.write(Integer.MAX_VALUE, new byte[512]);
        writer.finish();

        assertThat(LtxFiles.read(out.toByteArray()).pages()).containsOnlyKeys(Integer.MAX_VALUE);
    }

    @Test
    void the_same_input_gives_the_same_bytes() {
        Content content = LtxFiles.increment(4096, 5);

        assertThat(LtxFiles.write(content.header(), content.pages()))
                .isEqualTo(LtxFiles.write(content.header(), content.pages()));
    }

    @Test
    void the_reader_takes_exactly_the_files_bytes_however_few_come_at_a_time() throws IOException {
        Content first = LtxFiles.increment(1024, 6);
        Content second = LtxFiles.increment(512, 7);
        out.write(LtxFiles.write(first.header(), first.pages()));
        out.write(LtxFiles.write(second.header(), second.pages()));
        out.write("more".getBytes(UTF_8));
        InputStream in = new FilterInputStream(new ByteArrayInputStream(out.toByteArray())) {
            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                return super.read(target, offset, Math.min(length, 1));
            }
        };

        assertThat(LtxFiles.read(in).isSameAs(first)).isTrue();
        assertThat(LtxFiles.read(in).isSameAs(second)).isTrue();
        assertThat(in.readAllBytes()).asString().isEqualTo("more");
    }

    @Test
    void files_are_read_from_the_entries_of_an_archive() throws IOException {
        Content first = LtxFiles.increment(1024, 8);
        Content second = LtxFiles.increment(512, 9);
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry("1"));
            zip.write(LtxFiles.write(first.header(), first.pages()));
            zip.putNextEntry(new ZipEntry("2"));
            zip.write(LtxFiles.write(second.header(), second.pages()));
        }

        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(out.toByteArray()))) {
            zip.getNextEntry();
            assertThat(LtxFiles.read(zip).isSameAs(first)).isTrue();
            assertThat(zip.read()).isEqualTo(-1);
            zip.getNextEntry();
            assertThat(LtxFiles.read(zip).isSameAs(second)).isTrue();
            assertThat(zip.read()).isEqualTo(-1);
        }
    }

    @Test
    void pages_are_written_in_ascending_order_within_the_database() throws IOException {
        // given
        LtxWriter writer = new LtxWriter(out, INCREMENT);
        writer.write(4, new byte[512]);

        // when a page is refused
        for (int page : new int[] {4, 3, 1, 0, -1, 10, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertThatIllegalArgumentException().isThrownBy(() -> writer.write(page, new byte[512]));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> writer.write(5, new byte[511]));

        // then the file can go on
        writer.write(5, new byte[512]);
        writer.finish();
        assertThat(LtxFiles.read(out.toByteArray()).pages()).containsOnlyKeys(4, 5);
    }

    @Test
    void a_snapshot_has_every_page() throws IOException {
        LtxWriter writer = new LtxWriter(out, SNAPSHOT);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.write(2, new byte[512]))
                .withMessageContaining("page 1 comes next");
        writer.write(1, new byte[512]);
        assertThatIllegalArgumentException().isThrownBy(() -> writer.write(3, new byte[512]));
        writer.write(2, new byte[512]);
        assertThatIllegalStateException().isThrownBy(writer::finish).withMessageContaining("page 3 of 3");
        writer.write(3, new byte[512]);
        writer.finish();
        assertThat(LtxFiles.read(out.toByteArray()).pages()).containsOnlyKeys(1, 2, 3);
    }

    @Test
    void a_finished_file_takes_no_more() throws IOException {
        LtxWriter writer = new LtxWriter(out, INCREMENT);
        writer.finish();

        assertThatIllegalStateException().isThrownBy(() -> writer.write(1, new byte[512]));
        assertThatIllegalStateException().isThrownBy(writer::finish);
        assertThat(out.size()).isEqualTo(131);
    }

    @Test
    void a_file_whose_stream_failed_cannot_be_finished() throws IOException {
        // given
        IOException full = new IOException("no space left");
        LtxWriter writer = new LtxWriter(new FullAfter(150, full), INCREMENT);

        // when
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> writer.write(1, LtxFiles.noise(512, 1)))
                .isSameAs(full);

        // then
        assertThatIllegalStateException().isThrownBy(() -> writer.write(2, new byte[512]));
        assertThatIllegalStateException().isThrownBy(writer::finish);
    }

    @Test
    void there_is_a_page_only_after_next_has_said_so() throws IOException {
        LtxReader reader = new LtxReader(
                new ByteArrayInputStream(LtxFiles.write(INCREMENT, new TreeMap<>(Map.of(2, new byte[512])))));

        assertThatIllegalStateException().isThrownBy(reader::page);
        assertThatIllegalStateException().isThrownBy(reader::pageNumber);
        assertThat(reader.next()).isTrue();
        assertThat(reader.pageNumber()).isEqualTo(2);
        assertThat(reader.next()).isFalse();
        assertThat(reader.next()).isFalse();
        assertThatIllegalStateException().isThrownBy(reader::page);
    }

    private static final class FullAfter extends OutputStream {
        private int left;
        private final IOException failure;

        FullAfter(int bytes, IOException failure) {
            left = bytes;
            this.failure = failure;
        }

        @Override
        public void write(int b) throws IOException {
            if (left-- == 0) {
                throw failure;
            }
        }
    }
}
