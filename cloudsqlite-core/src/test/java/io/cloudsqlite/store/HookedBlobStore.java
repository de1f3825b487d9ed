package io.cloudsqlite.store;

import io.cloudsqlite.time.Deadline;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A store that lets a test do something before each call, and after each put and each conditional delete. A call is its verb and
 * its key: {@code PUT app.db}.
 */
public final class HookedBlobStore implements BlobStore {

    private final BlobStore store;
    private final List<String> calls = new ArrayList<>();
    private Consumer<String> before = call -> {};
    private Consumer<String> after = call -> {};

    public HookedBlobStore(BlobStore store) {
        this.store = store;
    }

    public void before(Consumer<String> hook) {
        before = hook;
    }

    public void after(Consumer<String> hook) {
        after = hook;
    }

    /** How many calls there were that begin like this, since {@link #forget}. */
    public synchronized long count(String beginning) {
        return calls.stream().filter(call -> call.startsWith(beginning)).count();
    }

    public synchronized void forget() {
        calls.clear();
    }

    private void begin(String call) {
        synchronized (this) {
            calls.add(call);
        }
        before.accept(call);
    }

    @Override
    public GetOutcome get(String key, Optional<BlobVersion> unlessVersion, Deadline deadline) {
        begin("GET " + key);
        return store.get(key, unlessVersion, deadline);
    }

    @Override
    public GetOutcome getRange(
            String key, Optional<BlobVersion> version, long offsetBytes, long lengthBytes, Deadline deadline) {
        begin("RANGE " + key);
        return store.getRange(key, version, offsetBytes, lengthBytes, deadline);
    }

    @Override
    public Optional<BlobInfo> head(String key, Deadline deadline) {
        begin("HEAD " + key);
        return store.head(key, deadline);
    }

    @Override
    public PutOutcome put(
            String key, BlobBody body, Map<String, String> metadata, PutCondition condition, Deadline deadline) {
        begin("PUT " + key);
        PutOutcome outcome = store.put(key, body, metadata, condition, deadline);
        after.accept("PUT " + key);
        return outcome;
    }

    @Override
    public BlobPage list(String prefix, Optional<String> after, int limit, Deadline deadline) {
        begin("LIST " + prefix);
        return store.list(prefix, after, limit, deadline);
    }

    @Override
    public void delete(Collection<String> keys, Deadline deadline) {
        begin("DELETE " + keys.size() + " objects");
        store.delete(keys, deadline);
    }

    @Override
    public boolean delete(String key, BlobVersion version, Deadline deadline) {
        begin("DELETE " + key);
        boolean deleted = store.delete(key, version, deadline);
        after.accept("DELETE " + key);
        return deleted;
    }
}
