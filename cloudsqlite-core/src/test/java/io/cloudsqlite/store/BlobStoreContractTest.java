package io.cloudsqlite.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.store.GetOutcome.Absent;
import io.cloudsqlite.store.GetOutcome.Found;
import io.cloudsqlite.store.GetOutcome.NotModified;
import io.cloudsqlite.store.PutOutcome.Refused;
import io.cloudsqlite.store.PutOutcome.Stored;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What {@link BlobStore} promises, rule by rule. Every implementation has a test class that extends this one:
 *
 * <pre>{@code
 * class InMemoryBlobStoreTest extends BlobStoreContractTest {
 *     @Override protected BlobStore createStore() { return new InMemoryBlobStore(); }
 * }
 * }</pre>
 *
 * <p>An implementation that is slow to call overrides {@link #rounds}, {@link #threads} and {@link #largeBodyBytes}.
 */
public abstract class BlobStoreContractTest {

    private static final String KEY = "app.db";

    private BlobStore store;

    /** A store that holds nothing; called once before each test. */
    protected abstract BlobStore createStore() throws Exception;

    /** How often a race is run. */
    protected int rounds() {
        return 20;
    }

    /** How many threads race. */
    protected int threads() {
        return 32;
    }

    /** The size of a body that no buffer holds. */
    protected int largeBodyBytes() {
        return 5 * 1024 * 1024;
    }

    /** The store of the test that runs, for tests that an implementation adds. */
    protected final BlobStore store() {
        return store;
    }

    @BeforeEach
    void create_store() throws Exception {
        store = createStore();
    }

    @AfterEach
    void clear_interrupt() {
        Thread.interrupted();
    }

    // --- keys, metadata, limits ---

    static Stream<String> invalidKeys() {
        return Stream.of(
                "",
                "/",
                "/a",
                "a/",
                "a//b",
                ".",
                "..",
                "../a",
                "a/../b",
                "a/.b",
                ".hidden",
                "-a",
                "_a",
                "a b",
                "a\\b",
                "a\nb",
                "a\0b",
                "a:b",
                "a?b",
                "a%2fb",
                "a+b",
                "a@b",
                "\u00e4",
                "a/\u202e",
                "a".repeat(201),
                "a".repeat(200) + "/" + "a".repeat(201),
                ("a".repeat(100) + "/").repeat(10) + "a");
    }

    @ParameterizedTest
    @MethodSource("invalidKeys")
    void key_that_is_not_valid_is_refused_by_every_call(String key) {
        BlobVersion version = new BlobVersion("1");

        assertInvalid(() -> store.get(key, Optional.empty(), soon()));
        assertInvalid(() -> store.getRange(key, Optional.of(version), 0, 1, soon()));
        assertInvalid(() -> store.head(key, soon()));
        assertInvalid(() -> store.put(key, body("x"), Map.of(), PutCondition.ALWAYS, soon()));
        assertInvalid(() -> store.delete(key, version, soon()));
        assertInvalid(() -> store.delete(List.of(key), soon()));
    }

    @Test
    void invalid_key_among_valid_ones_deletes_none() {
        put(KEY, "x");

        assertInvalid(() -> store.delete(List.of(KEY, "../x"), soon()));

        assertThat(read(KEY)).isEqualTo("x");
    }

    @Test
    void key_of_every_kind_of_character_and_of_the_greatest_length_is_an_object() {
        String long200 = "a".repeat(200);
        List<String> keys = List.of(
                "0",
                "Z9._-x",
                "a..b",
                "app.db.cloudsqlite/base/1-ff.db",
                String.join("/", long200, "b".repeat(199), "b".repeat(199), "b".repeat(199), "b".repeat(199)));
        assertThat(keys.get(4)).hasSize(1_000);

        keys.forEach(key -> put(key, "at " + key));

        for (String key : keys) {
            assertThat(read(key)).isEqualTo("at " + key);
        }
    }

    static Stream<Map<String, String>> invalidMetadata() {
        return Stream.of(
                Map.of("", "v"),
                Map.of("Key", "v"),
                Map.of("1k", "v"),
                Map.of("k k", "v"),
                Map.of("k=k", "v"),
                Map.of("k_k", "v"),
                Map.of("k\n", "v"),
                Map.of("k", ""),
                Map.of("k", "v v"),
                Map.of("k", "v\n"),
                Map.of("k", "v\r\nx: y"),
                Map.of("k", "\u00e4"),
                Map.of("k", "\u007f"),
                Map.of("k", "v".repeat(1_800)));
    }

    @ParameterizedTest
    @MethodSource("invalidMetadata")
    void metadata_that_is_not_valid_is_refused_and_nothing_is_stored(Map<String, String> metadata) {
        assertInvalid(() -> store.put(KEY, body("x"), metadata, PutCondition.ALWAYS, soon()));

        assertThat(store.head(KEY, soon())).isEmpty();
    }

    @Test
    void metadata_of_every_character_and_of_the_greatest_size_round_trips() {
        StringBuilder visible = new StringBuilder();
        for (char c = '!'; c <= '~'; c++) {
            visible.append(c);
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("a-z09", visible.toString());
        metadata.put("rest", "r".repeat(1_800 - 5 - visible.length() - 4));

        store.put(KEY, body("x"), metadata, PutCondition.ALWAYS, soon());

        assertThat(store.head(KEY, soon()).orElseThrow().metadata()).isEqualTo(metadata);
        try (Found found = find(KEY)) {
            assertThat(found.info().metadata()).isEqualTo(metadata);
        }
    }

    @Test
    void page_has_from_1_to_1000_objects() {
        assertInvalid(() -> store.list("", Optional.empty(), 0, soon()));
        assertInvalid(() -> store.list("", Optional.empty(), -1, soon()));
        assertInvalid(() -> store.list("", Optional.empty(), 1_001, soon()));
        assertThat(store.list("", Optional.empty(), 1_000, soon()).blobs()).isEmpty();
    }

    // --- put, get, head ---

    @Test
    void missing_object_is_absent_to_every_call() {
        BlobVersion version = new BlobVersion("1");

        assertThat(store.get(KEY, Optional.empty(), soon())).isInstanceOf(Absent.class);
        assertThat(store.get(KEY, Optional.of(version), soon())).isInstanceOf(Absent.class);
        assertThat(store.getRange(KEY, Optional.of(version), 0, 1, soon())).isInstanceOf(Absent.class);
        assertThat(store.head(KEY, soon())).isEmpty();
        assertThat(store.delete(KEY, version, soon())).isFalse();
        store.delete(List.of(KEY), soon());
    }

    @Test
    void get_and_head_tell_what_was_put() throws IOException {
        Map<String, String> metadata = Map.of("txid", "7", "commits", "a,b=c");

        BlobVersion version = stored(store.put(KEY, body("hello"), metadata, PutCondition.ALWAYS, soon()));

        try (Found found = find(KEY)) {
            assertThat(found.body().readAllBytes()).isEqualTo(bytes("hello"));
            assertThat(found.info().key()).isEqualTo(KEY);
            assertThat(found.info().version()).isEqualTo(version);
            assertThat(found.info().sizeBytes()).isEqualTo(5);
            assertThat(found.info().metadata()).isEqualTo(metadata);
            assertThat(Duration.between(found.info().lastModified(), Instant.now())
                            .abs())
                    .isLessThan(Duration.ofDays(1));
            assertThat(store.head(KEY, soon())).contains(found.info());
        }
    }

    @Test
    void empty_body_is_an_object_of_zero_bytes() throws IOException {
        BlobVersion version = stored(store.put(KEY, body(""), Map.of(), PutCondition.IF_ABSENT, soon()));

        try (Found found = find(KEY)) {
            assertThat(found.info().sizeBytes()).isZero();
            assertThat(found.body().readAllBytes()).isEmpty();
        }
        assertThat(store.put(KEY, body(""), Map.of(), PutCondition.IF_ABSENT, soon()))
                .isInstanceOf(Refused.class);
        assertInvalid(() -> store.getRange(KEY, Optional.of(version), 0, 1, soon()));
    }

    @Test
    void large_body_round_trips() throws IOException {
        byte[] large = randomBytes(largeBodyBytes());

        store.put(KEY, BlobBody.of(large), Map.of(), PutCondition.ALWAYS, soon());

        try (Found found = find(KEY)) {
            assertThat(found.info().sizeBytes()).isEqualTo(large.length);
            assertThat(found.body().readAllBytes()).isEqualTo(large);
        }
    }

    @Test
    void put_replaces_bytes_metadata_and_version_together() {
        BlobVersion first = stored(store.put(KEY, body("one"), Map.of("a", "1"), PutCondition.ALWAYS, soon()));

        BlobVersion second = stored(store.put(KEY, body("two!"), Map.of("b", "2"), PutCondition.ALWAYS, soon()));

        assertThat(second).isNotEqualTo(first);
        BlobInfo info = store.head(KEY, soon()).orElseThrow();
        assertThat(info.version()).isEqualTo(second);
        assertThat(info.sizeBytes()).isEqualTo(4);
        assertThat(info.metadata()).isEqualTo(Map.of("b", "2"));
        assertThat(read(KEY)).isEqualTo("two!");
    }

    @Test
    void put_without_metadata_leaves_none_of_the_version_before() {
        store.put(KEY, body("one"), Map.of("a", "1"), PutCondition.ALWAYS, soon());

        store.put(KEY, body("two"), Map.of(), PutCondition.ALWAYS, soon());

        assertThat(store.head(KEY, soon()).orElseThrow().metadata()).isEmpty();
    }

    @Test
    void objects_are_independent_of_each_other() {
        put("a", "in a");
        put("b/a", "in b/a");

        store.delete(List.of("a"), soon());

        assertThat(store.head("a", soon())).isEmpty();
        assertThat(read("b/a")).isEqualTo("in b/a");
    }

    @Test
    void get_of_a_version_that_is_known_is_not_modified() {
        BlobVersion one = put(KEY, "one");

        assertThat(store.get(KEY, Optional.of(one), soon())).isInstanceOf(NotModified.class);

        BlobVersion two = put(KEY, "two");

        try (GetOutcome outcome = store.get(KEY, Optional.of(one), soon())) {
            assertThat(outcome)
                    .isInstanceOfSatisfying(
                            Found.class,
                            found -> assertThat(found.info().version()).isEqualTo(two));
        }
        assertThat(store.get(KEY, Optional.of(two), soon())).isInstanceOf(NotModified.class);
    }

    @Test
    void found_can_be_closed_unread_and_twice() {
        store.put(KEY, BlobBody.of(randomBytes(largeBodyBytes())), Map.of(), PutCondition.ALWAYS, soon());

        Found found = find(KEY);
        found.close();
        found.close();

        assertThat(store.head(KEY, soon())).isPresent();
    }

    // --- conditions ---

    @Test
    void if_absent_stores_once() {
        assertThat(store.put(KEY, body("one"), Map.of(), PutCondition.IF_ABSENT, soon()))
                .isInstanceOf(Stored.class);

        PutOutcome again = store.put(KEY, body("two"), Map.of("k", "v"), PutCondition.IF_ABSENT, soon());

        assertThat(again).isInstanceOf(Refused.class);
        assertThat(read(KEY)).isEqualTo("one");
        assertThat(store.head(KEY, soon()).orElseThrow().metadata()).isEmpty();
    }

    @Test
    void if_matches_stores_on_exactly_that_version() {
        BlobVersion one = put(KEY, "one");

        BlobVersion two = stored(store.put(KEY, body("two"), Map.of(), PutCondition.ifMatches(one), soon()));
        PutOutcome stale = store.put(KEY, body("three"), Map.of(), PutCondition.ifMatches(one), soon());

        assertThat(stale).isInstanceOf(Refused.class);
        assertThat(read(KEY)).isEqualTo("two");
        assertThat(store.head(KEY, soon()).orElseThrow().version()).isEqualTo(two);
    }

    @Test
    void if_matches_is_refused_where_there_is_no_object() {
        BlobVersion one = put(KEY, "one");
        store.delete(List.of(KEY), soon());

        PutOutcome outcome = store.put(KEY, body("two"), Map.of(), PutCondition.ifMatches(one), soon());

        assertThat(outcome).isInstanceOf(Refused.class);
        assertThat(store.head(KEY, soon())).isEmpty();
    }

    @Test
    void always_stores_over_anything() {
        put(KEY, "one");
        put(KEY, "two");

        assertThat(read(KEY)).isEqualTo("two");
    }

    @Test
    void identical_put_that_is_sent_again_is_not_stored_again() {
        BlobVersion base = put(KEY, "base");
        BlobBody body = body("next");

        PutOutcome first = store.put(KEY, body, Map.of("id", "x"), PutCondition.ifMatches(base), soon());
        PutOutcome again = store.put(KEY, body, Map.of("id", "x"), PutCondition.ifMatches(base), soon());

        assertThat(first).isInstanceOf(Stored.class);
        assertThat(again).isInstanceOf(Refused.class);
        assertThat(store.head(KEY, soon()).orElseThrow().metadata()).isEqualTo(Map.of("id", "x"));
    }

    // --- races ---

    @Test
    void of_racing_puts_on_one_version_exactly_one_is_stored() throws Exception {
        BlobVersion base = put(KEY, "base");
        for (int round = 0; round < rounds(); round++) {
            BlobVersion expected = base;
            int number = round;

            List<PutOutcome> outcomes = Race.run(
                    threads(),
                    runner -> store.put(
                            KEY,
                            body(number + " by " + runner),
                            Map.of("runner", "r" + runner),
                            PutCondition.ifMatches(expected),
                            later()));

            base = assertOneWinner(outcomes, round);
        }
    }

    @Test
    void of_racing_puts_if_absent_exactly_one_is_stored() throws Exception {
        for (int round = 0; round < rounds(); round++) {
            int number = round;

            List<PutOutcome> outcomes = Race.run(
                    threads(),
                    runner -> store.put(
                            KEY,
                            body(number + " by " + runner),
                            Map.of("runner", "r" + runner),
                            PutCondition.IF_ABSENT,
                            later()));

            assertOneWinner(outcomes, round);
            store.delete(List.of(KEY), soon());
        }
    }

    private BlobVersion assertOneWinner(List<PutOutcome> outcomes, int round) {
        List<Integer> winners = IntStream.range(0, outcomes.size())
                .filter(i -> outcomes.get(i) instanceof Stored)
                .boxed()
                .toList();
        assertThat(winners).as("winners of round " + round + " of " + outcomes).hasSize(1);
        int winner = winners.get(0);
        assertThat(outcomes.stream().filter(Refused.class::isInstance)).hasSize(outcomes.size() - 1);
        assertThat(read(KEY)).isEqualTo(round + " by " + winner);
        BlobInfo info = store.head(KEY, soon()).orElseThrow();
        assertThat(info.metadata()).isEqualTo(Map.of("runner", "r" + winner));
        assertThat(info.version()).isEqualTo(stored(outcomes.get(winner)));
        return info.version();
    }

    @Test
    void increments_by_compare_and_swap_are_never_lost() throws Exception {
        put(KEY, "0");
        int runners = Math.min(4, threads());

        Race.run(runners, runner -> {
            for (int i = 0; i < rounds(); i++) {
                increment(store, KEY);
            }
            return null;
        });

        assertThat(read(KEY)).isEqualTo(Integer.toString(runners * rounds()));
    }

    /** Adds one to the number that is the object at {@code key}, as often as it takes for the put not to be refused. */
    static void increment(BlobStore store, String key) throws IOException {
        while (true) {
            BlobVersion version;
            String next;
            try (Found found = (Found) store.get(key, Optional.empty(), later())) {
                version = found.info().version();
                next = Integer.toString(Integer.parseInt(text(found)) + 1);
            }
            PutOutcome outcome =
                    store.put(key, body(next), Map.of("value", next), PutCondition.ifMatches(version), later());
            if (outcome instanceof Stored) {
                return;
            }
            assertThat(outcome).isInstanceOf(Refused.class);
        }
    }

    @Test
    void of_racing_conditional_deletes_exactly_one_deletes() throws Exception {
        for (int round = 0; round < rounds(); round++) {
            BlobVersion version = put(KEY, "round " + round);

            List<Boolean> deleted = Race.run(threads(), runner -> store.delete(KEY, version, later()));

            assertThat(Collections.frequency(deleted, true)).isEqualTo(1);
            assertThat(store.head(KEY, soon())).isEmpty();
        }
    }

    @Test
    void of_a_racing_put_and_conditional_delete_exactly_one_happens() throws Exception {
        for (int round = 0; round < rounds(); round++) {
            BlobVersion version = put(KEY, "round " + round);

            List<Boolean> happened = Race.run(
                    2,
                    runner -> runner == 0
                            ? store.delete(KEY, version, later())
                            : store.put(KEY, body("new"), Map.of(), PutCondition.ifMatches(version), later())
                                    instanceof Stored);

            assertThat(happened).containsExactlyInAnyOrder(true, false);
            assertThat(store.head(KEY, soon()).isPresent()).isEqualTo(happened.get(1));
            store.delete(List.of(KEY), soon());
        }
    }

    /** Each version is one letter repeated, with the letter and the length in its metadata: a mixture would show. */
    @Test
    void gets_during_replacements_are_never_torn() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        putLetters(0);

        Race.run(4, runner -> {
            if (runner == 0) {
                for (int i = 1; i <= rounds(); i++) {
                    putLetters(i);
                }
                done.set(true);
                return null;
            }
            do {
                try (Found found = find(KEY)) {
                    assertWhole(found, 0, found.info().sizeBytes());
                    long offset = found.info().sizeBytes() / 2;
                    try (GetOutcome range =
                            store.getRange(KEY, Optional.of(found.info().version()), offset, 1_000_000, later())) {
                        if (range instanceof Found part) {
                            assertWhole(part, offset, found.info().sizeBytes() - offset);
                        }
                    }
                }
                BlobInfo info = store.head(KEY, later()).orElseThrow();
                assertThat(info.metadata()).containsEntry("size", Long.toString(info.sizeBytes()));
            } while (!done.get());
            return null;
        });
    }

    private void putLetters(int number) {
        byte[] bytes = new byte[10_000 + number * 7_001 % 100_000];
        Arrays.fill(bytes, (byte) ('a' + number % 26));
        Map<String, String> metadata =
                Map.of("letter", Character.toString((char) bytes[0]), "size", Integer.toString(bytes.length));
        stored(store.put(KEY, BlobBody.of(bytes), metadata, PutCondition.ALWAYS, later()));
    }

    private static void assertWhole(Found found, long offsetBytes, long lengthBytes) throws IOException {
        byte[] bytes = found.body().readAllBytes();
        byte[] expected = new byte[(int) lengthBytes];
        Arrays.fill(expected, (byte) found.info().metadata().get("letter").charAt(0));
        assertThat(Arrays.equals(bytes, expected))
                .as("%s bytes from %s of %s", bytes.length, offsetBytes, found.info())
                .isTrue();
        assertThat(found.info().metadata())
                .containsEntry("size", Long.toString(found.info().sizeBytes()));
    }

    @Test
    void body_that_is_being_read_stays_the_version_it_was_or_fails() throws IOException {
        byte[] large = randomBytes(largeBodyBytes());
        store.put(KEY, BlobBody.of(large), Map.of(), PutCondition.ALWAYS, soon());

        try (Found found = find(KEY)) {
            byte[] begin = found.body().readNBytes(1_000);
            put(KEY, "replaced");
            store.delete(List.of(KEY), soon());

            assertThat(begin).isEqualTo(Arrays.copyOf(large, 1_000));
            byte[] rest;
            try {
                rest = found.body().readAllBytes();
            } catch (IOException e) {
                return;
            }
            assertThat(rest).isEqualTo(Arrays.copyOfRange(large, 1_000, large.length));
        }
    }

    @Test
    void what_one_thread_stored_every_other_sees() throws Exception {
        for (int round = 0; round < rounds(); round++) {
            BlobVersion version = put(KEY, "round " + round);

            List<Boolean> seen = Race.run(4, runner -> switch (runner) {
                case 0 -> store.get(KEY, Optional.of(version), later()) instanceof NotModified;
                case 1 -> store.head(KEY, later()).orElseThrow().version().equals(version);
                case 2 ->
                    store.list("", Optional.empty(), 10, later())
                            .blobs()
                            .get(0)
                            .version()
                            .equals(version);
                default -> {
                    try (GetOutcome range = store.getRange(KEY, Optional.of(version), 0, 5, later())) {
                        yield range instanceof Found;
                    }
                }
            });

            assertThat(seen).containsOnly(true);
        }
    }

    // --- ranges ---

    @Test
    void range_is_cut_at_the_end_of_the_object() {
        BlobVersion version = put(KEY, "0123456789");

        assertThat(range(version, 0, 10)).isEqualTo("0123456789");
        assertThat(range(version, 0, 1)).isEqualTo("0");
        assertThat(range(version, 3, 4)).isEqualTo("3456");
        assertThat(range(version, 9, 1)).isEqualTo("9");
        assertThat(range(version, 9, 2)).isEqualTo("9");
        assertThat(range(version, 0, Long.MAX_VALUE)).isEqualTo("0123456789");
        assertThat(range(version, 5, Long.MAX_VALUE)).isEqualTo("56789");
    }

    @Test
    void range_that_no_object_or_not_this_one_has_is_refused() {
        BlobVersion version = put(KEY, "0123456789");

        assertInvalid(() -> store.getRange(KEY, Optional.of(version), -1, 1, soon()));
        assertInvalid(() -> store.getRange(KEY, Optional.of(version), 0, 0, soon()));
        assertInvalid(() -> store.getRange(KEY, Optional.of(version), 0, -1, soon()));
        assertInvalid(() -> store.getRange(KEY, Optional.of(version), 10, 1, soon()));
        assertInvalid(() -> store.getRange(KEY, Optional.of(version), Long.MAX_VALUE, Long.MAX_VALUE, soon()));
    }

    @Test
    void range_tells_the_whole_object() {
        BlobVersion version = stored(store.put(KEY, body("0123456789"), Map.of("k", "v"), PutCondition.ALWAYS, soon()));

        try (Found found = (Found) store.getRange(KEY, Optional.of(version), 2, 3, soon())) {
            assertThat(found.info()).isEqualTo(store.head(KEY, soon()).orElseThrow());
        }
    }

    @Test
    void range_of_another_version_is_absent() {
        BlobVersion one = put(KEY, "one");
        put(KEY, "two");

        assertThat(store.getRange(KEY, Optional.of(one), 0, 1, soon())).isInstanceOf(Absent.class);

        store.delete(List.of(KEY), soon());

        assertThat(store.getRange(KEY, Optional.of(one), 0, 1, soon())).isInstanceOf(Absent.class);
    }

    @Test
    void range_of_no_version_is_of_what_is_there() throws IOException {
        put(KEY, "one");
        BlobVersion two = put(KEY, "two and more");

        try (Found found = (Found) store.getRange(KEY, Optional.empty(), 2, 4, soon())) {
            assertThat(found.info().version()).isEqualTo(two);
            assertThat(found.body().readAllBytes()).isEqualTo("o an".getBytes(StandardCharsets.UTF_8));
        }
        assertInvalid(() -> store.getRange(KEY, Optional.empty(), 12, 1, soon()));
        store.delete(List.of(KEY), soon());
        assertThat(store.getRange(KEY, Optional.empty(), 0, 1, soon())).isInstanceOf(Absent.class);
    }

    // --- bodies that fail ---

    @Test
    void body_that_fails_or_has_another_length_is_not_stored() {
        BlobVersion version = put(KEY, "old");
        List<BlobBody> bodies = List.of(
                new TestBody(10, 9),
                new TestBody(10, 0),
                new TestBody(10, 11),
                new TestBody(0, 1),
                new TestBody(300_000, 299_999),
                new TestBody(300_000, 400_000),
                TestBody.failingAt(300_000, 0),
                TestBody.failingAt(300_000, 200_000),
                TestBody.failingToOpen());
        for (BlobBody body : bodies) {
            assertThatThrownBy(() -> store.put(KEY, body, Map.of("k", "v"), PutCondition.ALWAYS, soon()))
                    .as("over an object: %s", body)
                    .isInstanceOf(StorageUnavailableException.class);
            assertThatThrownBy(() -> store.put("new.db", body, Map.of(), PutCondition.IF_ABSENT, soon()))
                    .as("as a new object: %s", body)
                    .isInstanceOf(StorageUnavailableException.class);
        }

        assertThat(read(KEY)).isEqualTo("old");
        BlobInfo info = store.head(KEY, soon()).orElseThrow();
        assertThat(info.version()).isEqualTo(version);
        assertThat(info.metadata()).isEmpty();
        assertThat(store.head("new.db", soon())).isEmpty();
    }

    @Test
    void every_stream_of_a_body_is_closed() {
        TestBody whole = new TestBody(100_000, 100_000);
        TestBody failing = TestBody.failingAt(300_000, 200_000);

        stored(store.put(KEY, whole, Map.of(), PutCondition.ALWAYS, soon()));
        assertThatThrownBy(() -> store.put(KEY, failing, Map.of(), PutCondition.ALWAYS, soon()))
                .isInstanceOf(StorageUnavailableException.class);

        assertThat(whole.openStreams.get()).isZero();
        assertThat(failing.openStreams.get()).isZero();
    }

    // --- listing ---

    @Test
    void listing_is_in_the_order_of_the_keys_characters() {
        List<String> keys = List.of("B", "Z/z", "a", "a-b", "a.db", "b/a", "b/a.x/c", "b/a0", "b0", "c");
        List<String> shuffled = new ArrayList<>(keys);
        Collections.shuffle(shuffled, random());
        shuffled.forEach(key -> put(key, key));

        assertThat(list("", Optional.empty(), 1_000)).isEqualTo(keys);
    }

    @Test
    void listing_orders_a_slash_after_a_dot_and_before_a_digit() {
        List<String> keys = List.of("x-1", "x.db", "x/1", "x0");
        keys.forEach(key -> put(key, key));

        assertThat(list("x", Optional.empty(), 1_000)).isEqualTo(keys);
    }

    @Test
    void listing_has_the_keys_with_the_prefix_after_the_key() {
        List.of("a", "b/1", "b/2", "b/22", "b/3", "b0", "c").forEach(key -> put(key, key));

        assertThat(list("b", Optional.empty(), 1_000)).containsExactly("b/1", "b/2", "b/22", "b/3", "b0");
        assertThat(list("b/", Optional.empty(), 1_000)).containsExactly("b/1", "b/2", "b/22", "b/3");
        assertThat(list("b/2", Optional.empty(), 1_000)).containsExactly("b/2", "b/22");
        assertThat(list("b/", Optional.of("b/2"), 1_000)).containsExactly("b/22", "b/3");
        assertThat(list("b/", Optional.of("b/21"), 1_000)).containsExactly("b/22", "b/3");
        assertThat(list("b/", Optional.of("b/3"), 1_000)).isEmpty();
        assertThat(list("", Optional.of("b0"), 1_000)).containsExactly("c");
        assertThat(list("d", Optional.empty(), 1_000)).isEmpty();
        assertThat(list("b/2/", Optional.empty(), 1_000)).isEmpty();
        assertThat(list("a/b", Optional.empty(), 1_000)).isEmpty();
        assertThat(list("../", Optional.empty(), 1_000)).isEmpty();
        assertThat(list("/", Optional.empty(), 1_000)).isEmpty();
    }

    @Test
    void pages_follow_each_other_without_gaps_and_overlaps() {
        List<String> keys = IntStream.range(0, 10).mapToObj(i -> "k/" + i).toList();
        keys.forEach(key -> put(key, key));

        for (int limit : new int[] {1, 3, 5, 9, 10, 11}) {
            List<String> listed = new ArrayList<>();
            Optional<String> after = Optional.empty();
            int pages = 0;
            do {
                BlobPage page = store.list("k/", after, limit, soon());
                assertThat(page.blobs()).hasSizeLessThanOrEqualTo(limit);
                page.blobs().forEach(blob -> listed.add(blob.key()));
                after = page.nextAfter();
                pages++;
            } while (after.isPresent() && pages <= keys.size() + 1);

            assertThat(listed).as("in pages of " + limit).isEqualTo(keys);
            assertThat(after).isEmpty();
        }
    }

    @Test
    void listing_tells_what_head_tells_but_metadata() {
        store.put(KEY, body("hello"), Map.of("k", "v"), PutCondition.ALWAYS, soon());

        BlobInfo listed = store.list("", Optional.empty(), 10, soon()).blobs().get(0);

        BlobInfo head = store.head(KEY, soon()).orElseThrow();
        assertThat(listed.key()).isEqualTo(KEY);
        assertThat(listed.version()).isEqualTo(head.version());
        assertThat(listed.sizeBytes()).isEqualTo(5);
        assertThat(listed.metadata()).isEmpty();
    }

    // --- deletion ---

    @Test
    void delete_takes_the_objects_away_and_passes_over_others() {
        List.of("a", "b/c", "d").forEach(key -> put(key, key));

        store.delete(List.of("a", "b/c", "missing", "missing/too", "a"), soon());
        store.delete(List.of(), soon());

        assertThat(list("", Optional.empty(), 10)).containsExactly("d");
        assertThat(store.head("a", soon())).isEmpty();
        assertThat(store.get("b/c", Optional.empty(), soon())).isInstanceOf(Absent.class);
    }

    @Test
    void deleted_object_is_absent_to_a_put() {
        store.put(KEY, body("one"), Map.of("k", "v"), PutCondition.ALWAYS, soon());
        store.delete(List.of(KEY), soon());

        PutOutcome outcome = store.put(KEY, body("two"), Map.of(), PutCondition.IF_ABSENT, soon());

        assertThat(outcome).isInstanceOf(Stored.class);
        assertThat(store.head(KEY, soon()).orElseThrow().metadata()).isEmpty();
    }

    @Test
    void conditional_delete_deletes_exactly_that_version() {
        BlobVersion one = put(KEY, "one");
        BlobVersion two = put(KEY, "two");

        assertThat(store.delete(KEY, one, soon())).isFalse();
        assertThat(read(KEY)).isEqualTo("two");
        assertThat(store.delete(KEY, two, soon())).isTrue();
        assertThat(store.head(KEY, soon())).isEmpty();
        assertThat(store.delete(KEY, two, soon())).isFalse();
    }

    @Test
    void key_may_become_the_folder_of_others_and_the_other_way_round_once_it_is_deleted() {
        put("a", "file");
        store.delete(List.of("a"), soon());
        put("a/b/c", "in a folder");
        store.delete(List.of("a/b/c"), soon());
        put("a", "file again");

        assertThat(read("a")).isEqualTo("file again");
        assertThat(list("", Optional.empty(), 10)).containsExactly("a");
    }

    // --- deadlines and interrupts ---

    @Test
    void when_the_deadline_has_passed_every_call_says_so_and_does_nothing() {
        BlobVersion version = put(KEY, "old");
        Deadline passed = Deadline.after(Duration.ZERO, TimeSource.system());

        for (Runnable call : allCalls(version, passed)) {
            assertThatThrownBy(call::run).isInstanceOf(StorageUnavailableException.class);
        }

        assertThat(read(KEY)).isEqualTo("old");
        assertThat(list("", Optional.empty(), 10)).containsExactly(KEY);
    }

    @Test
    void when_the_thread_is_interrupted_every_call_says_so_and_does_nothing() {
        BlobVersion version = put(KEY, "old");

        for (Runnable call : allCalls(version, soon())) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(call::run).isInstanceOf(OperationInterruptedException.class);
            assertThat(Thread.interrupted()).as("the interrupt flag afterwards").isTrue();
        }

        assertThat(read(KEY)).isEqualTo("old");
        assertThat(list("", Optional.empty(), 10)).containsExactly(KEY);
    }

    private List<Runnable> allCalls(BlobVersion version, Deadline deadline) {
        return List.of(
                () -> store.get(KEY, Optional.empty(), deadline),
                () -> store.get(KEY, Optional.of(version), deadline),
                () -> store.getRange(KEY, Optional.of(version), 0, 1, deadline),
                () -> store.head(KEY, deadline),
                () -> store.put(KEY, body("new"), Map.of(), PutCondition.ALWAYS, deadline),
                () -> store.put(KEY, body("new"), Map.of("k", "v"), PutCondition.ifMatches(version), deadline),
                () -> store.put("new.db", body("new"), Map.of(), PutCondition.IF_ABSENT, deadline),
                () -> store.list("", Optional.empty(), 10, deadline),
                () -> store.delete(List.of(KEY), deadline),
                () -> store.delete(KEY, version, deadline));
    }

    @Test
    void put_that_is_interrupted_while_it_reads_its_body_does_nothing() {
        put(KEY, "old");
        BlobBody body = new TestBody(1_000_000, 1_000_000) {
            @Override
            void beforeRead(int readBytes) {
                if (readBytes > 300_000) {
                    Thread.currentThread().interrupt();
                }
            }
        };

        assertThatThrownBy(() -> store.put(KEY, body, Map.of(), PutCondition.ALWAYS, soon()))
                .isInstanceOf(OperationInterruptedException.class);

        assertThat(Thread.interrupted()).as("the interrupt flag afterwards").isTrue();
        assertThat(read(KEY)).isEqualTo("old");
    }

    // --- words of the tests above ---

    /** A body that announces one length and gives another, or fails. */
    static class TestBody implements BlobBody {

        private final int announcedBytes;
        private final int givenBytes;
        private final boolean fails;
        final AtomicInteger openStreams = new AtomicInteger();

        TestBody(int announcedBytes, int givenBytes) {
            this(announcedBytes, givenBytes, false);
        }

        private TestBody(int announcedBytes, int givenBytes, boolean fails) {
            this.announcedBytes = announcedBytes;
            this.givenBytes = givenBytes;
            this.fails = fails;
        }

        static TestBody failingAt(int announcedBytes, int atBytes) {
            return new TestBody(announcedBytes, atBytes, true);
        }

        static TestBody failingToOpen() {
            return new TestBody(10, 10) {
                @Override
                public InputStream open() throws IOException {
                    throw new IOException("scripted fault: cannot be opened");
                }
            };
        }

        void beforeRead(int readBytes) throws IOException {
            if (fails && readBytes >= givenBytes) {
                throw new IOException("scripted fault: cannot be read");
            }
        }

        @Override
        public long sizeBytes() {
            return announcedBytes;
        }

        @Override
        public InputStream open() throws IOException {
            openStreams.incrementAndGet();
            return new FilterInputStream(new ByteArrayInputStream(new byte[givenBytes])) {

                private boolean closed;

                @Override
                public int read() throws IOException {
                    beforeRead(givenBytes - in.available());
                    return in.read();
                }

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    beforeRead(givenBytes - in.available());
                    return in.read(bytes, offset, Math.min(length, 8_192));
                }

                @Override
                public void close() {
                    if (!closed) {
                        closed = true;
                        openStreams.decrementAndGet();
                    }
                }
            };
        }

        @Override
        public String toString() {
            return announcedBytes + " bytes announced, " + givenBytes + " given" + (fails ? ", then a failure" : "");
        }
    }

    /** Long enough for any one call here, and a test that hangs fails. */
    protected static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(30), TimeSource.system());
    }

    /** For calls that wait for others. */
    protected static Deadline later() {
        return Deadline.after(Duration.ofSeconds(100), TimeSource.system());
    }

    protected static BlobBody body(String text) {
        return BlobBody.of(bytes(text));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    protected static BlobVersion stored(PutOutcome outcome) {
        assertThat(outcome).isInstanceOf(Stored.class);
        return ((Stored) outcome).version();
    }

    protected final BlobVersion put(String key, String text) {
        return stored(store.put(key, body(text), Map.of(), PutCondition.ALWAYS, soon()));
    }

    protected final Found find(String key) {
        GetOutcome outcome = store.get(key, Optional.empty(), later());
        assertThat(outcome).isInstanceOf(Found.class);
        return (Found) outcome;
    }

    protected final String read(String key) {
        try (Found found = find(key)) {
            return text(found);
        }
    }

    private String range(BlobVersion version, long offsetBytes, long lengthBytes) {
        try (GetOutcome outcome = store.getRange(KEY, Optional.of(version), offsetBytes, lengthBytes, soon())) {
            assertThat(outcome).isInstanceOf(Found.class);
            return text((Found) outcome);
        }
    }

    private static String text(Found found) {
        try {
            return new String(found.body().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> list(String prefix, Optional<String> after, int limit) {
        return store.list(prefix, after, limit, soon()).blobs().stream()
                .map(BlobInfo::key)
                .toList();
    }

    private static void assertInvalid(Runnable call) {
        assertThatThrownBy(call::run).isInstanceOf(IllegalArgumentException.class);
    }

    private static Random random() {
        return new Random(42);
    }

    private static byte[] randomBytes(int sizeBytes) {
        byte[] bytes = new byte[sizeBytes];
        random().nextBytes(bytes);
        return bytes;
    }
}
