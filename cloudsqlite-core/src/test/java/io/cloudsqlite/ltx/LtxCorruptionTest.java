package io.cloudsqlite.ltx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.cloudsqlite.ltx.LtxFiles.Content;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the reader does with bytes that are not a valid file: {@link CorruptLtxException}, and nothing else. */
final class LtxCorruptionTest {

    private static final byte[] NOISE = LtxFiles.noise(512, 1);
    private static final byte[] TEXT = LtxFiles.text(512, 2);
    private static final byte[] ZEROS = new byte[512];

    @Test
    void damage_in_a_large_index_is_found_where_it_is() {
        var pages = new TreeMap<Integer, byte[]>();
        for (int page = 1; page <= 300; page++) {
            pages.put(page, ZEROS);
        }
        byte[] file = LtxFiles.write(new LtxHeader(512, 300, 5, 6, LtxFiles.TIMESTAMP), pages);
        int trailer = file.length - 16;
        int indexBytes = (int) ByteBuffer.wrap(file).getLong(trailer - 8);
        assertThat(indexBytes).isGreaterThan(2 * 530);

        for (int at = trailer - 8 - indexBytes; at < trailer; at++) {
            byte[] damaged = file.clone();
            damaged[at] ^= 1;

            assertThatExceptionOfType(CorruptLtxException.class)
                    .isThrownBy(() -> LtxFiles.read(damaged))
                    .withMessageContaining("index")
                    .withMessageContaining("at offset " + at + " of the file");
        }
    }

