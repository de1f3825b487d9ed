package io.cloudsqlite.cli.loadtest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.cloudsqlite.DatabaseName;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;

/** Posts statements to a server, and tells success from the kinds of failure. Safe for use by many threads. */
final class SqlClient {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    /** A little more than API Gateway allows. */
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(35);

    private static final int HTTP_OK = 200;

    private static final JsonFactory JSON = new JsonFactory();

    private final URI endpoint;
    private final DatabaseName database;
    private final HttpClient http = HttpClient.newBuilder()
            // A plain-text server would be asked for HTTP/2 with headers that some proxies dislike.
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();

    SqlClient(URI endpoint, DatabaseName database) {
        this.endpoint = endpoint;
        this.database = database;
    }

    /**
     * What became of a request.
     *
     * @param kind the kind of failure, the same for all failures that have one cause; empty if it succeeded
     * @param message what the server says about it, or the kind if it says nothing
     */
    record Outcome(boolean succeeded, String kind, String message) {

        static final Outcome SUCCESS = new Outcome(true, "", "");

        static Outcome failure(String kind) {
            return new Outcome(false, kind, kind);
        }
    }

    Outcome send(String sql) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(endpoint)
                .timeout(REQUEST_TIMEOUT)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body(sql)))
                .build();
        try {
            return outcome(http.send(request, BodyHandlers.ofString()));
        } catch (HttpConnectTimeoutException | ConnectException e) {
            return Outcome.failure("cannot connect");
        } catch (HttpTimeoutException e) {
            return Outcome.failure("no answer within " + REQUEST_TIMEOUT.toSeconds() + " s");
        } catch (IOException e) {
            return Outcome.failure("connection lost");
        }
    }

    private String body(String sql) {
        StringWriter body = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(body)) {
            json.writeStartObject();
            json.writeStringField("sql_statement", sql);
            json.writeStringField("database_name", database.value());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return body.toString();
    }

    /** The API's own word counts, not the status alone: a proxy or another server may answer 200 as well. */
    private static Outcome outcome(HttpResponse<String> response) {
        String status = "HTTP " + response.statusCode();
        boolean success = false;
        String code = "";
        String error = "";
        try (JsonParser json = JSON.createParser(response.body())) {
            boolean object = json.nextToken() == JsonToken.START_OBJECT;
            while (object && json.nextToken() == JsonToken.FIELD_NAME) {
                String member = json.currentName();
                JsonToken value = json.nextToken();
                switch (member) {
                    case "success" -> success = value == JsonToken.VALUE_TRUE;
                    case "code" -> code = " " + json.getText();
                    case "error" -> error = ": " + json.getText();
                    default -> json.skipChildren();
                }
            }
        } catch (IOException e) {
            return Outcome.failure(status + ", not JSON");
        }
        return success && response.statusCode() == HTTP_OK
                ? Outcome.SUCCESS
                : new Outcome(false, status + code, status + code + error);
    }
}
