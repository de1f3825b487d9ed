package io.cloudsqlite.cli.bench;

import java.io.IOException;

/** One client of a workload, which sends one operation after the other. Used by one thread. */
interface Client extends AutoCloseable {

    /** Does what must be done before each operation, and is no part of it. */
    default void prepare() throws Exception {}

    /** One operation. */
    void run() throws Exception;

    @Override
    default void close() throws IOException {}
}
