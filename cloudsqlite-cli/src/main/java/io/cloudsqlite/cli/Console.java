package io.cloudsqlite.cli;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.OptionalInt;

/** Where a command reads and writes: the streams of the process, or those of a test. Text is UTF-8, whatever the locale. */
interface Console {

    /** Standard input. */
    InputStream in();

    /** Standard output, for text; it is flushed when the command ends, and where somebody waits for it. */
    PrintWriter out();

    /** Standard output, for bytes. Whoever uses it writes no text. */
    OutputStream outBytes();

    /** Standard error, flushed after each line. */
    PrintWriter err();

    /** Whether there is a person who can be asked: standard input and output are a terminal. */
    boolean isInteractive();

    /** How many characters a line of standard output holds; empty if it is not a terminal. */
    OptionalInt outWidth();

    /** Whether standard error is a terminal, on which a line can be written over. */
    boolean errIsTerminal();
}
