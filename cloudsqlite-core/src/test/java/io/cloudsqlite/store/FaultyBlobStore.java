package io.cloudsqlite.store;

import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.time.Deadline;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Makes another store go wrong, as scripted: each script says what happens to the next call of one kind that has none yet.
 *
 * <pre>{@code
 * FaultyBlobStore store = new FaultyBlobStore(new InMemoryBlobStore());
 * store.script(Call.PUT, Fault.LOST_AFTER);        // the next put happens and is answered with Unknown
 * store.script(Call.PUT, Fault.NONE);              // the one after it goes well
 * store.before(Call.PUT, () -> rival.write());     // a rival gets in before the third
 * }</pre>
 *
 * <p>Calls without a script go straight through, unless they are told to fail {@linkplain #failAtRandom at random}. Safe for
 * use by many threads.
 */
public final class FaultyBlobStore implements BlobStore {

    /** The kinds of calls. */
    public enum Call {
        GET,
        RANGE,
        HEAD,
        PUT,
        LIST,
        DELETE
    }

    /** What can go wrong. */
    public enum Fault {
        /** Nothing. */
        NONE,
        /** Any call: nothing happens, and {@link StorageUnavailableException} says so. */
        UNAVAILABLE,
        /** A put is lost on its way: it never happens, and is answered with {@link PutOutcome.Unknown}. */
        LOST_BEFORE,
        /** The answer to a put is lost: it happens or is refused, and is answered with {@link PutOutcome.Unknown}. */
        LOST_AFTER,
        /** A put is answered with {@link PutOutcome.Unknown} and reaches the store in {@link #deliverLatePuts}. */
        LATE,
        /** The body of a get or range ends after half of its bytes, without an exception. */
        TRUNCATED,
        /** The body of a get or range fails with an {@link IOException} after half of its bytes. */
        BROKEN,
        /** One bit of the body of a get or range is wrong. */
        FLIPPED
    }

    private static final Map<Call, List<Fault>> AT_RANDOM = Map.of(
            Call.GET, List.of(Fault.UNAVAILABLE, Fault.TRUNCATED, Fault.BROKEN),
            Call.RANGE, List.of(Fault.UNAVAILABLE, Fault.TRUNCATED, Fault.BROKEN),
            Call.PUT, List.of(Fault.UNAVAILABLE, Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.LATE));

    private record Script(Runnable before, Fault fault) {
        static final Script NONE = new Script(() -> {}, Fault.NONE);
    }

    private final BlobStore store;
    private final Map<Call, Deque<Script>> scripts = new EnumMap<>(Call.class);
    private final List<Supplier<PutOutcome>> latePuts = new ArrayList<>();
    private @Nullable RandomGenerator random;
    private int oneIn;

    public FaultyBlobStore(BlobStore store) {
        this.store = store;
    }

    /** Scripts the next call of this kind that has no script yet. */
    public void script(Call call, Fault fault) {
        script(call, new Script(() -> {}, fault));
    }

    /** Runs {@code action} just before the next call of this kind that has no script yet reaches the store. */
    public void before(Call call, Runnable action) {
        script(call, new Script(action, Fault.NONE));
    }

    private synchronized void script(Call call, Script script) {
        scripts.computeIfAbsent(call, c -> new ArrayDeque<>()).addLast(script);
    }

    /** Lets puts with {@link Fault#LATE} reach the store, in their order; returns what the store answers. */
    public List<PutOutcome> deliverLatePuts() {
        List<Supplier<PutOutcome>> delivered;
        synchronized (this) {
            delivered = List.copyOf(latePuts);
            latePuts.clear();
        }
        return delivered.stream().map(Supplier::get).toList();
    }

    /**
     * From now on one in {@code oneIn} calls without a script goes wrong, in any of the ways in which a store does that answers
     * with no wrong bytes, and late puts arrive at some time during later calls. With 0 none does, as at first.
     */
    public synchronized void failAtRandom(RandomGenerator source, int callsPerFault) {
        random = source;
        oneIn = callsPerFault;
    }

    /** Whether every script has been played. */
    public synchronized boolean isPlayed() {
        return scripts.values().stream().allMatch(Deque::isEmpty);
    }

    @Override
    public GetOutcome get(String key, Optional<BlobVersion> unlessVersion, Deadline deadline) {
        Fault fault = begin(Call.GET);
        return damaged(store.get(key, unlessVersion, deadline), fault);
    }

    @Override
    public GetOutcome getRange(
            String key, Optional<BlobVersion> version, long offsetBytes, long lengthBytes, Deadline deadline) {
        Fault fault = begin(Call.RANGE);
        return damaged(store.getRange(key, version, offsetBytes, lengthBytes, deadline), fault);
    }

    @Override
    public Optional<BlobInfo> head(String key, Deadline deadline) {
        begin(Call.HEAD);
        return store.head(key, deadline);
    }

    @Override
    public PutOutcome put(
            String key, BlobBody body, Map<String, String> metadata, PutCondition condition, Deadline deadline) {
        Fault fault = begin(Call.PUT);
        switch (fault) {
            case LOST_BEFORE -> {
                return unknown(fault);
            }
            case LOST_AFTER -> {
                store.put(key, body, metadata, condition, deadline);
                return unknown(fault);
            }
            case LATE -> {
                BlobBody copy = BlobBody.of(bytesOf(body));
                synchronized (this) {
                    latePuts.add(() -> store.put(key, copy, metadata, condition, deadline));
                }
                return unknown(fault);
            }
            default -> {
                return store.put(key, body, metadata, condition, deadline);
            }
        }
    }

    @Override
    public BlobPage list(String prefix, Optional<String> after, int limit, Deadline deadline) {
        begin(Call.LIST);
        return store.list(prefix, after, limit, deadline);
    }

    @Override
    public void delete(Collection<String> keys, Deadline deadline) {
        begin(Call.DELETE);
        store.delete(keys, deadline);
    }

    @Override
    public boolean delete(String key, BlobVersion version, Deadline deadline) {
        begin(Call.DELETE);
        return store.delete(key, version, deadline);
    }

    private Fault begin(Call call) {
        Script script;
        synchronized (this) {
            Deque<Script> left = scripts.get(call);
            script = left == null || left.isEmpty() ? unscripted(call) : left.removeFirst();
        }
        script.before.run();
        if (script.fault == Fault.UNAVAILABLE) {
            throw new StorageUnavailableException("scripted fault: the store does not answer");
        }
        return script.fault;
    }

    private Script unscripted(Call call) {
        if (random == null || oneIn == 0) {
            return Script.NONE;
        }
        Fault fault = Fault.NONE;
        if (random.nextInt(oneIn) == 0) {
            List<Fault> faults = AT_RANDOM.getOrDefault(call, List.of(Fault.UNAVAILABLE));
            fault = faults.get(random.nextInt(faults.size()));
        }
        boolean deliver = !latePuts.isEmpty() && random.nextInt(10) == 0;
        return new Script(deliver ? this::deliverIfInTime : () -> {}, fault);
    }

    private void deliverIfInTime() {
        try {
            deliverLatePuts();
        } catch (StorageUnavailableException e) {
            // The deadline of the put has passed: it never happens.
        }
    }

    private static PutOutcome unknown(Fault fault) {
        return new PutOutcome.Unknown(new IOException("scripted fault: " + fault));
    }

    private static GetOutcome damaged(GetOutcome outcome, Fault fault) {
        if (fault == Fault.NONE || !(outcome instanceof GetOutcome.Found found)) {
            return outcome;
        }
        try (found) {
            byte[] bytes = found.body().readAllBytes();
            int half = bytes.length / 2;
            InputStream body = switch (fault) {
                case TRUNCATED -> new ByteArrayInputStream(bytes, 0, half);
                case BROKEN -> new BrokenStream(bytes, half);
                case FLIPPED -> {
                    bytes[half] ^= 1;
                    yield new ByteArrayInputStream(bytes);
                }
                default -> throw new IllegalStateException("a get cannot be " + fault);
            };
            return new GetOutcome.Found(found.info(), body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytesOf(BlobBody body) {
        try (InputStream in = body.open()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Throws where it should end. */
    private static final class BrokenStream extends FilterInputStream {

        BrokenStream(byte[] bytes, int lengthBytes) {
            super(new ByteArrayInputStream(bytes, 0, lengthBytes));
        }

        @Override
        public int read() throws IOException {
            return orThrow(super.read());
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return orThrow(super.read(bytes, offset, length));
        }

        private static int orThrow(int result) throws IOException {
            if (result < 0) {
                throw new IOException("scripted fault: connection reset");
            }
            return result;
        }
    }
}
