package io.cloudsqlite.store;

import java.util.Optional;

/**
 * What must hold of the key at the moment of a put for it to happen; checking and acting are one atomic step.
 *
 * <pre>{@code
 * store.put(key, body, metadata, PutCondition.IF_ABSENT, deadline);              // create, never overwrite
 * store.put(key, body, metadata, PutCondition.ifMatches(version), deadline);     // compare and swap
 * }</pre>
 */
public sealed interface PutCondition {

    /** Whether this holds for a key whose object has the version {@code current}, or for a key without an object. */
    boolean holdsFor(Optional<BlobVersion> current);

    /** Put whatever is there. */
    PutCondition ALWAYS = new Always();

    /** Put only if the key has no object ({@code If-None-Match: *}). */
    PutCondition IF_ABSENT = new IfAbsent();

    /** Put only if the key has an object of exactly this version ({@code If-Match}). */
    static PutCondition ifMatches(BlobVersion version) {
        return new IfMatches(version);
    }

    /** See {@link #ALWAYS}. */
    record Always() implements PutCondition {
        @Override
        public boolean holdsFor(Optional<BlobVersion> current) {
            return true;
        }
    }

    /** See {@link #IF_ABSENT}. */
    record IfAbsent() implements PutCondition {
        @Override
        public boolean holdsFor(Optional<BlobVersion> current) {
            return current.isEmpty();
        }
    }

    /** See {@link #ifMatches}. */
    record IfMatches(BlobVersion version) implements PutCondition {
        @Override
        public boolean holdsFor(Optional<BlobVersion> current) {
            return current.filter(version::equals).isPresent();
        }
    }
}
