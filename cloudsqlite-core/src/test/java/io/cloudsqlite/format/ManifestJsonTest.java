package io.cloudsqlite.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.copy.DatabaseChecksum;
import io.cloudsqlite.format.Manifest.Base;
import io.cloudsqlite.format.Manifest.Entry;
import io.cloudsqlite.format.Manifest.Segment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Manifests as bytes, written and read, and read when somebody else wrote them. */
class ManifestJsonTest {

    private static final int ROUNDS = 100;
    private static final int MUTANTS = 10_000;

    private Random random;

    @BeforeEach
    void seed() {
        long seed = System.nanoTime();
        System.out.println("ManifestJsonTest seed " + seed);
        random = new Random(seed);
    }

    @Test
    void every_manifest_is_read_as_it_was_written() throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            // given
            Manifest manifest = randomManifest();

            // when
            byte[] bytes = ManifestJson.encode(manifest);
            Manifest read = ManifestJson.decode(bytes);

            // then
            assertThat(read).usingRecursiveComparison().isEqualTo(manifest);
            assertThat(ManifestJson.encode(read)).isEqualTo(bytes);
        }
    }

    @Test
    void bytes_are_readable_json_that_ends_in_its_checksum() {
        // when
        String text = new String(ManifestJson.encode(manifest(3)), StandardCharsets.UTF_8);

        // then
        assertThat(text)
                .startsWith("{\"format\":1,\"database_id\":\"")
                .contains("\"txid\":3,")
                .contains("\"timestamp\":\"2026-01-01T00:00:03Z\"")
                .matches("(?s).*,\"crc32c\":\"[0-9a-f]{8}\"}\n");
    }

    @Test
    void any_byte_that_is_changed_missing_or_added_is_noticed() {
        // given
        byte[] sound = ManifestJson.encode(manifest(5));

        for (int at = 0; at < sound.length; at++) {
            // when
            byte[] flipped = sound.clone();
            flipped[at] ^= (byte) (1 << random.nextInt(8));
            byte[] shorter = Arrays.copyOf(sound, at);
            byte[] longer = insert(sound, at, (byte) ' ');

            // then
            for (byte[] damaged : List.of(flipped, shorter, longer)) {
                assertThatThrownBy(() -> ManifestJson.decode(damaged))
                        .as("at %d", at)
                        .isInstanceOf(DamagedException.class);
            }
        }
    }

    @Test
    void hostile_bytes_with_the_right_checksum_are_refused_or_make_sense() {
        // given
        byte[] sound = unsigned(ManifestJson.encode(manifest(4)));
        List<byte[]> pieces = List.of(
                bytes("null"),
                bytes("-1"),
                bytes("99999999999999999999"),
                bytes("1e9"),
                bytes("\"\""),
                bytes("\"../../other.db\""),
                bytes("[[[[[[[["),
                bytes("{\"a\":{"),
                bytes("}"),
                bytes("]"),
                bytes("\u0000"),
                bytes(","),
                bytes("\"txid\":7,"),
                bytes("\"from\":4,"),
                new byte[] {(byte) 0xff, (byte) 0xfe});
        int understood = 0;

        for (int mutant = 0; mutant < MUTANTS; mutant++) {
            // when
            byte[] hostile = sound.clone();
            for (int change = random.nextInt(3); change >= 0; change--) {
                hostile = mutated(hostile, pieces);
            }
            byte[] signed = signed(hostile);

            // then
            try {
                byte[] again = ManifestJson.encode(ManifestJson.decode(signed));
                assertThat(ManifestJson.encode(ManifestJson.decode(again))).isEqualTo(again);
                understood++;
            } catch (DamagedException | UnknownFormatException e) {
                assertThat(e.getMessage()).isNotBlank();
            } catch (IOException | RuntimeException e) {
                throw new AssertionError(new String(hostile, StandardCharsets.ISO_8859_1), e);
            }
        }
        assertThat(understood).as("those that say something else, and sense").isBetween(1, MUTANTS / 2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"page_size\":4096 | \"page_size\":4095",
                "\"page_size\":4096 | \"page_size\":99999999999",
                "\"page_count\":9 | \"page_count\":-9",
                "\"page_count\":9 | \"page_count\":0",
                "\"txid\":4,\"timestamp\" | \"txid\":5,\"timestamp\"",
                "\"gc\":2 | \"gc\":-2",
                "\"gc\":2 | \"gc\":2.5",
                "\"gc\":2 | \"gc\":null",
                "\"gc\":2 | \"gc\":2,\"gc\":2",
                "\"gc\":2 | \"cg\":2",
                "base/ | ../base/",
                "\"timestamp\":\"2026 | \"timestamp\":\"x2026",
                "\"commits\":[ | \"commits\":[[],"
            })
    void manifest_that_makes_no_sense_is_refused_although_its_checksum_is_right(String part, String other) {
        // given
        String text = new String(unsigned(ManifestJson.encode(manifest(4))), StandardCharsets.UTF_8);
        assertThat(text).contains(part);

        // when, then
        assertThatThrownBy(() -> ManifestJson.decode(signed(bytes(text.replace(part, other)))))
                .isInstanceOf(DamagedException.class);
    }

    @Test
    void first_transaction_of_a_commit_is_told_where_it_is_not_the_last() throws IOException {
        // given
        Manifest manifest = manifest(4);
        Entry group = entry(4, 9);
        Manifest appended = manifest(3).append(group, 9, id());

        // when
        String text = new String(ManifestJson.encode(appended), StandardCharsets.UTF_8);

        // then
        assertThat(new String(ManifestJson.encode(manifest), StandardCharsets.UTF_8))
                .contains("\"tail\":[{\"txid\":4,");
        assertThat(text).contains(",{\"from\":4,\"txid\":9,\"timestamp\":").contains("\"txid\":9,\"timestamp\"");
        Manifest read = ManifestJson.decode(ManifestJson.encode(appended));
        assertThat(read).usingRecursiveComparison().isEqualTo(appended);
        assertThat(read.tail().get(1).fromTxid()).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource({"5, 9", "3, 9", "1, 9", "0, 9", "-4, 9", "10, 9", "4, 3", "4, 8", "4, 10"})
    void gaps_and_overlaps_in_the_tail_are_refused(long from, long to) {
        // given
        Manifest sound = manifest(3).append(entry(4, 9), 9, id());
        String text = new String(unsigned(ManifestJson.encode(sound)), StandardCharsets.UTF_8);
        String other = text.replace("{\"from\":4,\"txid\":9,", "{\"from\":" + from + ",\"txid\":" + to + ",");
        assertThat(other).isNotEqualTo(text);

        // when, then
        assertThatThrownBy(() -> ManifestJson.decode(signed(bytes(other)))).isInstanceOf(DamagedException.class);
    }

    @Test
    void log_that_begins_inside_a_commit_of_the_tail_is_refused() {
        // given
        Manifest manifest = manifest(3).append(entry(4, 9), 9, id());
        Base inside = new Base(LogKeys.base(6, id()), 6, at(6), 36_864, checksum());

        // when, then
        assertThatThrownBy(() -> manifest.rebased(inside, LogKeys.archive(9, id())))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 2, 1_000_000})
    void format_of_a_later_version_is_told_from_damage(long format) {
        // given
        String text = new String(unsigned(ManifestJson.encode(manifest(4))), StandardCharsets.UTF_8);

        // when, then
        assertThatThrownBy(() -> ManifestJson.decode(
                        signed(bytes(text.replace("\"format\":1,", "\"format\":" + format + ",\"new\":{},")))))
                .isInstanceOf(UnknownFormatException.class)
                .hasMessageContaining(String.valueOf(format))
                .hasMessageContaining("use a newer one");
    }

    private byte[] mutated(byte[] bytes, List<byte[]> pieces) {
        int at = random.nextInt(bytes.length);
        byte[] piece = pieces.get(random.nextInt(pieces.size()));
        return switch (random.nextInt(5)) {
            case 0 -> insert(bytes, at, piece);
            case 1 -> overwrite(bytes, at, piece);
            case 2 -> overwrite(bytes, at, new byte[] {(byte) random.nextInt(256)});
            case 3 -> delete(bytes, at, random.nextInt(40));
            // Digits are where most of the meaning is.
            default -> {
                byte[] changed = bytes.clone();
                for (int index = at; index < changed.length; index++) {
                    if (Character.isDigit(changed[index])) {
                        changed[index] = (byte) ('0' + random.nextInt(10));
                        break;
                    }
                }
                yield changed;
            }
        };
    }

    private static byte[] insert(byte[] bytes, int at, byte... more) {
        byte[] longer = new byte[bytes.length + more.length];
        System.arraycopy(bytes, 0, longer, 0, at);
        System.arraycopy(more, 0, longer, at, more.length);
        System.arraycopy(bytes, at, longer, at + more.length, bytes.length - at);
        return longer;
    }

    private static byte[] overwrite(byte[] bytes, int at, byte[] other) {
        byte[] changed = bytes.clone();
        System.arraycopy(other, 0, changed, at, Math.min(other.length, bytes.length - at));
        return changed;
    }

    private static byte[] delete(byte[] bytes, int at, int count) {
        int end = Math.min(bytes.length, at + count);
        byte[] shorter = new byte[bytes.length - (end - at)];
        System.arraycopy(bytes, 0, shorter, 0, at);
        System.arraycopy(bytes, end, shorter, at, bytes.length - end);
        return shorter.length == 0 ? bytes : shorter;
    }

    /** The JSON without its last brace and what is signed by. */
    private static byte[] unsigned(byte[] signed) {
        String text = new String(signed, StandardCharsets.ISO_8859_1);
        return Arrays.copyOf(signed, text.lastIndexOf(",\"crc32c\""));
    }

    private static byte[] signed(byte[] json) {
        CRC32C crc = new CRC32C();
        crc.update(json);
        String suffix = ",\"crc32c\":\"" + HexFormat.of().toHexDigits((int) crc.getValue()) + "\"}\n";
        return insert(json, json.length, bytes(suffix));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A manifest at that TXID with one of everything. */
    private Manifest manifest(long txid) {
        Base base = new Base(LogKeys.base(txid - 2, id()), txid - 2, at(txid - 2), 36_864, checksum());
        Segment segment = segment(txid - 1, txid - 1);
        Entry entry = entry(txid, txid);
        return new Manifest(
                id(),
                txid,
                at(txid),
                4096,
                9,
                entry.checksum(),
                List.of(id(), id()),
                Optional.of(base),
                List.of(segment),
                List.of(entry),
                2,
                Optional.of(LogKeys.archive(txid - 1, id())),
                Optional.of(LogKeys.archive(txid - 2, id())));
    }

    private Manifest randomManifest() {
        long txid = random.nextInt(3);
        DatabaseChecksum reached = DatabaseChecksum.OF_NOTHING;
        Optional<Base> base = Optional.empty();
        if (txid > 0) {
            reached = checksum();
            base = Optional.of(new Base(LogKeys.base(txid, id()), txid, at(txid), 1L << 40, reached));
        }
        List<Segment> segments = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            segments.add(segment(txid + 1, txid + 1 + random.nextInt(5)));
            txid = segments.get(segments.size() - 1).toTxid();
            reached = segments.get(segments.size() - 1).checksum();
        }
        List<Entry> tail = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            long from = txid + 1;
            txid = from + Math.max(0, random.nextInt(6) - 3);
            tail.add(entry(from, txid));
            reached = tail.get(tail.size() - 1).checksum();
        }
        List<CommitId> commits = new ArrayList<>();
        for (int i = random.nextInt(33); i > 0; i--) {
            commits.add(id());
        }
        return new Manifest(
                id(),
                txid,
                at(txid),
                512 << random.nextInt(8),
                txid == 0 ? 0 : 1 + random.nextInt(Integer.MAX_VALUE),
                reached,
                commits,
                base,
                segments,
                tail,
                random.nextLong() >>> 1,
                random.nextBoolean() ? Optional.empty() : Optional.of(LogKeys.archive(7, id())),
                random.nextBoolean() ? Optional.empty() : Optional.of(LogKeys.archive(5, id())));
    }

    private Segment segment(long from, long to) {
        return new Segment(LogKeys.segment(from, to, id()), from, to, at(to), 1L << 33, random.nextInt(), checksum());
    }

    private Entry entry(long from, long txid) {
        byte[] ltx = new byte[random.nextInt(300)];
        random.nextBytes(ltx);
        return new Entry(from, txid, at(txid), checksum(), ltx);
    }

    private static Instant at(long txid) {
        return Instant.parse("2026-01-01T00:00:00Z").plusSeconds(txid);
    }

    private DatabaseChecksum checksum() {
        return new DatabaseChecksum(random.nextLong());
    }

    private CommitId id() {
        return CommitId.next(random);
    }
}
