package io.cloudsqlite.http;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.http.SqlRequest.RowFormat;
import io.cloudsqlite.session.PointInTime;
import io.cloudsqlite.session.RequestOptions;
import io.cloudsqlite.sql.SqlStatement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of {@code POST /sql}, once and strictly: a member that is unknown, of the wrong type or given twice is
 * refused by name rather than guessed at, and so is a number or text that SQLite could not keep exactly. The one thing
 * forgiven is {@code null} for a member that may be left out, which many JSON libraries write. What is read is held by the
 * request alone and is no larger than the body by more than a small factor.
 */
final class SqlRequestReader {

    /** More belong into an import. */
    private static final int MAX_STATEMENTS = 10_000;

    private static final Set<String> REQUEST_MEMBERS = Set.of(
            "sql_statement",
            "database_name",
            "parameters",
            "statements",
            "max_staleness_ms",
            "min_txid",
            "as_of_txid",
            "as_of",
            "row_format");

    private static final Set<String> STATEMENT_MEMBERS = Set.of("sql_statement", "parameters");

    private static final Set<String> BLOB_MEMBERS = Set.of("base64");

    private final JsonParser json;

    private SqlRequestReader(JsonParser json) {
        this.json = json;
    }

    static SqlRequest read(byte[] body) {
        try (JsonParser json = Json.FACTORY.createParser(decode(body))) {
            return new SqlRequestReader(json).readRequest();
        } catch (StreamConstraintsException e) {
            throw new InvalidRequestException(
                    "The request body nests too deeply or has a number of too many digits", e);
        } catch (JsonProcessingException e) {
            throw new InvalidRequestException("The request body is not valid JSON" + position(e.getLocation()), e);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory does not fail", e);
        }
    }