    /** All but four: the last token of an LZ4 block has them for a match that does not follow, and nobody reads them. */
    @Test
    void every_flipped_bit_is_detected() throws IOException {
        byte[] file =
                LtxFiles.write(new LtxHeader(512, 200, 5, 6, LtxFiles.TIMESTAMP), new TreeMap<>(Map.of(3, NOISE)));

        List<Integer> undetected = new ArrayList<>();
        for (int bit = 0; bit < file.length * 8; bit++) {
            byte[] damaged = file.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            try {
                assertThat(LtxFiles.read(damaged).pages()).containsEntry(3, NOISE);
                undetected.add(bit);
            } catch (CorruptLtxException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }

        int token = 110 * 8;
        assertThat(undetected).containsExactly(token, token + 1, token + 2, token + 3);
    }

    @Test
    void every_byte_of_a_compressed_file_is_harmless_or_its_damage_detected() throws IOException {
        Content content = LtxFiles.increment(512, 4);
        byte[] file = LtxFiles.write(content.header(), content.pages());

        for (int at = 0; at < file.length; at++) {
            for (int change : new int[] {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
                byte[] damaged = file.clone();
                damaged[at] ^= (byte) change;
                assertHarmlessOrDetected(damaged, content, "byte %d changed by %d".formatted(at, change));
            }
        }
    }

    @Test
    void every_truncation_is_detected() {
        Content content = LtxFiles.increment(512, 5);
        byte[] file = LtxFiles.write(content.header(), content.pages());

        for (int length = 0; length < file.length; length++) {
            byte[] truncated = Arrays.copyOf(file, length);

            assertThatExceptionOfType(CorruptLtxException.class)
                    .as("%d of %d bytes", length, file.length)
                    .isThrownBy(() -> LtxFiles.read(truncated))
                    .withMessageContaining("ends after " + length + " bytes");
        }
    }

    @Test
    void every_truncation_of_a_file_of_lz4_frames_is_detected() throws IOException {
        byte[] file = RawLtx.increment()
                .frame(2, 0, lz4Frame(TEXT), TEXT)
                .frame(3, 0, lz4Frame(NOISE), NOISE)
                .finish();

        for (int length = 0; length < file.length; length++) {
            byte[] truncated = Arrays.copyOf(file, length);

            assertThatExceptionOfType(CorruptLtxException.class)
                    .as("%d of %d bytes", length, file.length)
                    .isThrownBy(() -> LtxFiles.read(truncated));
        }
    }

    @Test
    void failures_of_the_stream_pass_through() throws IOException {
        byte[] blocks = LtxFiles.write(
                new LtxHeader(512, 200, 5, 6, LtxFiles.TIMESTAMP), new TreeMap<>(Map.of(3, TEXT, 150, NOISE)));
        byte[] frames = RawLtx.increment()
                .frame(2, 0, lz4Frame(TEXT), TEXT)
                .frame(3, 0, lz4Frame(NOISE), NOISE)
                .finish();
        for (byte[] file : new byte[][] {blocks, frames}) {
            for (int length = 0; length < file.length; length++) {
                IOException failure = new IOException("connection reset");
                InputStream in = new FailingAfter(file, length, failure);

                assertThatExceptionOfType(IOException.class)
                        .as("after %d of %d bytes", length, file.length)
                        .isThrownBy(() -> LtxFiles.read(in))
                        .isSameAs(failure);
            }
        }
    }

    @Test
    void a_reader_that_has_failed_stays_failed() throws IOException {
        byte[] file = LtxFiles.write(
                new LtxHeader(512, 200, 5, 6, LtxFiles.TIMESTAMP), new TreeMap<>(Map.of(3, TEXT, 150, NOISE)));
        file[file.length - 1] ^= 1;
        LtxReader reader = new LtxReader(new ByteArrayInputStream(file));
        assertThat(reader.next()).isTrue();
        assertThat(reader.next()).isTrue();

        assertThatExceptionOfType(CorruptLtxException.class).isThrownBy(reader::next);

        assertThatIllegalStateException().isThrownBy(reader::next);
        assertThatIllegalStateException().isThrownBy(reader::page);
    }

    @Test
    void files_made_by_hand_are_valid_but_for_what_a_test_changes() throws IOException {
        byte[] file = RawLtx.increment().page(2, TEXT).page(3, ZEROS).finish();

        assertThat(LtxFiles.read(file).pages()).containsOnlyKeys(2, 3);
        assertThat(LtxFiles.read(new RawLtx(
                                        2,
                                        1,
                                        9,
                                        header -> header.put(99, (byte) 7).putLong(72, -1))
                                .page(1, TEXT)
                                .page(2, NOISE)
                                .finish())
                        .pages())
                .containsOnlyKeys(1, 2);
    }

    static Stream<Arguments> wrong_files_with_a_right_checksum() throws IOException {
        return Stream.of(
                arguments("LTX1", new RawLtx(9, 2, 2, header -> header.put(3, (byte) '2')).finish()),
                arguments("flags: 0x1", new RawLtx(9, 2, 2, header -> header.putInt(4, 1)).finish()),
                arguments("flags: 0x6", new RawLtx(9, 2, 2, header -> header.putInt(4, 6)).finish()),
                arguments("page size", new RawLtx(9, 2, 2, header -> header.putInt(8, 1000)).finish()),
                arguments("page size", new RawLtx(9, 2, 2, header -> header.putInt(8, 1 << 31)).finish()),
                arguments("at least one page", new RawLtx(0, 2, 2, header -> {}).finish()),
                arguments("4294967295 pages", new RawLtx(-1, 2, 2, header -> {}).finish()),
                arguments("TXIDs", new RawLtx(9, 0, 2, header -> {}).finish()),
                arguments("TXIDs", new RawLtx(9, 3, 2, header -> {}).finish()),
                arguments("TXIDs", new RawLtx(9, 3, -1, header -> {}).finish()),
                arguments("has none", new RawLtx(9, 2, 2, header -> header.putLong(40, -1)).finish()),
                arguments("database before", new RawLtx(9, 2, 2, header -> header.putInt(4, 0)).finish(-1, 0)),
                arguments(
                        "database before",
                        new RawLtx(1, 1, 1, header -> header.putInt(4, 0).putLong(40, -1))
                                .page(1, TEXT)
                                .finish(-1, 0)),
                arguments("-wal", new RawLtx(9, 2, 2, header -> header.putLong(48, -1)).finish()),
                arguments("-wal", new RawLtx(9, 2, 2, header -> header.putLong(56, 1)).finish()),
                arguments("-wal", new RawLtx(9, 2, 2, header -> header.putInt(68, 1)).finish()),
                arguments(
                        "page 5000001", RawLtx.increment().page(5_000_001, TEXT).finish()),
                arguments("page 4294967295", RawLtx.increment().page(-1, TEXT).finish()),
                arguments("outside", RawLtx.increment().page(0, TEXT).finish()),
                arguments("lock page", RawLtx.increment().page(2097153, TEXT).finish()),
                arguments(
                        "after page 3",
                        RawLtx.increment().page(3, TEXT).page(3, TEXT).finish()),
                arguments(
                        "after page 3",
                        RawLtx.increment().page(3, TEXT).page(2, TEXT).finish()),
                arguments(
                        "page 1 comes next",
                        new RawLtx(3, 1, 1, header -> {}).page(2, TEXT).finish()),
                arguments(
                        "page 2 comes next",
                        new RawLtx(3, 1, 1, header -> {})
                                .page(1, TEXT)
                                .page(3, TEXT)
                                .finish()),
                arguments(
                        "page 2 of 3 is missing",
                        new RawLtx(3, 1, 1, header -> {}).page(1, TEXT).finish()),
                arguments("page 1 of 3 is missing", new RawLtx(3, 1, 1, header -> {}).finish()),
                arguments(
                        "flags: 0x2",
                        RawLtx.increment()
                                .frame(2, 2, RawLtx.literals(TEXT), TEXT)
                                .finish()),
                arguments(
                        "0x8001",
                        RawLtx.increment()
                                .frame(2, 0x8001, RawLtx.literals(TEXT), TEXT)
                                .finish()),
                arguments(
                        "0 bytes",
                        RawLtx.increment().frame(2, 1, new byte[0], TEXT).finish()),
                arguments(
                        "531 bytes",
                        RawLtx.increment().frame(2, 1, new byte[531], TEXT).finish()),
                arguments("511 bytes", block(Arrays.copyOf(TEXT, 511))),
                arguments("more than a page", block(Arrays.copyOf(TEXT, 513))),
                arguments(
                        "not one of LZ4",
                        RawLtx.increment().frame(2, 1, new byte[] {0x10}, TEXT).finish()),
                arguments("LZ4 frame", frame(RawLtx.literals(TEXT))),
                arguments("LZ4 frame", frame(lz4Frame(Arrays.copyOf(TEXT, 511)))),
                arguments("LZ4 frame", frame(lz4Frame(Arrays.copyOf(TEXT, 513)))),
                arguments(
                        "index",
                        RawLtx.increment().page(2, TEXT).indexed(3, 1, 1).finish()),
                arguments("index", RawLtx.increment().indexed(3, 1, 1).finish()),
                arguments("index", RawLtx.increment().page(2, TEXT).finish(0, 1)),
                arguments("database after", RawLtx.increment().finish(1L << 63, 0)),
                arguments("database after", checksummedSnapshot(0)),
                arguments("needs one", checksummedSnapshot(1)),
                arguments("database's checksum", checksummedSnapshot(1L << 63)));
    }

    @ParameterizedTest
    @MethodSource("wrong_files_with_a_right_checksum")
    void a_right_checksum_does_not_make_a_file_valid(String message, byte[] file) {
        assertThatExceptionOfType(CorruptLtxException.class)
                .isThrownBy(() -> LtxFiles.read(file))
                .withMessageContaining(message);
    }

    @Test
    void a_snapshots_checksum_of_the_database_is_verified() throws IOException {
        long checksum = RawLtx.crc(RawLtx.bytes(516, buffer -> buffer.putInt(1).put(TEXT)))
                ^ RawLtx.crc(RawLtx.bytes(516, buffer -> buffer.putInt(2).put(NOISE)));

        byte[] file = checksummedSnapshot(checksum | 1L << 63);

        assertThat(LtxFiles.read(file).pages()).hasSize(2);
    }

    private static byte[] checksummedSnapshot(long checksum) {
        return new RawLtx(2, 1, 1, header -> header.putInt(4, 0))
                .page(1, TEXT)
                .page(2, NOISE)
                .finish(checksum, 0);
    }

    private static byte[] block(byte[] page) {
        return RawLtx.increment().frame(2, 1, RawLtx.literals(page), page).finish();
    }

    private static byte[] frame(byte[] frame) {
        return RawLtx.increment().frame(2, 0, frame, TEXT).finish();
    }

    @Test
    void a_block_beyond_what_a_page_can_need_is_refused_before_it_is_read() throws IOException {
        for (int size : new int[] {531, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE, -1}) {
            byte[] start = new RawLtx(9, 2, 2, header -> {})
                    .bytes(RawLtx.bytes(
                            10, buffer -> buffer.putInt(3).putShort((short) 1).putInt(size)))
                    .finish();
            InputStream in = new FailingAfter(start, 110, new IOException("it reads on"));

            assertThatExceptionOfType(CorruptLtxException.class)
                    .isThrownBy(() -> LtxFiles.read(in))
                    .withMessageContaining("where 1 to 530 are possible");
        }
    }

    @Test
    void an_endless_lz4_frame_is_given_up() throws IOException {
        // given frames to be skipped, one after another, and a frame that claims blocks of 4 MiB, all of them empty
        byte[] skipped = {0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0};
        byte[] empty = {1, 0, 0, 0, 0};
        byte[] claims = {0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73};

        for (byte[][] frame : new byte[][][] {{{}, skipped}, {claims, empty}}) {
            EndlessFrame in = new EndlessFrame(frame[0], frame[1]);

            // when
            assertThatExceptionOfType(CorruptLtxException.class)
                    .isThrownBy(() -> LtxFiles.read(in))
                    .havingCause()
                    .withMessageContaining("more than 658 bytes");

            // then
            assertThat(in.bytesRead).isEqualTo(106 + 658);
        }
    }

    /** The seed of a failure is in its message: put it in place of the first. */
    @Test
    void hostile_bytes_are_corrupt_and_nothing_worse() throws IOException {
        Content content = LtxFiles.increment(512, 6);
        byte[] blocks = LtxFiles.write(content.header(), content.pages());
        byte[] frames = RawLtx.increment()
                .frame(2, 0, lz4Frame(TEXT), TEXT)
                .frame(3, 0, lz4Frame(NOISE), NOISE)
                .page(4, ZEROS)
                .finish();
        Content contentOfFrames = LtxFiles.read(frames);

        long firstSeed = 0;
        for (long seed = firstSeed; seed < firstSeed + 20_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            boolean ofFrames = random.nextBoolean();
            byte[] hostile = mutated(ofFrames ? frames : blocks, random);
            assertHarmlessOrDetected(hostile, ofFrames ? contentOfFrames : content, "seed " + seed);
        }
    }

    /** The page's checksum is right there, so that a wrong answer of LZ4 would not be noticed otherwise. */
    @Test
    void hostile_blocks_and_frames_are_corrupt_and_nothing_worse() throws IOException {
        byte[] block = new byte[600];
        int blockBytes = LZ4Factory.safeInstance().fastCompressor().compress(TEXT, block);
        byte[] frame = lz4Frame(TEXT);

        long firstSeed = 0;
        for (long seed = firstSeed; seed < firstSeed + 20_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int flags = random.nextInt(2);
            byte[] hostile = mutated(flags == 1 ? Arrays.copyOf(block, blockBytes) : frame, random);
            byte[] file = RawLtx.increment().frame(2, flags, hostile, TEXT).finish();
            var expected =
                    new Content(new LtxHeader(512, 5_000_000, 2, 2, Instant.EPOCH), new TreeMap<>(Map.of(2, TEXT)));
            assertHarmlessOrDetected(file, expected, "seed " + seed);
        }
    }

    private static void assertHarmlessOrDetected(byte[] file, Content expected, String description) {
        try {
            Content read = LtxFiles.read(file);
            assertThat(read.isSameAs(expected)).as(description).isTrue();
        } catch (CorruptLtxException e) {
            assertThat(e.getMessage()).as(description).isNotBlank();
        } catch (IOException | RuntimeException | Error e) {
            throw new AssertionError(description, e);
        }
    }

    private static byte[] mutated(byte[] bytes, SplittableRandom random) {
        byte[] result = bytes.clone();
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            int at = random.nextInt(result.length);
            int length = random.nextInt(1, 9);
            switch (random.nextInt(5)) {
                case 0 -> result[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> Arrays.fill(result, at, Math.min(result.length, at + length), (byte) random.nextInt(-1, 2));
                case 2 -> result[at] = (byte) random.nextInt();
                case 3 -> {
                    byte[] longer = Arrays.copyOf(result, result.length + length);
                    System.arraycopy(result, at, longer, at + length, result.length - at);
                    result = longer;
                }
                default -> {
                    int from = random.nextInt(result.length);
                    int count = Math.min(length * 8, result.length - Math.max(at, from));
                    System.arraycopy(result, from, result, at, count);
                }
            }
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(result, random.nextInt(1, result.length + 1)) : result;
    }

    private static byte[] lz4Frame(byte[] page) throws IOException {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        try (var lz4 = new LZ4FrameOutputStream(
                frame,
                LZ4FrameOutputStream.BLOCKSIZE.SIZE_64KB,
                LZ4FrameOutputStream.FLG.Bits.BLOCK_INDEPENDENCE,
                LZ4FrameOutputStream.FLG.Bits.CONTENT_CHECKSUM)) {
            lz4.write(page);
        }
        return frame.toByteArray();
    }

    /** Gives bytes, then an exception in place of the end. */
    private static final class FailingAfter extends InputStream {
        private final InputStream bytes;
        private final IOException failure;

        FailingAfter(byte[] bytes, int length, IOException failure) {
            this.bytes = new ByteArrayInputStream(bytes, 0, length);
            this.failure = failure;
        }

        @Override
        public int read() throws IOException {
            int read = bytes.read();
            if (read < 0) {
                throw failure;
            }
            return read;
        }

        /** Not the inherited one, which takes an exception after the first byte for the end. */
        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = bytes.read(target, offset, length);
            if (read < 0) {
                throw failure;
            }
            return read;
        }
    }

    /** An increment whose first frame has flags 0, begins with some bytes, and repeats others for ever. */
    private static final class EndlessFrame extends InputStream {
        private final byte[] start;
        private final byte[] repeated;
        private int bytesRead;

        EndlessFrame(byte[] frameStart, byte[] repeated) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.write(RawLtx.increment().finish(), 0, 100);
            bytes.write(new byte[] {0, 0, 0, 2, 0, 0});
            bytes.write(frameStart);
            start = bytes.toByteArray();
            this.repeated = repeated;
        }

        @Override
        public int read() {
            int at = bytesRead++;
            return Byte.toUnsignedInt(at < start.length ? start[at] : repeated[(at - start.length) % repeated.length]);
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            for (int i = 0; i < length; i++) {
                target[offset + i] = (byte) read();
            }
            return length;
        }
    }
}
