package io.cloudsqlite;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** How a database lies in its store. Both ways give the same guarantees; they differ in what a commit costs. */
public enum DatabaseFormat {

    /** One object, a plain SQLite file; a commit costs what the database weighs. */
    FILE,

    /** A base, a log of changed pages and a manifest; a commit costs what it changes. */
    LOG;

    /** The name that people and stored objects use: {@code file} or {@code log}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The format of that {@link #label}; empty if there is none. */
    public static Optional<DatabaseFormat> of(String label) {
        return Stream.of(values())
                .filter(format -> format.label().equals(label))
                .findFirst();
    }

    @Override
    public String toString() {
        return label();
    }
}
