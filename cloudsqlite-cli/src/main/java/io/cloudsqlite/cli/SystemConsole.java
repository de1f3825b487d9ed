package io.cloudsqlite.cli;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import org.jline.terminal.spi.SystemStream;
import org.jline.terminal.spi.TerminalProvider;

/** The streams of this process. Not {@link System#out}, which writes in the locale's encoding and hides its failures. */
final class SystemConsole implements Console {

    private static final int DEFAULT_WIDTH = 80;

    /** Buffered also because a {@link FileInputStream} asks for its length when all is read, which a pipe refuses. */
    private final InputStream in = new BufferedInputStream(new FileInputStream(FileDescriptor.in));

    private final OutputStream outBytes =
            new BufferedOutputStream(new CheckedOutput(new FileOutputStream(FileDescriptor.out)));
    private final PrintWriter out = new PrintWriter(new OutputStreamWriter(outBytes, StandardCharsets.UTF_8));
    private final PrintWriter err =
            new PrintWriter(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);

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
        return isTerminal(SystemStream.Input) && isTerminal(SystemStream.Output);
    }

    @Override
    public OptionalInt outWidth() {
        return terminals()
                .filter(provider -> provider.isSystemStream(SystemStream.Output))
                .map(provider -> provider.systemStreamWidth(SystemStream.Output))
                .map(width -> OptionalInt.of(width > 0 ? width : DEFAULT_WIDTH))
                .orElse(OptionalInt.empty());
    }

    @Override
    public boolean errIsTerminal() {
        return isTerminal(SystemStream.Error);
    }

    private static boolean isTerminal(SystemStream stream) {
        return terminals().filter(provider -> provider.isSystemStream(stream)).isPresent();
    }

    /** {@link System#console()} cannot tell which of the streams is a terminal, and since Java 22 not even whether one is. */
    private static Optional<TerminalProvider> terminals() {
        try {
            return Optional.of(TerminalProvider.load("jni"));
        } catch (IOException | LinkageError e) {
            // A platform that JLine has no native library for: everything works there, in its plain form.
            return Optional.empty();
        }
    }
}
