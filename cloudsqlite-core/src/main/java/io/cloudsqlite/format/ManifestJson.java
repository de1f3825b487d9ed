package io.cloudsqlite.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.cloudsqlite.CommitId;
import io.cloudsqlite.copy.DatabaseChecksum;
import io.cloudsqlite.format.Manifest.Base;
import io.cloudsqlite.format.Manifest.Entry;
import io.cloudsqlite.format.Manifest.Segment;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Manifests as bytes: one JSON object, whose fields {@code docs/storage-format.md} lists. Its last field is the CRC-32C of all
 * bytes before it, so that a changed byte anywhere is noticed.
 */
final class ManifestJson {

    /** The number of the format that is written and understood. */
    static final int FORMAT = 1;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final String CRC_FIELD = ",\"crc32c\":\"";
    private static final String END = "\"}\n";
    private static final int CRC_LENGTH = 2 * Integer.BYTES;
    private static final int SUFFIX_LENGTH = CRC_FIELD.length() + CRC_LENGTH + END.length();

    private ManifestJson() {}

    static byte[] encode(Manifest manifest) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeNumberField("format", FORMAT);
            json.writeStringField("database_id", manifest.databaseId().value());
            json.writeNumberField("txid", manifest.txid());
            json.writeStringField("timestamp", manifest.timestamp().toString());
            json.writeNumberField("page_size", manifest.pageSizeBytes());
            json.writeNumberField("page_count", manifest.pageCount());
            json.writeStringField("checksum", manifest.checksum().toString());
            json.writeArrayFieldStart("commits");
            for (CommitId commit : manifest.recentCommits()) {
                json.writeString(commit.value());
            }
            json.writeEndArray();
            if (manifest.base().isPresent()) {
                json.writeFieldName("base");
                write(json, manifest.base().get());
            }
            json.writeArrayFieldStart("segments");
            for (Segment segment : manifest.segments()) {
                write(json, segment);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("tail");
            for (Entry entry : manifest.tail()) {
                write(json, entry);
            }
            json.writeEndArray();
            json.writeNumberField("gc", manifest.collections());
            if (manifest.previous().isPresent()) {
                json.writeStringField("previous", manifest.previous().get());
            }
            if (manifest.forgotten().isPresent()) {
                json.writeStringField("forgotten", manifest.forgotten().get());
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        return sign(bytes.toByteArray());
    }

    private static void write(JsonGenerator json, Base base) throws IOException {
        json.writeStartObject();
        json.writeStringField("key", base.key());
        json.writeNumberField("txid", base.txid());
        json.writeStringField("timestamp", base.timestamp().toString());
        json.writeNumberField("bytes", base.sizeBytes());
        json.writeStringField("checksum", base.checksum().toString());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, Segment segment) throws IOException {
        json.writeStartObject();
        json.writeStringField("key", segment.key());
        json.writeNumberField("from", segment.fromTxid());
        json.writeNumberField("to", segment.toTxid());
        json.writeStringField("timestamp", segment.timestamp().toString());
        json.writeNumberField("bytes", segment.sizeBytes());
        json.writeStringField("crc32c", HexFormat.of().toHexDigits(segment.crc32c()));
        json.writeStringField("checksum", segment.checksum().toString());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, Entry entry) throws IOException {
        json.writeStartObject();
        if (entry.fromTxid() != entry.txid()) {
            json.writeNumberField("from", entry.fromTxid());
        }
        json.writeNumberField("txid", entry.txid());
        json.writeStringField("timestamp", entry.timestamp().toString());
        json.writeStringField("checksum", entry.checksum().toString());
        // Most of a manifest is this, and the JDK encodes it many times faster than Jackson does.
        byte[] base64 = Base64.getEncoder().encode(entry.ltx());
        json.writeFieldName("ltx");
        json.writeRawUTF8String(base64, 0, base64.length);
        json.writeEndObject();
    }

    /** Puts the checksum in the place of the last brace. */
    private static byte[] sign(byte[] json) {
        int end = json.length - 1;
        String suffix = CRC_FIELD + crc32c(json, end) + END;
        byte[] signed = Arrays.copyOf(json, end + suffix.length());
        System.arraycopy(suffix.getBytes(StandardCharsets.UTF_8), 0, signed, end, suffix.length());
        return signed;
    }

    private static String crc32c(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    /**
     * The manifest that {@link #encode} made these bytes of.
     *
     * @throws IOException if they are something else, with what is wrong as its message
     */
    static Manifest decode(byte[] bytes) throws IOException {
        int end = bytes.length - SUFFIX_LENGTH;
        String expected = end < 0 ? "" : CRC_FIELD + crc32c(bytes, end) + END;
        if (end < 0 || !expected.equals(new String(bytes, end, SUFFIX_LENGTH, StandardCharsets.ISO_8859_1))) {
            throw new DamagedException("it does not end in its checksum");
        }
        try (JsonParser json = JSON.createParser(bytes)) {
            json.nextToken();
            return manifest(new Fields(json));
        } catch (JsonProcessingException e) {
            throw new DamagedException("it is not what CloudSQLite writes: " + e.getOriginalMessage());
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException | ClassCastException e) {
            throw new DamagedException("it is not what CloudSQLite writes: " + e.getMessage());
        }
    }

    private static Manifest manifest(Fields fields) throws IOException {
        if (fields.number("format") != FORMAT) {
            throw new UnknownFormatException("its format number is " + fields.number("format")
                    + ", and this CloudSQLite reads " + FORMAT + ": use a newer one");
        }
        return new Manifest(
                new CommitId(fields.text("database_id")),
                fields.number("txid"),
                Instant.parse(fields.text("timestamp")),
                Math.toIntExact(fields.number("page_size")),
                Math.toIntExact(fields.number("page_count")),
                DatabaseChecksum.parse(fields.text("checksum")),
                fields.texts("commits").stream().map(CommitId::new).toList(),
                fields.find("base").map(base -> base((Fields) base)),
                fields.objects("segments").stream().map(ManifestJson::segment).toList(),
                fields.objects("tail").stream().map(ManifestJson::entry).toList(),
                fields.number("gc"),
                fields.find("previous").map(String.class::cast),
                fields.find("forgotten").map(String.class::cast));
    }

    private static Base base(Fields fields) {
        return new Base(
                fields.text("key"),
                fields.number("txid"),
                Instant.parse(fields.text("timestamp")),
                fields.number("bytes"),
                DatabaseChecksum.parse(fields.text("checksum")));
    }

    private static Segment segment(Fields fields) {
        return new Segment(
                fields.text("key"),
                fields.number("from"),
                fields.number("to"),
                Instant.parse(fields.text("timestamp")),
                fields.number("bytes"),
                HexFormat.fromHexDigits(fields.text("crc32c")),
                DatabaseChecksum.parse(fields.text("checksum")));
    }

    private static Entry entry(Fields fields) {
        long txid = fields.number("txid");
        return new Entry(
                fields.find("from").map(Long.class::cast).orElse(txid),
                txid,
                Instant.parse(fields.text("timestamp")),
                DatabaseChecksum.parse(fields.text("checksum")),
                fields.binary("ltx"));
    }

    /** The fields of one JSON object: texts, numbers, binaries, objects, and lists of them. */
    private static final class Fields {

        private final Map<String, Object> values = new HashMap<>();

        Fields(JsonParser json) throws IOException {
            require(json, JsonToken.START_OBJECT);
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                json.nextToken();
                values.put(name, value(json, name));
            }
        }

        private static Object value(JsonParser json, String name) throws IOException {
            return switch (json.currentToken()) {
                case VALUE_STRING -> name.equals("ltx") ? json.getBinaryValue() : json.getText();
                case VALUE_NUMBER_INT -> json.getLongValue();
                case START_OBJECT -> new Fields(json);
                case START_ARRAY -> list(json, name);
                default -> throw new DamagedException("'" + name + "' is a " + json.currentToken());
            };
        }

        private static List<Object> list(JsonParser json, String name) throws IOException {
            List<Object> list = new ArrayList<>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                list.add(value(json, name));
            }
            return list;
        }

        private static void require(JsonParser json, JsonToken token) throws IOException {
            if (json.currentToken() != token) {
                throw new DamagedException("there is a " + json.currentToken() + " in the place of an object");
            }
        }

        Optional<Object> find(String name) {
            return Optional.ofNullable(values.get(name));
        }

        private Object get(String name) {
            return find(name).orElseThrow(() -> new IllegalArgumentException("the field '" + name + "' is missing"));
        }

        String text(String name) {
            return (String) get(name);
        }

        long number(String name) {
            return (Long) get(name);
        }

        byte[] binary(String name) {
            return (byte[]) get(name);
        }

        List<String> texts(String name) {
            return ((List<?>) get(name)).stream().map(String.class::cast).toList();
        }

        List<Fields> objects(String name) {
            return ((List<?>) get(name)).stream().map(Fields.class::cast).toList();
        }
    }
}
