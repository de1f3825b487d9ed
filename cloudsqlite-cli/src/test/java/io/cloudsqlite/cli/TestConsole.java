package io.cloudsqlite.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/** A console whose input is given and whose output is kept. */
final class TestConsole implements Console {

    private final InputStream in;
    private final boolean interactive;
    private final ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
    private final ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
    private final PrintWriter out = new PrintWriter(new OutputStreamWriter(outBytes, StandardCharsets.UTF_8));
    private final PrintWriter err = new PrintWriter(errBytes, true, StandardCharsets.UTF_8);

    private TestConsole(byte[] input, boolean interactive) {
        this.in = new ByteArrayInputStream(input);
        this.interactive = interactive;
    }

    /** In a pipe, with this on standard input. */
    static TestConsole piped(byte[] input) {
        return new TestConsole(input, false);
    }

    /** A person at a terminal, who types this. */
    static TestConsole typing(String input) {
        return new TestConsole(input.getBytes(StandardCharsets.UTF_8), true);
    }

    /** What has been written to standard output and flushed. */
    byte[] writtenBytes() {
        return outBytes.toByteArray();
    }

    String written() {
        return outBytes.toString(StandardCharsets.UTF_8);
    }

    String writtenToErr() {
        return errBytes.toString(StandardCharsets.UTF_8);
    }

    @Override
    public InputStream in() {
        return in;
    }

    @Override
    public PrintWriter out() {
        return out;
    }

    @Override
    public OutputStream outBytes() {
        return outBytes;
    }

    @Override
    public PrintWriter err() {
        return err;
    }

    @Override
    public boolean isInteractive() {
        return interactive;
    }

    @Override
    public OptionalInt outWidth() {
        return OptionalInt.empty();
    }

    @Override
    public boolean errIsTerminal() {
        return interactive;
    }
}
