package io.cloudsqlite.emulators;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** What a program of this package has to do with the process that started it. */
final class Launch {

    private Launch() {}

    /** The port to listen on: the first argument, or 0 for any that is free. */
    static int port(String[] arguments) {
        return arguments.length == 0 ? 0 : Integer.parseInt(arguments[0]);
    }

    /**
     * Prints {@code READY port}, and ends this process when its standard input ends, which happens at the latest when the
     * process that started it is gone: even {@code kill -9} leaves no server behind.
     */
    static void readyUntilInputEnds(int port) throws IOException {
        System.out.println("READY " + port);
        try (InputStream in = System.in) {
            in.transferTo(OutputStream.nullOutputStream());
        } finally {
            // Not exit(): nothing here is worth an orderly shutdown, and one may hang.
            Runtime.getRuntime().halt(0);
        }
    }
}
