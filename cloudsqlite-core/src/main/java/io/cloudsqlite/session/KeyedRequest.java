package io.cloudsqlite.session;

import io.cloudsqlite.sql.SqlStatement;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A write by its idempotency key.
 *
 * @param key as the caller chose it
 * @param hash SHA-256 of its statements and their parameters, in hexadecimal: what else a request says (how fresh, by when, how
 *     its rows are shown) may differ from one try to the next
 */
record KeyedRequest(String key, String hash) {

    static KeyedRequest of(String key, List<SqlStatement> statements) {
        MessageDigest digest = sha256();
        try (DataOutputStream out =
                new DataOutputStream(new DigestOutputStream(OutputStream.nullOutputStream(), digest))) {
            out.writeInt(statements.size());
            for (SqlStatement statement : statements) {
                write(out, statement);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("writing to nowhere does not fail", e);
        }
        return new KeyedRequest(key, HexFormat.of().formatHex(digest.digest()));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Each part is preceded by its type or length, so that no two statements come to the same bytes. */
    private static void write(DataOutputStream out, SqlStatement statement) throws IOException {
        writeValue(out, statement.sql());
        out.writeInt(statement.positional().size());
        for (Object value : statement.positional()) {
            writeValue(out, value);
        }
        out.writeInt(statement.named().size());
        for (var parameter : new TreeMap<>(statement.named()).entrySet()) {
            writeValue(out, parameter.getKey());
            writeValue(out, parameter.getValue());
        }
    }

    /** Values that SQLite does not tell apart are the same. */
    private static void writeValue(DataOutputStream out, @Nullable Object value) throws IOException {
        if (value == null) {
            out.writeByte('n');
        } else if (value instanceof String text) {
            out.writeByte('t');
            out.writeInt(text.length());
            out.writeChars(text);
        } else if (value instanceof byte[] blob) {
            out.writeByte('b');
            out.writeInt(blob.length);
            out.write(blob);
        } else if (value instanceof Double || value instanceof Float) {
            out.writeByte('r');
            out.writeDouble(((Number) value).doubleValue());
        } else {
            out.writeByte('i');
            out.writeLong(value instanceof Boolean bool ? (bool ? 1 : 0) : ((Number) value).longValue());
        }
    }
}
