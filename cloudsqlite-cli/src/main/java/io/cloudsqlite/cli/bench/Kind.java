package io.cloudsqlite.cli.bench;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is measured: CloudSQLite's workloads, and the baselines that they are compared with. */
public enum Kind {
    FIRST_READ("first algorithm: read"),
    FIRST_WRITE("first algorithm: single write"),
    PLAIN_READ("plain sqlite-jdbc: read"),
    PLAIN_WRITE("plain sqlite-jdbc: single write"),
    PLAIN_TRANSACTION("plain sqlite-jdbc: 100 rows"),
    BARE_GET("bare conditional get"),
    BARE_COMMIT("bare lock + put"),
    BARE_DOWNLOAD("bare parallel ranged gets"),

    WARM_READ("warm read", FIRST_READ, PLAIN_READ, BARE_GET),
    STALE_READ("bounded-stale read", FIRST_READ, PLAIN_READ, null),
    COLD_READ("cold read", FIRST_READ, null, BARE_DOWNLOAD),
    WRITE("single write", FIRST_WRITE, PLAIN_WRITE, BARE_COMMIT),
    TRANSACTION("transaction of 100 rows", null, PLAIN_TRANSACTION, BARE_COMMIT),
    WRITERS("concurrent writers", FIRST_WRITE, null, BARE_COMMIT),
    MIX("90/10 mix", FIRST_READ, null, null),
    PROCESSES("90/10 mix, a process each", FIRST_READ, null, null);

    private final String label;
    private final Optional<Kind> first;
    private final Optional<Kind> plain;
    private final Optional<Kind> limit;

    Kind(String label) {
        this(label, null, null, null);
    }

    Kind(String label, @Nullable Kind first, @Nullable Kind plain, @Nullable Kind limit) {
        this.label = label;
        this.first = Optional.ofNullable(first);
        this.plain = Optional.ofNullable(plain);
        this.limit = Optional.ofNullable(limit);
    }

    /** What the first project's algorithm does for the same purpose. */
    Optional<Kind> first() {
        return first;
    }

    /** What the same statements are on a local file, without any cloud. */
    Optional<Kind> plain() {
        return plain;
    }

    /** The requests without which it cannot be done, and nothing else. */
    Optional<Kind> limit() {
        return limit;
    }

    /** The name for people. */
    String label() {
        return label;
    }

    /** The name for programs. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
