package io.cloudsqlite.cli.bench;

/**
 * What clients do.
 *
 * @param megabytes how large the database is, or {@link Measurement#ANY_SIZE}
 * @param clients how many there are at a time
 * @param opening makes them, each in its own thread
 */
record Workload(Kind kind, int megabytes, int clients, Clients opening) {

    /** Makes clients. */
    @FunctionalInterface
    interface Clients {

        /**
         * Makes a client.
         *
         * @param number of the client, counted from 0
         */
        Client open(int number) throws Exception;
    }

    @Override
    public String toString() {
        return kind.label()
                + (megabytes == Measurement.ANY_SIZE ? "" : ", " + megabytes + " MB")
                + (clients == 1 ? "" : ", " + clients + " clients");
    }
}
