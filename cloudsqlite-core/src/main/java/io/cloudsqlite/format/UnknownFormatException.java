package io.cloudsqlite.format;

import java.io.IOException;

/** What was received is whole, and of a later kind than is understood here. */
final class UnknownFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    UnknownFormatException(String message) {
        super(message);
    }
}
