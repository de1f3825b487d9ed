package io.cloudsqlite.format;

/** What it took to bring a working copy up to date. */
public enum Checkout {
    /** Nothing: it was current. */
    HIT,
    /** What had changed since. */
    DELTA,
    /** The whole database, or the news that there is none. */
    MISS
}
