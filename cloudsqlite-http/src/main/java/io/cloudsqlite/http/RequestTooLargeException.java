package io.cloudsqlite.http;

import java.io.IOException;

/** A request's body is larger than it may be. An {@link IOException}, so that it passes through whoever reads the body. */
final class RequestTooLargeException extends IOException {

    RequestTooLargeException(long maxBytes) {
        super("The request body is larger than the limit of " + maxBytes + " bytes");
    }
}
