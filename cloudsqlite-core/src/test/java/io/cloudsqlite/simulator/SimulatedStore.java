package io.cloudsqlite.simulator;

import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.store.BlobBody;
import io.cloudsqlite.store.BlobInfo;
import io.cloudsqlite.store.BlobPage;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.GetOutcome;
import io.cloudsqlite.store.PutCondition;
import io.cloudsqlite.store.PutOutcome;
import io.cloudsqlite.time.Deadline;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The store as one process sees it, over a network that takes its time and loses things. */
final class SimulatedStore implements BlobStore {

    /** Of which an upload takes its time: every base is larger than that. */
    private static final long LARGE_BYTES = 8_000;

    private final BlobStore store;
    private final Caller caller;

    /** @param store what all processes share */
    SimulatedStore(BlobStore store, Caller caller) {
        this.store = store;
        this.caller = caller;
    }

    @Override
    public GetOutcome get(String key, Optional<BlobVersion> unlessVersion, Deadline deadline) {
        return read("get " + key, key, deadline, () -> store.get(key, unlessVersion, caller.ample()));
    }

    @Override
    public GetOutcome getRange(
            String key, Optional<BlobVersion> version, long offsetBytes, long lengthBytes, Deadline deadline) {
        return read(
                "range " + key,
                key,
                deadline,
                () -> store.getRange(key, version, offsetBytes, lengthBytes, caller.ample()));
    }

    private GetOutcome read(String label, String key, Deadline deadline, Supplier<GetOutcome> get) {
        requireTime(key, deadline);
        Fault fault = caller.begin(label);
        GetOutcome got = switch (fault) {
            case UNAVAILABLE, LOST_BEFORE, LOST_AFTER, LATE -> throw unavailable(key);
            case DAMAGED_BODY -> damaged(get.get());
            default -> get.get();
        };
        caller.end(fault, label);
        return got;
    }

    private GetOutcome damaged(GetOutcome got) {
        if (!(got instanceof GetOutcome.Found found)) {
            return got;
        }
        try (found) {
            byte[] bytes = found.body().readAllBytes();
            if (bytes.length == 0) {
                return new GetOutcome.Found(found.info(), new ByteArrayInputStream(bytes));
            }
            long drawn = caller.draw() >>> 1;
            int at = (int) (drawn % bytes.length);
            if (drawn / 7 % 2 == 0) {
                return new GetOutcome.Found(found.info(), new BreakingStream(bytes, at));
            }
            bytes[at] ^= 0x10;
            return new GetOutcome.Found(found.info(), new ByteArrayInputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A transfer that breaks off. */
    private static final class BreakingStream extends InputStream {

        private final ByteArrayInputStream in;

        BreakingStream(byte[] bytes, int length) {
            in = new ByteArrayInputStream(bytes, 0, length);
        }

        @Override
        public int read() throws IOException {
            int read = in.read();
            if (read < 0) {
                throw new IOException("the connection was reset");
            }
            return read;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = in.read(bytes, offset, length);
            if (read < 0) {
                throw new IOException("the connection was reset");
            }
            return read;
        }
    }

    @Override
    public Optional<BlobInfo> head(String key, Deadline deadline) {
        return ask("head " + key, key, deadline, () -> store.head(key, caller.ample()));
    }

    @Override
    public BlobPage list(String prefix, Optional<String> after, int limit, Deadline deadline) {
        return ask("list", prefix, deadline, () -> store.list(prefix, after, limit, caller.ample()));
    }

    private <T> T ask(String label, String key, Deadline deadline, Supplier<T> question) {
        requireTime(key, deadline);
        Fault fault = caller.begin(label);
        switch (fault) {
            case UNAVAILABLE, LOST_BEFORE, LOST_AFTER, LATE, DAMAGED_BODY -> throw unavailable(key);
            default -> {
                T answer = question.get();
                caller.end(fault, label);
                return answer;
            }
        }
    }

    @Override
    public PutOutcome put(
            String key, BlobBody body, Map<String, String> metadata, PutCondition condition, Deadline deadline) {
        requireTime(key, deadline);
        byte[] bytes = bytesOf(key, body);
        Supplier<PutOutcome> put = () -> store.put(key, BlobBody.of(bytes), metadata, condition, caller.ample());
        String label = "put " + key;
        Fault fault = caller.begin(label);
        switch (fault) {
            case UNAVAILABLE, DAMAGED_BODY -> throw unavailable(key);
            case LOST_BEFORE -> {
                return lost();
            }
            case LATE -> {
                caller.later(label, () -> {
                    PutOutcome unused = put.get();
                });
                return lost();
            }
            default -> {
                PutOutcome outcome = put.get();
                caller.end(fault, label + (outcome instanceof PutOutcome.Stored ? " stored" : " refused"));
                return fault == Fault.LOST_AFTER ? lost() : outcome;
            }
        }
    }

    /** What a large body has is read while others go on, as long as an upload takes. */
    private byte[] bytesOf(String key, BlobBody body) {
        try (InputStream in = body.open()) {
            byte[] beginning = in.readNBytes((int) body.sizeBytes() / 2);
            if (body.sizeBytes() >= LARGE_BYTES) {
                caller.transfer();
            }
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.write(beginning);
            in.transferTo(bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new StorageUnavailableException("The body for '" + key + "' cannot be read", e);
        }
    }

    private static PutOutcome lost() {
        return new PutOutcome.Unknown(new IOException("no answer came"));
    }

    @Override
    public void delete(Collection<String> keys, Deadline deadline) {
        String label = "delete " + keys.size();
        requireTime(label, deadline);
        Fault fault = caller.begin(label);
        switch (fault) {
            case UNAVAILABLE, LOST_BEFORE, DAMAGED_BODY -> throw unavailable(label);
            case LATE -> {
                caller.later(label, () -> store.delete(keys, caller.ample()));
                throw unavailable(label);
            }
            default -> {
                store.delete(keys, caller.ample());
                caller.end(fault, label);
                if (fault == Fault.LOST_AFTER) {
                    throw unavailable(label);
                }
            }
        }
    }

    @Override
    public boolean delete(String key, BlobVersion version, Deadline deadline) {
        String label = "delete " + key;
        requireTime(key, deadline);
        Fault fault = caller.begin(label);
        switch (fault) {
            case UNAVAILABLE, LOST_BEFORE, DAMAGED_BODY -> throw unavailable(key);
            case LATE -> {
                caller.later(label, () -> store.delete(key, version, caller.ample()));
                throw unavailable(key);
            }
            default -> {
                boolean deleted = store.delete(key, version, caller.ample());
                caller.end(fault, label);
                if (fault == Fault.LOST_AFTER) {
                    throw unavailable(key);
                }
                return deleted;
            }
        }
    }

    /** Nothing is sent any more once the time is up. */
    private static void requireTime(String key, Deadline deadline) {
        if (deadline.hasPassed()) {
            throw unavailable(key);
        }
    }

    private static StorageUnavailableException unavailable(String key) {
        return new StorageUnavailableException("The store does not answer about '" + key + "'");
    }
}
