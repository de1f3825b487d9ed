package io.cloudsqlite.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.format.DatabaseDetails;
import io.cloudsqlite.format.DatabaseInfo;
import io.cloudsqlite.format.DatabasePage;
import io.cloudsqlite.format.HistoryEntry;
import io.cloudsqlite.session.Answer;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.Export;
import io.cloudsqlite.session.PointInTime;
import io.cloudsqlite.session.RequestOptions;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP API: requests in, answers out, whatever carries them.
 *
 * <pre>{@code
 * SqlExecutor executor = SqlExecutor.guarded(SqlLimits.DEFAULT);
 * CloudSqlite cloud = CloudSqlite.builder(store, locks).executor(executor).build();
 * HttpApi api = new HttpApi(cloud, ApiLimits.DEFAULT, "1.0", TimeSource.system());
 * try (HttpResponse response = api.handle(HttpRequest.post("/sql", "{\"sql_statement\": \"SELECT 1 AS one\"}"))) {
 *     response.body().stream().transferTo(out);   // {"success":true,"data":[{"one":1}],...}
 * }
 * }</pre>
 *
 * <table>
 * <caption>What it answers</caption>
 * <tr><th>request</th><th>answer</th></tr>
 * <tr><td>{@code POST /sql}, {@code POST /}</td><td>runs SQL; with {@code Idempotency-Key}, a write is applied once
 *     however often it is sent</td></tr>
 * <tr><td>{@code GET /health}</td><td>that the process is alive, without a call to the store</td></tr>
 * <tr><td>{@code GET /databases}</td><td>a page of the databases; {@code ?limit=} (1 to 1,000, default 100) and
 *     {@code ?after=} (what the page before gave as {@code next_after})</td></tr>
 * <tr><td>{@code GET /databases/NAME}</td><td>what is known of a database</td></tr>
 * <tr><td>{@code PUT /databases/NAME}</td><td>imports the SQLite file in the body; {@code If-None-Match: *} refuses to
 *     replace</td></tr>
 * <tr><td>{@code DELETE /databases/NAME}</td><td>deletes it</td></tr>
 * <tr><td>{@code GET /databases/NAME/export}</td><td>the database as one SQLite file; {@code ?txid=} or {@code ?time=}: as it
 *     was after that transaction, or at that time</td></tr>
 * <tr><td>{@code GET /databases/NAME/history}</td><td>the transactions whose states can still be read, newest first;
 *     {@code ?limit=} as above, and {@code ?before=} (what the page before gave as {@code next_before})</td></tr>
 * </table>
 *
 * <p>HEAD is answered wherever GET is. Where a query has a meaning, its unknown members are refused. Every error is {@code
 * {"success": false, "error": "...", "code": "..."}} with the status of its code; no error tells a path, a stack trace or the
 * value of a parameter.
 *
 * <p>It does not know who is calling: authentication is the business of what stands in front of it. Give it a {@link
 * CloudSqlite} whose executor is {@linkplain io.cloudsqlite.sql.SqlExecutor#guarded guarded}, for its SQL is strangers'.
 *
 * <p>Safe for use by many threads.
 */
public final class HttpApi {

    private static final Logger log = LoggerFactory.getLogger(HttpApi.class);

    private static final String TXID_HEADER = "CloudSQLite-Txid";
    private static final String REPLAYED_HEADER = "CloudSQLite-Replayed";
    private static final String IDEMPOTENCY_KEY_HEADER = "Idempotency-Key";

    private static final Pattern DATABASE_PATH = Pattern.compile("/databases/([^/]+)(/export|/history)?");

    private final CloudSqlite cloud;
    private final ApiLimits limits;
    private final String version;
    private final TimeSource time;
    private final RequestContext context;

    /** @param version what {@code GET /health} calls this build */
    public HttpApi(CloudSqlite cloud, ApiLimits limits, String version, TimeSource time) {
        this(cloud, limits, version, time, RequestContext.NONE);
    }

    private HttpApi(CloudSqlite cloud, ApiLimits limits, String version, TimeSource time, RequestContext context) {
        this.cloud = cloud;
        this.limits = limits;
        this.version = version;
        this.time = time;
        this.context = context;
    }

    /** Answers a request; it does not throw, for an error is an answer too. The caller closes the answer. */
    public HttpResponse handle(HttpRequest request) {
        return handle(request, RequestContext.NONE);
    }

    /** Answers a request as {@link #handle(HttpRequest)} does, within what its transport says about it. */
    public HttpResponse handle(HttpRequest request, RequestContext about) {
        long began = time.nanoTime();
        HttpResponse response =
                about.equals(context) ? answer(request) : within(about).answer(request);
        if (log.isDebugEnabled()) {
            log.debug(
                    "method={} path={} status={} duration_ms={}",
                    Quoted.of(request.method()),
                    Quoted.of(request.path()),
                    response.status(),
                    Duration.ofNanos(time.nanoTime() - began).toMillis());
        }
        return response;
    }

    /** This API for one request. */
    private HttpApi within(RequestContext about) {
        Duration timeout = about.timeout().orElse(limits.importTimeout());
        boolean isShorter = timeout.compareTo(limits.importTimeout()) < 0;
        return new HttpApi(
                about.timeout().map(cloud::withRequestTimeout).orElse(cloud),
                isShorter ? limits.withImportTimeout(timeout) : limits,
                version,
                time,
                about);
    }

    private HttpResponse answer(HttpRequest request) {
        return request.method().equals("HEAD")
                ? answer(request, "GET").withoutBody()
                : answer(request, request.method());
    }

    private HttpResponse answer(HttpRequest request, String method) {
        try {
            return route(request, method);
        } catch (RequestTooLargeException e) {
            return refusal(ErrorCode.REQUEST_TOO_LARGE, e.getMessage());
        } catch (IOException e) {
            return refusal(ErrorCode.INVALID_REQUEST, "The request body ended before all of it was received");
        } catch (CloudSqliteException e) {
            ErrorCode code = ErrorCode.of(e);
            if (code.concernsOperator()) {
                log.warn("code={} path={}", code, Quoted.of(request.path()), e);
            }
            context.observer().failed(code.name());
            return ErrorCode.answer(e);
        } catch (RuntimeException e) {
            log.error("code=INTERNAL path={}", Quoted.of(request.path()), e);
            return refusal(ErrorCode.INTERNAL, "An internal error occurred; the server's log says more");
        }
    }

    private HttpResponse refusal(ErrorCode code, @Nullable String message) {
        context.observer().failed(code.name());
        return code.answer(message);
    }

    /** What is done for one method at one path. */
    @FunctionalInterface
    private interface Handler {
        HttpResponse handle(HttpRequest request) throws IOException;
    }

    private HttpResponse route(HttpRequest request, String method) throws IOException {
        Map<String, Handler> handlers = handlersAt(request.path());
        if (handlers.isEmpty()) {
            return refusal(
                    ErrorCode.NOT_FOUND,
                    "There is nothing at " + Quoted.of(request.path())
                            + ": send SQL to POST /sql, or see GET /databases");
        }
        Handler handler = handlers.get(method);
        if (handler == null) {
            TreeSet<String> allowed = new TreeSet<>(handlers.keySet());
            if (allowed.contains("GET")) {
                allowed.add("HEAD");
            }
            String allow = String.join(", ", allowed);
            return refusal(
                            ErrorCode.METHOD_NOT_ALLOWED,
                            "The path " + Quoted.of(request.path()) + " answers " + allow + " only")
                    .withHeader("Allow", allow);
        }
        return handler.handle(request);
    }

    private Map<String, Handler> handlersAt(String path) {
        switch (path) {
            case "/", "/sql" -> {
                return Map.of("POST", this::runSql);
            }
            case "/health" -> {
                return Map.of("GET", request -> health());
            }
            case "/databases" -> {
                return Map.of("GET", this::listDatabases);
            }
            default -> {
                Matcher matcher = DATABASE_PATH.matcher(path);
                if (!matcher.matches()) {
                    return Map.of();
                }
                DatabaseName name = DatabaseName.of(matcher.group(1));
                if (matcher.group(2) != null) {
                    return matcher.group(2).equals("/export")
                            ? Map.of("GET", request -> exportDatabase(name, request))
                            : Map.of("GET", request -> listHistory(name, request));
                }
                return Map.of(
                        "GET", request -> describeDatabase(name),
                        "PUT", request -> importDatabase(name, request),
                        "DELETE", request -> deleteDatabase(name, request));
            }
        }
    }

    private HttpResponse runSql(HttpRequest request) throws IOException {
        if (mayBeForged(request)) {
            return refusal(
                    ErrorCode.FORBIDDEN,
                    "A web page of another site sent this request, and without asking first:"
                            + " send it with Content-Type: application/json");
        }
        byte[] body =
                LimitedInputStream.of(request.body(), limits.maxRequestBytes()).readAllBytes();
        SqlRequest sql = SqlRequest.parse(body);
        RequestOptions options = request.headers()
                .get(IDEMPOTENCY_KEY_HEADER)
                .map(sql.options()::withIdempotencyKey)
                .orElse(sql.options());
        Answer<SqlAnswer> answer = cloud.database(sql.database())
                .transaction(
                        sql.statements(), options, results -> SqlAnswer.begin(sql, results, limits.maxResponseBytes()));
        context.observer().executed(sql.database(), answer);
        HttpResponse response = HttpResponse.json(200, answer.value().complete(answer, context.cold()));
        HttpResponse told = withVersion(response, answer.txid(), answer.version());
        return answer.replayed() ? told.withHeader(REPLAYED_HEADER, "true") : told;
    }

    /**
     * Whether a page of another site may have made a visitor's browser send this. Such a page can post anything anywhere
     * without a permission (CORS), as long as it looks like a form's; also to a server on the visitor's own machine. The
     * content type alone does not decide, for curl's is a form's unless told otherwise, and the first CloudSQLite's users
     * rely on that; but browsers add where a request comes from. See the Fetch standard on simple requests, and {@code
     * Sec-Fetch-Site} in Fetch Metadata Request Headers; {@code Origin} serves browsers that do not know the latter.
     */
    private static boolean mayBeForged(HttpRequest request) {
        HttpHeaders headers = request.headers();
        String type = headers.get("Content-Type").orElse("").toLowerCase(Locale.ROOT);
        if (type.startsWith("application/json")) {
            return false;
        }
        Optional<String> site = headers.get("Sec-Fetch-Site");
        if (site.isPresent()) {
            return !site.get().equals("same-origin") && !site.get().equals("none");
        }
        Optional<String> origin = headers.get("Origin");
        String host = headers.get("Host").orElse("");
        return origin.isPresent()
                && !origin.get().equalsIgnoreCase("http://" + host)
                && !origin.get().equalsIgnoreCase("https://" + host);
    }

    private HttpResponse health() {
        return HttpResponse.json(200, Json.object(json -> {
            json.writeStringField("status", "ok");
            json.writeStringField("version", version);
        }));
    }

    private HttpResponse listDatabases(HttpRequest request) {
        Query query = new Query(request, "after", "limit");
        DatabasePage page = cloud.list(query.after(), query.limit());
        return HttpResponse.json(200, Json.object(json -> {
            json.writeBooleanField("success", true);
            json.writeArrayFieldStart("databases");
            for (DatabaseInfo info : page.databases()) {
                json.writeStartObject();
                writeInfo(json, info);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeStringField("next_after", page.nextAfter().orElse(null));
        }));
    }

    private HttpResponse describeDatabase(DatabaseName name) {
        DatabaseDetails details = cloud.describe(name);
        DatabaseInfo info = details.info();
        HttpResponse response = HttpResponse.json(200, Json.object(json -> {
            json.writeBooleanField("success", true);
            writeInfo(json, info);
            json.writeNumberField("page_size_bytes", details.pageSizeBytes());
            json.writeNumberField("page_count", details.pageCount());
            json.writeNumberField("log_length", details.logLength());
            json.writeNumberField("log_bytes", details.logBytes());
        }));
        return withVersion(response, info.txid(), Optional.of(info.version()));
    }

    private static void writeInfo(JsonGenerator json, DatabaseInfo info) throws IOException {
        json.writeStringField("name", info.name().value());
        json.writeStringField("format", info.format().label());
        json.writeNumberField("size_bytes", info.sizeBytes());
        json.writeNumberField("txid", info.txid());
        json.writeStringField("version", info.version().value());
        json.writeStringField("last_modified", info.lastModified().toString());
    }

    private HttpResponse listHistory(DatabaseName name, HttpRequest request) {
        Query query = new Query(request, "before", "limit");
        int limit = query.limit();
        // One more, which is not answered, tells whether there is a next page.
        List<HistoryEntry> found = cloud.history(name, query.before(), limit + 1);
        List<HistoryEntry> page = found.subList(0, Math.min(limit, found.size()));
        return HttpResponse.json(200, Json.object(json -> {
            json.writeBooleanField("success", true);
            json.writeArrayFieldStart("transactions");
            for (HistoryEntry entry : page) {
                json.writeStartObject();
                json.writeNumberField("from_txid", entry.fromTxid());
                json.writeNumberField("txid", entry.txid());
                json.writeStringField("time", entry.timestamp().toString());
                json.writeNumberField("pages", entry.changedPages());
                json.writeNumberField("bytes", entry.storedBytes());
                json.writeNumberField("page_count", entry.pageCount());
                json.writeEndObject();
            }
            json.writeEndArray();
            if (found.size() > limit) {
                json.writeNumberField("next_before", page.get(limit - 1).txid());
            } else {
                json.writeNullField("next_before");
            }
        }));
    }

    private HttpResponse exportDatabase(DatabaseName name, HttpRequest request) {
        Optional<PointInTime> when = new Query(request, "time", "txid").pointInTime();
        Export export = when.isPresent() ? cloud.export(name, when.get()) : cloud.export(name);
        HttpHeaders headers = HttpHeaders.NONE
                .with("Content-Type", "application/vnd.sqlite3")
                .with("Content-Disposition", "attachment; filename=\"" + name + '"')
                .with("Cache-Control", "no-store");
        HttpBody body = new HttpBody(export.body(), OptionalLong.of(export.sizeBytes()));
        return withVersion(
                new HttpResponse(200, headers, body),
                export.version().txid(),
                when.isPresent()
                        ? Optional.empty()
                        : Optional.of(export.version().blob()));
    }

    private HttpResponse importDatabase(DatabaseName name, HttpRequest request) throws IOException {
        refuseHeader(request, "If-Match");
        refuseHeader(request, IDEMPOTENCY_KEY_HEADER);
        boolean replace = request.headers().get("If-None-Match").isEmpty();
        if (!replace && !request.headers().get("If-None-Match").orElse("").equals("*")) {
            throw new InvalidRequestException("If-None-Match is understood as '*' only");
        }
        InputStream body = LimitedInputStream.of(request.body(), limits.maxImportBytes());
        long txid;
        try {
            txid = cloud.importDatabase(name, body, replace, limits.maxImportBytes(), limits.importTimeout());
        } catch (InvalidRequestException e) {
            if (e.getCause() instanceof RequestTooLargeException tooLarge) {
                throw tooLarge;
            }
            throw e;
        }
        HttpResponse response = HttpResponse.json(200, Json.object(json -> {
            json.writeBooleanField("success", true);
            json.writeStringField("name", name.value());
            json.writeNumberField("txid", txid);
        }));
        return withVersion(response, txid, Optional.empty());
    }

    private HttpResponse deleteDatabase(DatabaseName name, HttpRequest request) {
        refuseHeader(request, "If-Match");
        refuseHeader(request, IDEMPOTENCY_KEY_HEADER);
        cloud.delete(name);
        return HttpResponse.json(200, Json.object(json -> {
            json.writeBooleanField("success", true);
            json.writeStringField("name", name.value());
        }));
    }

    /** A header that asks for a safeguard is refused where it is not given: to pass it over would betray the caller. */
    private static void refuseHeader(HttpRequest request, String name) {
        if (request.headers().get(name).isPresent()) {
            throw new InvalidRequestException("The header " + name + " is not supported here: leave it out");
        }
    }

    private static HttpResponse withVersion(HttpResponse response, long txid, Optional<BlobVersion> version) {
        HttpResponse told = response.withHeader(TXID_HEADER, Long.toString(txid));
        return version.map(value -> told.withHeader("ETag", '"' + value.value() + '"'))
                .orElse(told);
    }
}