    /** Jackson would let some malformed UTF-8 pass, and would take other encodings for granted. */
    private static String decode(byte[] body) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new InvalidRequestException("The request body is not valid UTF-8", e);
        }
    }

    private static String position(@Nullable JsonLocation location) {
        return location == null ? "" : ", at line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    private SqlRequest readRequest() throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw new InvalidRequestException(
                    "The request body must be a JSON object, such as {\"sql_statement\": \"SELECT 1\"}");
        }
        String sql = null;
        Parameters parameters = null;
        List<SqlStatement> statements = null;
        DatabaseName database = DatabaseName.DEFAULT;
        RequestOptions options = RequestOptions.DEFAULT;
        RowFormat rowFormat = RowFormat.OBJECTS;

        Set<String> seen = new HashSet<>();
        while (nextMember("", REQUEST_MEMBERS, seen)) {
            String member = json.currentName();
            switch (member) {
                case "sql_statement" -> sql = readText(member);
                case "parameters" -> parameters = readParameters(member);
                case "statements" -> statements = readStatements(member);
                case "database_name" -> database = DatabaseName.of(readText(member));
                case "max_staleness_ms" -> options = options.withMaxStaleness(Duration.ofMillis(readCount(member)));
                case "min_txid" -> options = options.withMinTxid(readCount(member));
                case "as_of_txid" -> options = withAsOf(options, readTransaction(member));
                case "as_of" -> options = withAsOf(options, readTime(member));
                case "row_format" -> rowFormat = readRowFormat(member);
                default -> throw new IllegalStateException(member);
            }
        }
        if (json.nextToken() != null) {
            throw new InvalidRequestException("The request body has something after its JSON object");
        }
        if (options.asOf().isPresent()
                && (options.minTxid() > 0 || !options.maxStaleness().isZero())) {
            throw new InvalidRequestException("A read of an earlier state takes neither 'min_txid' nor"
                    + " 'max_staleness_ms': that state is what it is");
        }

        if (statements == null) {
            SqlStatement statement = statement("", sql, parameters);
            return new SqlRequest(database, List.of(statement), false, options, rowFormat);
        }
        if (sql != null || parameters != null) {
            throw new InvalidRequestException(
                    "Give either 'statements' or 'sql_statement' with its 'parameters', not both");
        }
        return new SqlRequest(database, statements, true, options, rowFormat);
    }

    private static RequestOptions withAsOf(RequestOptions options, PointInTime state) {
        if (options.asOf().isPresent()) {
            throw new InvalidRequestException("Give either 'as_of_txid' or 'as_of', not both");
        }
        return options.withAsOf(state);
    }

    private PointInTime readTransaction(String where) throws IOException {
        long txid = readCount(where);
        if (txid == 0) {
            throw invalid(where, "must be 1 or above: that is the first transaction");
        }
        return PointInTime.afterTransaction(txid);
    }

    private PointInTime readTime(String where) throws IOException {
        try {
            return PointInTime.parseTime(readText(where));
        } catch (InvalidRequestException e) {
            throw e.getCause() == null ? e : invalid(where, "is not a time. " + e.getMessage());
        }
    }

    private List<SqlStatement> readStatements(String where) throws IOException {
        require(JsonToken.START_ARRAY, where, "an array of statements");
        List<SqlStatement> statements = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (statements.size() == MAX_STATEMENTS) {
                throw invalid(where, "must not have more than " + MAX_STATEMENTS + " statements");
            }
            statements.add(readStatement(where + '[' + statements.size() + ']'));
        }
        if (statements.isEmpty()) {
            throw invalid(where, "must have at least one statement");
        }
        return statements;
    }

    private SqlStatement readStatement(String where) throws IOException {
        require(JsonToken.START_OBJECT, where, "an object with 'sql_statement' and 'parameters'");
        String sql = null;
        Parameters parameters = null;
        Set<String> seen = new HashSet<>();
        while (nextMember(where + '.', STATEMENT_MEMBERS, seen)) {
            String member = where + '.' + json.currentName();
            if (json.currentName().equals("sql_statement")) {
                sql = readText(member);
            } else {
                parameters = readParameters(member);
            }
        }
        return statement(where + '.', sql, parameters);
    }

    private static SqlStatement statement(String prefix, @Nullable String sql, @Nullable Parameters parameters) {
        if (sql == null) {
            throw new InvalidRequestException("'" + prefix + "sql_statement' is missing: it has the SQL to run");
        }
        if (parameters == null) {
            return SqlStatement.of(sql);
        }
        return parameters.named.isEmpty()
                ? SqlStatement.of(sql, parameters.positional.toArray())
                : SqlStatement.named(sql, parameters.named);
    }

    /** The values of one statement's parameters, in one of two forms. */
    private record Parameters(List<@Nullable Object> positional, Map<String, @Nullable Object> named) {}

    private Parameters readParameters(String where) throws IOException {
        if (json.currentToken() == JsonToken.START_ARRAY) {
            List<@Nullable Object> positional = new ArrayList<>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                positional.add(readValue(where + '[' + positional.size() + ']'));
            }
            return new Parameters(positional, Map.of());
        }
        require(JsonToken.START_OBJECT, where, "an array of positional values or an object of named ones");
        Map<String, @Nullable Object> named = new LinkedHashMap<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            json.nextToken();
            Object value = readValue(where + '.' + name);
            if (named.containsKey(name)) {
                throw invalid(where + '.' + name, "occurs twice");
            }
            named.put(requireUnicode(where, name), value);
        }
        return new Parameters(List.of(), named);
    }

    private @Nullable Object readValue(String where) throws IOException {
        return switch (json.currentToken()) {
            case VALUE_NULL -> null;
            case VALUE_FALSE -> false;
            case VALUE_TRUE -> true;
            case VALUE_STRING -> readText(where);
            case VALUE_NUMBER_INT -> readInteger(where);
            case VALUE_NUMBER_FLOAT -> readReal(where);
            case START_OBJECT -> readBlob(where);
            default -> throw invalid(where, "must be null, a boolean, a number, a string or {\"base64\": \"...\"}");
        };
    }

    private String readText(String where) throws IOException {
        require(JsonToken.VALUE_STRING, where, "a string");
        return requireUnicode(where, json.getText());
    }

    /** An escape such as {@code \ud800} can write half of a character, which UTF-8, and so SQLite, has no place for. */
    private static String requireUnicode(String where, String text) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw invalid(where, "is not Unicode text: it has one half of a surrogate pair");
        }
        return text;
    }

    private long readInteger(String where) throws IOException {
        if (json.getNumberType() == NumberType.BIG_INTEGER) {
            throw invalid(where, "is an integer beyond 64 bits: send it as a string, or with a decimal point");
        }
        return json.getLongValue();
    }

    private double readReal(String where) throws IOException {
        double value = json.getDoubleValue();
        if (Double.isInfinite(value)) {
            throw invalid(where, "is a number beyond the range of a 64-bit floating-point number");
        }
        return value;
    }

    private byte[] readBlob(String where) throws IOException {
        String base64 = null;
        Set<String> seen = new HashSet<>();
        while (nextMember(where + '.', BLOB_MEMBERS, seen)) {
            base64 = readText(where + ".base64");
        }
        if (base64 == null) {
            throw invalid(where, "must be {\"base64\": \"...\"} to be a BLOB");
        }
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw invalid(where + ".base64", "is not base64");
        }
    }

    private long readCount(String where) throws IOException {
        require(JsonToken.VALUE_NUMBER_INT, where, "an integer");
        long value = readInteger(where);
        if (value < 0) {
            throw invalid(where, "must not be negative");
        }
        return value;
    }

    private RowFormat readRowFormat(String where) throws IOException {
        return switch (readText(where)) {
            case "objects" -> RowFormat.OBJECTS;
            case "arrays" -> RowFormat.ARRAYS;
            default -> throw invalid(where, "must be \"objects\" or \"arrays\"");
        };
    }

    /**
     * Goes on to the value of the next member that has one, within an object whose members are all known.
     *
     * @return false at the end of the object
     */
    private boolean nextMember(String prefix, Set<String> known, Set<String> seen) throws IOException {
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            if (!known.contains(name)) {
                throw invalid(
                        prefix + name,
                        "is unknown: use "
                                + String.join(", ", known.stream().sorted().toList()));
            }
            if (!seen.add(name)) {
                throw invalid(prefix + name, "occurs twice");
            }
            if (json.nextToken() != JsonToken.VALUE_NULL) {
                return true;
            }
        }
        return false;
    }

    private void require(JsonToken token, String where, String what) {
        if (json.currentToken() != token) {
            throw invalid(where, "must be " + what);
        }
    }

    private static InvalidRequestException invalid(String where, String what) {
        return new InvalidRequestException("The member " + Quoted.of(where) + " " + what);
    }
}
