package io.cloudsqlite.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** How this package reads and writes JSON. */
final class Json {

    /** A request nests five levels: statements, a statement, its parameters, a BLOB. */
    private static final int MAX_NESTING_DEPTH = 10;

    private static final int MAX_NUMBER_CHARACTERS = 1_000;

    /**
     * Names are not canonicalized, so that hostile ones leave nothing behind in a table. Doubles are written by Jackson's
     * own algorithm, which finds the shortest text; that of JDK 17 does not always, so the same value would read differently
     * on other JDKs. Characters beyond the first 65,536 are written as themselves, like all others, and not as escapes.
     */
    static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_NESTING_DEPTH)
                    .maxNumberLength(MAX_NUMBER_CHARACTERS)
                    .build())
            .build();

    private Json() {}

    /** The members of an object, to be written. */
    @FunctionalInterface
    interface Members {
        void writeTo(JsonGenerator json) throws IOException;
    }

    /** A JSON object in UTF-8. */
    static byte[] object(Members members) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = FACTORY.createGenerator(out)) {
            json.writeStartObject();
            members.writeTo(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
        return out.toByteArray();
    }
}
