package io.cloudsqlite.format;

import java.io.IOException;

/** What was received is not what was stored, or what was stored is not sound. */
final class DamagedException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedException(String message) {
        super(message);
    }
}
