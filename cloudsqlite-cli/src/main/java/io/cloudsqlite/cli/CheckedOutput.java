package io.cloudsqlite.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * A stream whose failures cannot be overlooked. A {@link java.io.PrintWriter} swallows an {@link IOException}, and a command
 * would go on for nobody, or end well with half of its output on a full disk; this exception passes through.
 */
final class CheckedOutput extends FilterOutputStream {

    CheckedOutput(OutputStream out) {
        super(out);
    }

    /** Output could not be written. */
    static final class FailedException extends RuntimeException {

        FailedException(IOException cause) {
            super("cannot write the output: " + cause.getMessage(), cause);
        }

        /** Whether the reader of the output has gone away, as {@code head} does when it has seen enough. */
        boolean isBrokenPipe() {
            String message = getMessage();
            return message != null && message.contains("Broken pipe");
        }
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            throw new FailedException(e);
        }
    }

    @Override
    public void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            throw new FailedException(e);
        }
    }
}
