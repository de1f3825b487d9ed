package io.cloudsqlite.cli.bench;

import java.util.Locale;

/**
 * Something that CloudSQLite is to reach, and whether it did.
 *
 * @param what is to be reached
 * @param goal the number and the unit
 * @param measured what it is, or what to do to have it measured
 */
public record Target(String what, String goal, String measured, Verdict verdict) {

    /** Whether it was reached. */
    public enum Verdict {
        REACHED,
        NOT_REACHED,
        NOT_MEASURED;

        static Verdict of(boolean isReached) {
            return isReached ? REACHED : NOT_REACHED;
        }

        /** As people and programs read it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }
}
