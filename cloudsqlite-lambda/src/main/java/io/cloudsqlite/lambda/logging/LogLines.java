package io.cloudsqlite.lambda.logging;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;

/** Prints objects of JSON, one a line, each in one piece. Safe for use by many threads. */
public final class LogLines {

    private static final JsonFactory JSON = new JsonFactory();

    private final PrintStream out;

    /** Prints to {@code out}. */
    public LogLines(PrintStream out) {
        this.out = out;
    }

    /** Prints to standard output, which Lambda sends to CloudWatch. */
    public static LogLines toStandardOutput() {
        return new LogLines(System.out);
    }

    /** Writes the members of an object. */
    @FunctionalInterface
    public interface Members {
        void writeTo(JsonGenerator json) throws IOException;
    }

    /** Prints an object. */
    public void print(Members members) {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(line)) {
            json.writeStartObject();
            members.writeTo(json);
            json.writeEndObject();
            json.writeRaw('\n');
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
        out.write(line.toByteArray(), 0, line.size());
        out.flush();
    }
}
