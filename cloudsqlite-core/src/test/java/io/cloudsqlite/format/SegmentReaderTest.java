package io.cloudsqlite.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.copy.DatabaseChecksum;
import io.cloudsqlite.ltx.LtxHeader;
import io.cloudsqlite.ltx.LtxWriter;
import io.cloudsqlite.store.BlobInfo;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.time.SystemRandom;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Segments of commits of several transactions: what is read of them, and what is refused. */
class SegmentReaderTest {

    private static final int PAGE_SIZE = 512;

    /** Notes which transactions came. */
    private static final class Noted implements PageSink {

        private final List<String> commits = new ArrayList<>();

        @Override
        public void begin(LtxHeader commit) {
            commits.add(commit.minTxid() + "-" + commit.maxTxid());
        }

        @Override
        public void page(int number, byte[] bytes) {
            assertThat(number).isEqualTo(1);
        }

        @Override
        public void end(int pageCount, long ltxBytes) {
            assertThat(pageCount).isEqualTo(1);
        }
    }

    private static byte[] ltx(long from, long to) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        LtxWriter writer = new LtxWriter(bytes, new LtxHeader(PAGE_SIZE, 1, from, to, Instant.EPOCH));
        writer.write(1, new byte[PAGE_SIZE]);
        writer.finish();
        return bytes.toByteArray();
    }

    /** The bytes of a segment whose entries have these names, and are what their names say. */
    private static byte[] segment(String... names) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (SegmentWriter writer = new SegmentWriter(bytes)) {
            for (String name : names) {
                int dash = name.indexOf('-');
                long from = Long.parseLong(name.substring(0, dash));
                long to = Long.parseLong(name.substring(dash + 1));
                writer.begin(LogKeys.entry(from, to));
                writer.entry().write(ltx(from, to));
                writer.end();
            }
        }
        return bytes.toByteArray();
    }

    private static Noted read(byte[] bytes, long from, long to, long afterTxid, long upToTxid)
            throws IOException, SplitCommitException {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        String key = LogKeys.segment(from, to, CommitId.next(SystemRandom.create()));
        Manifest.Segment segment = new Manifest.Segment(
                key, from, to, Instant.EPOCH, bytes.length, (int) crc.getValue(), DatabaseChecksum.OF_NOTHING);
        BlobInfo info = new BlobInfo(key, new BlobVersion("v"), bytes.length, Instant.EPOCH, Map.of());
        Noted noted = new Noted();
        try (GetOutcome.Found object = new GetOutcome.Found(info, new ByteArrayInputStream(bytes))) {
            new SegmentReader(segment, PAGE_SIZE).read(object, afterTxid, upToTxid, noted);
        }
        return noted;
    }

    @ParameterizedTest
    @CsvSource({
        "4, 12, '5-5,6-9,10-12'",
        "0, 99, '5-5,6-9,10-12'",
        "5, 12, '6-9,10-12'",
        "5, 9, '6-9'",
        "9, 99, '10-12'",
        "12, 99, ''",
        "0, 4, ''"
    })
    void commits_are_read_that_come_after_one_transaction_and_up_to_another(long after, long upTo, String expected)
            throws Exception {
        // given
        byte[] bytes = segment("5-5", "6-9", "10-12");

        // when
        Noted noted = read(bytes, 5, 12, after, upTo);

        // then
        assertThat(String.join(",", noted.commits)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"6, 12, 6, 9", "8, 12, 6, 9", "5, 8, 6, 9", "4, 6, 6, 9", "7, 8, 6, 9", "9, 11, 10, 12", "6, 11, 6, 9"})
    void commit_that_is_wanted_in_part_is_told_and_not_read(long after, long upTo, long from, long to)
            throws Exception {
        // given
        byte[] bytes = segment("5-5", "6-9", "10-12");

        // when
        SplitCommitException split =
                catchThrowableOfType(SplitCommitException.class, () -> read(bytes, 5, 12, after, upTo));

        // then
        assertThat(split.fromTxid()).isEqualTo(from);
        assertThat(split.toTxid()).isEqualTo(to);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "5-5,7-12",
                "5-6,6-12",
                "5-9",
                "5-13",
                "6-12",
                "4-12",
                "5-9,10-12,13-13",
                "10-12,5-9",
            })
    void gaps_and_overlaps_are_damage(String names) throws Exception {
        byte[] bytes = segment(names.split(",", -1));

        assertThatThrownBy(() -> read(bytes, 5, 12, 0, 99)).isInstanceOf(DamagedException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "0000000000000005-0000000000000005.ltx2",
                "0000000000000005-0000000000000004.ltx",
                "0000000000000005-ffffffffffffffff.ltx",
                "0000000000000005-8000000000000000.ltx",
                "0000000000000005-000000000000000A.ltx",
                "5-5.ltx"
            })
    void name_that_no_commit_has_is_damage(String name) throws Exception {
        // given
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (SegmentWriter writer = new SegmentWriter(bytes)) {
            writer.begin(name);
            writer.entry().write(ltx(5, 5));
            writer.end();
        }

        // when, then
        assertThatThrownBy(() -> read(bytes.toByteArray(), 5, 12, 0, 99)).isInstanceOf(DamagedException.class);
    }

    @Test
    void commit_whose_name_says_something_else_than_itself_is_damage() throws Exception {
        // given
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (SegmentWriter writer = new SegmentWriter(bytes)) {
            writer.begin(LogKeys.entry(5, 12));
            writer.entry().write(ltx(5, 11));
            writer.end();
        }

        // when, then
        assertThatThrownBy(() -> read(bytes.toByteArray(), 5, 12, 0, 99)).isInstanceOf(DamagedException.class);
    }
}
