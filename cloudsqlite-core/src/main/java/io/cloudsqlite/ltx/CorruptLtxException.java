package io.cloudsqlite.ltx;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The bytes are not one whole, valid LTX file. To read them again from the same place gives the same answer; a copy from
 * elsewhere may be good. Pages that were read before this was thrown must not be used: nothing vouches for them.
 */
public final class CorruptLtxException extends IOException {

    CorruptLtxException(String message) {
        super(message);
    }

    CorruptLtxException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
