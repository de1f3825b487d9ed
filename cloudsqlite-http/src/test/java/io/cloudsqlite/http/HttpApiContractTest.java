package io.cloudsqlite.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the HTTP API owes its clients, whatever carries the requests and wherever databases lie. A subclass says how to send
 * one; requests and answers are the raw text of the wire, so that a change of a single character is noticed.
 */
public abstract class HttpApiContractTest {

    /** The columns and rows of a table that many tests look at. */
    private static final String PEOPLE = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT UNIQUE, age REAL)";

    private static final Pattern META = Pattern.compile(",\"meta\":(\\{[^{}]*})");

    /** Sends a request to an API with the limits of {@link ApiLimits#DEFAULT} and returns its answer. */
    protected abstract HttpResponse send(HttpRequest request) throws Exception;

    /** Whether databases are stored in a format that keeps their history. */
    protected boolean keepsHistory() {
        return true;
    }

    /** An answer that was read to its end. */
    private static final class Reply {

        private final int status;
        private final HttpHeaders headers;
        private final byte[] bytes;

        Reply(HttpResponse response) throws IOException {
            status = response.status();
            headers = response.headers();
            bytes = response.body().stream().readAllBytes();
        }

        int status() {
            return status;
        }

        byte[] bytes() {
            return bytes;
        }

        String text() {
            return new String(bytes, UTF_8);
        }

        /** The answer without its figures, which differ from run to run. */
        String json() {
            return META.matcher(text()).replaceAll("");
        }

        /** Its figures, but for what only some transports tell: whether the process is new. */
        String meta() {
            Matcher matcher = META.matcher(text());
            assertThat(matcher.find()).as("meta in %s", text()).isTrue();
            return matcher.group(1).replaceFirst(",\"cold\":(true|false)}$", "}");
        }

        String header(String name) {
            return headers.get(name).orElse("");
        }
    }

    private Reply call(HttpRequest request) throws Exception {
        try (HttpResponse response = send(request)) {
            return new Reply(response);
        }
    }

    private Reply get(String path) throws Exception {
        return call(HttpRequest.of("GET", path, ""));
    }

    private Reply post(String json) throws Exception {
        return call(HttpRequest.post("/sql", json));
    }

    /** Runs one statement on the default database, which must succeed. */
    private Reply run(String sql) throws Exception {
        Reply reply = post("{\"sql_statement\": \"" + sql.replace("\\", "\\\\").replace("\"", "\\\"") + "\"}");
        assertThat(reply.status()).as("%s -> %s", sql, reply.text()).isEqualTo(200);
        return reply;
    }

    /** The rows of a query on the default database, as JSON. */
    private String query(String sql) throws Exception {
        return dataOf(run(sql));
    }

    private static String dataOf(Reply reply) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        String json = reply.json();
        return json.substring(json.indexOf("\"data\":") + 7, json.lastIndexOf(",\"message\""));
    }

    private static void assertRefused(Reply reply, int status, String code) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(status);
        assertThat(reply.header("Content-Type")).isEqualTo("application/json");
        assertThat(reply.text())
                .startsWith("{\"success\":false,\"error\":\"")
                .contains("\",\"code\":\"" + code + "\"")
                .doesNotContain("Exception", "\tat ");
    }

    @BeforeEach
    void delete_every_database() throws Exception {
        Matcher names = Pattern.compile("\"name\":\"([^\"]*)\"")
                .matcher(call(HttpRequest.of("GET", "/databases", "limit=1000")).text());
        while (names.find()) {
            call(HttpRequest.of("DELETE", "/databases/" + names.group(1), ""));
        }
    }

    // ---- The first CloudSQLite's calls

    @Test
    void select_1_is_answered_although_there_is_no_database() throws Exception {
        Reply reply = post("{\"sql_statement\": \"SELECT 1 as test;\"}");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json())
                .isEqualTo("{\"success\":true,\"data\":[{\"test\":1}],"
                        + "\"message\":\"Query executed successfully, returned 1 rows\","
                        + "\"columns\":[\"test\"],\"txid\":0}");
        assertThat(get("/databases").text()).contains("\"databases\":[]");
    }

    @Test
    void the_first_projects_tour_works_unchanged() throws Exception {
        Reply created = post("{\"sql_statement\": \"CREATE TABLE test (id INTEGER PRIMARY KEY, name TEXT);\"}");
        Reply inserted = post("{\"sql_statement\": \"INSERT INTO test (name) VALUES (\\\"Hello World\\\");\"}");
        Reply selected = post("{\"sql_statement\": \"SELECT * FROM test;\"}");

        assertThat(created.json())
                .isEqualTo(
                        "{\"success\":true,\"message\":\"Query executed successfully, 0 rows affected\",\"txid\":1}");
        assertThat(inserted.json())
                .isEqualTo(
                        "{\"success\":true,\"message\":\"Query executed successfully, 1 rows affected\",\"txid\":2}");
        assertThat(selected.json())
                .isEqualTo("{\"success\":true,\"data\":[{\"id\":1,\"name\":\"Hello World\"}],"
                        + "\"message\":\"Query executed successfully, returned 1 rows\","
                        + "\"columns\":[\"id\",\"name\"],\"txid\":2}");
    }

    @Test
    void the_first_projects_test_of_its_api_works_unchanged() throws Exception {
        post(
                "{\"sql_statement\": \"CREATE TABLE IF NOT EXISTS test_table (id INTEGER PRIMARY KEY, name TEXT, created_at"
                        + " DATETIME DEFAULT CURRENT_TIMESTAMP)\", \"database_name\": \"database.db\"}");
        Reply inserted =
                post("{\"sql_statement\": \"INSERT INTO test_table (name) VALUES ('Alice'), ('Bob'), ('Charlie')\","
                        + " \"database_name\": \"database.db\"}");
        Reply updated = post("{\"sql_statement\": \"UPDATE test_table SET name = 'Alice Updated' WHERE id = 1\","
                + " \"database_name\": \"database.db\"}");

        assertThat(inserted.json())
                .isEqualTo(
                        "{\"success\":true,\"message\":\"Query executed successfully, 3 rows affected\",\"txid\":2}");
        assertThat(updated.json())
                .isEqualTo(
                        "{\"success\":true,\"message\":\"Query executed successfully, 1 rows affected\",\"txid\":3}");
        assertThat(query("SELECT name FROM test_table ORDER BY id"))
                .isEqualTo("[{\"name\":\"Alice Updated\"},{\"name\":\"Bob\"},{\"name\":\"Charlie\"}]");
    }

    @Test
    void the_first_projects_load_test_works_unchanged() throws Exception {
        post(
                "{\"sql_statement\": \"CREATE TABLE logs (message TEXT, timestamp TEXT)\", \"database_name\": \"test.db\"}");

        Reply inserted = post("{\"sql_statement\": \"INSERT INTO logs (message, timestamp) VALUES ('Load test message',"
                + " datetime('now'));\", \"database_name\": \"test.db\"}");

        assertThat(inserted.json())
                .isEqualTo(
                        "{\"success\":true,\"message\":\"Query executed successfully, 1 rows affected\",\"txid\":2}");
    }

    @Test
    void sql_may_also_be_posted_to_the_root_and_with_curls_own_content_type() throws Exception {
        HttpRequest request = HttpRequest.post("/", "{\"sql_statement\": \"SELECT 1 AS one\"}")
                .withHeader("Content-Type", "application/x-www-form-urlencoded");

        assertThat(dataOf(call(request))).isEqualTo("[{\"one\":1}]");
    }

    // ---- Values

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "NULL | null",
                "0 | 0",
                "9223372036854775807 | 9223372036854775807",
                "-9223372036854775808 | -9223372036854775808",
                "1.0 | 1.0",
                "0.1 | 0.1",
                "1e23 | 1.0E23",
                "2e-3 | 0.002",
                "4.9e-324 | 4.9E-324",
                "1.7976931348623157e308 | 1.7976931348623157E308",
                "9e999 | null",
                "-9e999 | null",
                "'' | \"\"",
                "'it''s' | \"it's\"",
                "'Grüße 日本 🎉' | \"Grüße 日本 🎉\"",
                "char(97, 0, 98) | \"a\\u0000b\"",
                "char(10, 34, 92) | \"\\n\\\"\\\\\"",
                "x'' | {\"base64\":\"\"}",
                "x'00ff10' | {\"base64\":\"AP8Q\"}",
            })
    void a_value_is_answered_exactly(String sql, String json) throws Exception {
        assertThat(query("SELECT " + sql + " AS v")).isEqualTo("[{\"v\":" + json + "}]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "null | null | null",
                "true | integer | 1",
                "false | integer | 0",
                "9223372036854775807 | integer | 9223372036854775807",
                "-9223372036854775808 | integer | -9223372036854775808",
                "-0 | integer | 0",
                "1.0 | real | 1.0",
                "1e5 | real | 100000.0",
                "0.30000000000000004 | real | 0.30000000000000004",
                "\"\" | text | \"\"",
                "\"a\\u0000b\" | text | \"a\\u0000b\"",
                "\"\\ud83c\\udf89 ü\" | text | \"🎉 ü\"",
                "\"'; DROP TABLE t; --\" | text | \"'; DROP TABLE t; --\"",
                "{\"base64\": \"\"} | blob | {\"base64\":\"\"}",
                "{\"base64\": \"AP8Q\"} | blob | {\"base64\":\"AP8Q\"}",
            })
    void a_parameter_comes_back_as_it_was_sent(String parameter, String type, String json) throws Exception {
        Reply reply =
                post("{\"sql_statement\": \"SELECT typeof(?1) AS t, ?1 AS v\", \"parameters\": [" + parameter + "]}");

        assertThat(dataOf(reply)).isEqualTo("[{\"t\":\"" + type + "\",\"v\":" + json + "}]");
    }

    @Test
    void named_parameters_are_given_with_their_prefix_or_without() throws Exception {
        Reply reply = post("{\"sql_statement\": \"SELECT :a AS a, @b AS b, $c AS c\","
                + " \"parameters\": {\"a\": 1, \"@b\": \"two\", \"c\": null}}");

        assertThat(dataOf(reply)).isEqualTo("[{\"a\":1,\"b\":\"two\",\"c\":null}]");
    }

    @Test
    void of_columns_with_one_name_an_object_has_the_last_and_an_array_has_all() throws Exception {
        String sql = "\"sql_statement\": \"SELECT 1 AS a, 2 AS b, 3 AS a\"";

        Reply objects = post("{" + sql + "}");
        Reply arrays = post("{" + sql + ", \"row_format\": \"arrays\"}");

        assertThat(dataOf(objects)).isEqualTo("[{\"b\":2,\"a\":3}]");
        assertThat(objects.text()).contains("\"columns\":[\"a\",\"b\",\"a\"]");
        assertThat(dataOf(arrays)).isEqualTo("[[1,2,3]]");
        assertThat(arrays.text()).contains("\"columns\":[\"a\",\"b\",\"a\"]");
    }

    // ---- Statements

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "select name from people | [{\"name\":\"Ada\"}]",
                "/* a comment */ SELECT name FROM people; -- another | [{\"name\":\"Ada\"}]",
                "SELECT name FROM people WHERE id = 99 | []",
                "VALUES (1), (2) | [{\"column1\":1},{\"column1\":2}]",
                "WITH n(x) AS (SELECT 7) SELECT x FROM n | [{\"x\":7}]",
                "PRAGMA user_version | [{\"user_version\":0}]",
                "INSERT INTO people (name) VALUES ('Bob') RETURNING id, name | [{\"id\":2,\"name\":\"Bob\"}]",
                "UPDATE people SET age = 37 RETURNING age | [{\"age\":37.0}]",
                "DELETE FROM people RETURNING name | [{\"name\":\"Ada\"}]",
                "DELETE FROM people WHERE id = 99 RETURNING name | []",
            })
    void a_statement_that_has_columns_answers_with_rows(String sql, String data) throws Exception {
        run(PEOPLE);
        run("INSERT INTO people (name) VALUES ('Ada')");

        assertThat(query(sql)).isEqualTo(data);
    }

    @Test
    void explain_answers_with_rows() throws Exception {
        run(PEOPLE);

        assertThat(run("EXPLAIN QUERY PLAN SELECT * FROM people").text()).contains("\"detail\":\"SCAN people\"");
        assertThat(run("EXPLAIN SELECT * FROM people").text()).contains("\"opcode\":\"Transaction\"");
    }

    @Test
    void with_before_an_insert_writes() throws Exception {
        run(PEOPLE);

        Reply reply = run("WITH n(x) AS (VALUES ('Ada'), ('Bob')) INSERT INTO people (name) SELECT x FROM n");

        assertThat(reply.json())
                .isEqualTo(
                        "{\"success\":true,\"message\":\"Query executed successfully, 2 rows affected\",\"txid\":2}");
        assertThat(query("SELECT count(*) AS n FROM people")).isEqualTo("[{\"n\":2}]");
    }

    @Test
    void a_write_that_changes_nothing_makes_no_transaction() throws Exception {
        run(PEOPLE);

        Reply reply = run("UPDATE people SET age = 1 WHERE id = 99");

        assertThat(reply.json())
                .isEqualTo(
                        "{\"success\":true,\"message\":\"Query executed successfully, 0 rows affected\",\"txid\":1}");
        assertThat(reply.meta()).contains("\"bytes_uploaded\":0");
    }

    @Test
    void vacuum_is_a_write() throws Exception {
        run(PEOPLE);
        run("INSERT INTO people (name) VALUES ('Ada')");

        assertThat(run("VACUUM").json()).contains("\"message\":\"Query executed successfully, 0 rows affected\"");
        assertThat(query("SELECT name FROM people")).isEqualTo("[{\"name\":\"Ada\"}]");
    }

    @Test
    void statements_run_in_order_in_one_transaction() throws Exception {
        Reply reply = post("{\"statements\": ["
                + "{\"sql_statement\": \"CREATE TABLE t (a)\"},"
                + "{\"sql_statement\": \"INSERT INTO t VALUES (?), (?)\", \"parameters\": [1, 2]},"
                + "{\"sql_statement\": \"SELECT a FROM t WHERE a > :min\", \"parameters\": {\"min\": 1}}]}");

        assertThat(reply.text())
                .startsWith("{\"success\":true,\"results\":["
                        + "{\"success\":true,\"message\":\"Query executed successfully, 0 rows affected\","
                        + "\"meta\":{\"rows_affected\":0,\"last_insert_id\":null}},"
                        + "{\"success\":true,\"message\":\"Query executed successfully, 2 rows affected\","
                        + "\"meta\":{\"rows_affected\":2,\"last_insert_id\":2}},"
                        + "{\"success\":true,\"data\":[{\"a\":2}],"
                        + "\"message\":\"Query executed successfully, returned 1 rows\",\"columns\":[\"a\"],"
                        + "\"meta\":{\"rows_affected\":0,\"last_insert_id\":null}}],"
                        + "\"txid\":1,\"meta\":{\"duration_ms\":");
    }

    @Test
    void if_one_of_several_statements_fails_none_has_happened() throws Exception {
        run(PEOPLE);

        Reply reply = post("{\"statements\": ["
                + "{\"sql_statement\": \"INSERT INTO people (name) VALUES ('Ada')\"},"
                + "{\"sql_statement\": \"INSERT INTO people (name) VALUES ('Ada')\"}]}");

        assertRefused(reply, 409, "SQLITE_CONSTRAINT");
        assertThat(query("SELECT count(*) AS n FROM people")).isEqualTo("[{\"n\":0}]");
    }

    @Test
    void a_second_statement_is_refused_and_the_first_is_not_run() throws Exception {
        run(PEOPLE);

        Reply reply = post("{\"sql_statement\": \"DELETE FROM people; DROP TABLE people\"}");

        assertRefused(reply, 400, "SQL_ERROR");
        assertThat(query("SELECT count(*) AS n FROM people")).isEqualTo("[{\"n\":0}]");
    }

    // ---- What the answer tells beside its rows

    @Test
    void meta_tells_the_effect_and_the_cost() throws Exception {
        run(PEOPLE);

        String inserted =
                run("INSERT INTO people (name) VALUES ('Ada'), ('Bob')").meta();
        String read = run("SELECT * FROM people").meta();

        String number = "[0-9]+(\\.[0-9]+)?(E-?[0-9]+)?";
        assertThat(inserted)
                .matches(
                        "\\{\"rows_affected\":2,\"last_insert_id\":2,\"duration_ms\":N,\"lock_ms\":N,\"checkout_ms\":N,"
                                .replace("N", number)
                                .concat(
                                        "\"execute_ms\":N,\"commit_ms\":N,\"bytes_downloaded\":0,\"bytes_uploaded\":[1-9][0-9]*,"
                                                .replace("N", number))
                                .concat("\"store_requests\":[12],\"cache\":\"hit\"}"));
        assertThat(read)
                .startsWith("{\"rows_affected\":0,\"last_insert_id\":null,")
                .endsWith("\"bytes_downloaded\":0,\"bytes_uploaded\":0,\"store_requests\":1,\"cache\":\"hit\"}");
    }

    @Test
    void headers_tell_the_version_and_the_bookmark() throws Exception {
        Reply created = run(PEOPLE);
        Reply inserted = run("INSERT INTO people (name) VALUES ('Ada')");
        Reply read = run("SELECT * FROM people");

        assertThat(created.header("CloudSQLite-Txid")).isEqualTo("1");
        assertThat(inserted.header("CloudSQLite-Txid")).isEqualTo("2");
        assertThat(created.header("ETag")).matches("\"[^\"]+\"").isNotEqualTo(inserted.header("ETag"));
        assertThat(read.header("ETag")).isEqualTo(inserted.header("ETag"));
        assertThat(read.header("Content-Type")).isEqualTo("application/json");
        assertThat(read.header("Cache-Control")).isEqualTo("no-store");
    }

    @Test
    void a_read_that_allows_staleness_makes_no_request_to_the_store() throws Exception {
        run(PEOPLE);

        Reply reply = post("{\"sql_statement\": \"SELECT count(*) AS n FROM people\", \"max_staleness_ms\": 3600000}");

        assertThat(dataOf(reply)).isEqualTo("[{\"n\":0}]");
        assertThat(reply.meta()).contains("\"store_requests\":0");
    }

    @Test
    void a_bookmark_is_met_or_refused() throws Exception {
        run(PEOPLE);
        run("INSERT INTO people (name) VALUES ('Ada')");

        Reply met = post("{\"sql_statement\": \"SELECT count(*) AS n FROM people\", \"min_txid\": 2}");
        Reply refused = post("{\"sql_statement\": \"SELECT count(*) AS n FROM people\", \"min_txid\": 3}");

        assertThat(dataOf(met)).isEqualTo("[{\"n\":1}]");
        assertRefused(refused, 400, "INVALID_REQUEST");
    }

    // ---- The past

    /** A table with one row, which is changed by transactions 2 to 4; returns when transaction 3 was made. */
    private String makeHistory() throws Exception {
        assumeTrue(keepsHistory());
        run("CREATE TABLE t AS SELECT 1 AS n");
        run("UPDATE t SET n = 2");
        run("UPDATE t SET n = 3");
        run("UPDATE t SET n = 4");
        Matcher time = Pattern.compile("\"txid\":3,\"time\":\"([^\"]*)\"")
                .matcher(get("/databases/database.db/history").text());
        assertThat(time.find()).isTrue();
        return time.group(1);
    }

    @Test
    void a_read_sees_an_earlier_state_if_it_asks_for_it() throws Exception {
        makeHistory();

        Reply past = post("{\"sql_statement\": \"SELECT n FROM t\", \"as_of_txid\": 2}");

        assertThat(dataOf(past)).isEqualTo("[{\"n\":2}]");
        assertThat(past.text()).contains("\"txid\":2");
        assertThat(past.header("CloudSQLite-Txid")).isEqualTo("2");
        assertThat(past.header("ETag")).isEmpty();
        assertThat(query("SELECT n FROM t")).isEqualTo("[{\"n\":4}]");
    }

    @Test
    void a_read_sees_the_state_at_a_time() throws Exception {
        String time = makeHistory();
        // Transactions may have been made within one millisecond: the last of them counts.
        Pattern entry = Pattern.compile("\"txid\":([0-9]+),\"time\":\"" + Pattern.quote(time) + "\"");
        Matcher newest = entry.matcher(get("/databases/database.db/history").text());
        assertThat(newest.find()).isTrue();

        Reply past = post("{\"sql_statement\": \"SELECT n FROM t\", \"as_of\": \"" + time + "\"}");
        Reply tooEarly = post("{\"sql_statement\": \"SELECT n FROM t\", \"as_of\": \"2001-01-01\"}");

        assertThat(dataOf(past)).isEqualTo("[{\"n\":" + newest.group(1) + "}]");
        assertRefused(tooEarly, 400, "INVALID_REQUEST");
        assertThat(tooEarly.text()).contains("did not exist at 2001-01-01T00:00:00Z");
    }

    @Test
    void several_statements_read_one_earlier_state() throws Exception {
        makeHistory();

        Reply past = post("{\"statements\": [{\"sql_statement\": \"SELECT n FROM t\"},"
                + " {\"sql_statement\": \"SELECT n + 1 AS m FROM t\"}], \"as_of_txid\": 1}");

        assertThat(past.json()).contains("[{\"n\":1}]", "[{\"m\":2}]");
    }

    @Test
    void the_past_cannot_be_written_to() throws Exception {
        makeHistory();

        for (String sql : List.of("UPDATE t SET n = 9", "CREATE TABLE u (a)", "VACUUM")) {
            Reply reply = post("{\"sql_statement\": \"" + sql + "\", \"as_of_txid\": 2}");

            assertRefused(reply, 400, "INVALID_REQUEST");
            assertThat(reply.text()).contains("can only be read");
        }
        assertThat(run("SELECT n FROM t").text()).contains("\"txid\":4");
    }

    @Test
    void a_state_that_is_not_kept_is_told() throws Exception {
        makeHistory();

        Reply reply = post("{\"sql_statement\": \"SELECT n FROM t\", \"as_of_txid\": 5}");

        assertRefused(reply, 400, "INVALID_REQUEST");
        assertThat(reply.text()).contains("transaction 5", "newest is 4");
    }

    @Test
    void the_past_of_a_database_that_does_not_exist_is_404() throws Exception {
        assertRefused(post("{\"sql_statement\": \"SELECT n FROM t\", \"as_of_txid\": 1}"), 404, "DATABASE_NOT_FOUND");
        assertRefused(get("/databases/nowhere.db/history"), 404, "DATABASE_NOT_FOUND");
        assertRefused(
                call(HttpRequest.of("GET", "/databases/nowhere.db/export", "time=2026-11-03")),
                404,
                "DATABASE_NOT_FOUND");
    }

    @Test
    void history_is_listed_in_pages_newest_first() throws Exception {
        makeHistory();

        Reply first = call(HttpRequest.of("GET", "/databases/database.db/history", "limit=3"));
        Reply second = call(HttpRequest.of("GET", "/databases/database.db/history", "limit=3&before=2"));

        String entry = "\\{\"from_txid\":%1$d,\"txid\":%1$d,"
                + "\"time\":\"20[0-9T:.-]+Z\",\"pages\":[1-9],\"bytes\":[1-9][0-9]*,\"page_count\":2}";
        assertThat(first.text())
                .matches("\\{\"success\":true,\"transactions\":\\["
                        + String.join(",", entry.formatted(4), entry.formatted(3), entry.formatted(2))
                        + "],\"next_before\":2}");
        assertThat(second.text())
                .matches("\\{\"success\":true,\"transactions\":\\[" + entry.formatted(1) + "],\"next_before\":null}");
    }

    @Test
    void an_earlier_state_is_exported() throws Exception {
        String time = makeHistory();
        for (String query : List.of("txid=2", "time=" + time, "time=" + time.replace(":", "%3A"))) {
            Reply exported = call(HttpRequest.of("GET", "/databases/database.db/export", query));
            assertThat(exported.status()).as(exported.text()).isEqualTo(200);
            assertThat(exported.header("ETag")).isEmpty();
            String txid = exported.header("CloudSQLite-Txid");
            if (query.equals("txid=2")) {
                assertThat(txid).isEqualTo("2");
            }

            assertThat(call(put("copy.db", exported.bytes())).status()).isEqualTo(200);
            assertThat(dataOf(post("{\"sql_statement\": \"SELECT n FROM t\", \"database_name\": \"copy.db\"}")))
                    .isEqualTo("[{\"n\":" + txid + "}]");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "export, txid=0",
        "export, txid=x",
        "export, txid=",
        "export, time=yesterday",
        "export, time=2026-11-03T14:30:00",
        "export, txid=1&time=2026-11-03",
        "export, as_of_txid=1",
        "history, after=1",
        "history, before=0",
        "history, before=-1",
        "history, limit=0",
        "history, limit=1001"
    })
    void a_bad_question_about_the_past_is_refused(String what, String query) throws Exception {
        run(PEOPLE);

        assertRefused(call(HttpRequest.of("GET", "/databases/database.db/" + what, query)), 400, "INVALID_REQUEST");
    }

    // ---- Refusals

    static Stream<Arguments> requests_that_are_not_understood() {
        String sql = "\"sql_statement\": \"SELECT 1\"";
        return Stream.of(
                Arguments.of("", "JSON object"),
                Arguments.of("   ", "JSON object"),
                Arguments.of("null", "JSON object"),
                Arguments.of("[]", "JSON object"),
                Arguments.of("\"SELECT 1\"", "JSON object"),
                Arguments.of("SELECT 1", "line 1, column 1"),
                Arguments.of("{", "line 1, column 2"),
                Arguments.of("{" + sql, "not valid JSON"),
                Arguments.of("{" + sql + ",}", "not valid JSON"),
                Arguments.of("{'sql_statement': 'SELECT 1'}", "not valid JSON"),
                Arguments.of("{" + sql + "} x", "not valid JSON"),
                Arguments.of("{" + sql + "} {}", "after its JSON object"),
                Arguments.of("{\"sql_statement\": \"SELECT 1\u0001\"}", "not valid JSON"),
                Arguments.of("{}", "'sql_statement' is missing"),
                Arguments.of("{\"sql_statement\": null}", "'sql_statement' is missing"),
                Arguments.of("{\"sql_statement\": 1}", "'sql_statement' must be a string"),
                Arguments.of("{\"sql_statement\": [\"SELECT 1\"]}", "'sql_statement' must be a string"),
                Arguments.of("{\"sql_statement\": \"SELECT '\\ud800'\"}", "'sql_statement' is not Unicode"),
                Arguments.of("{\"sql\": \"SELECT 1\"}", "'sql' is unknown"),
                Arguments.of("{" + sql + ", \"\\n\": 1}", "'?' is unknown"),
                Arguments.of("{" + sql + ", " + sql + "}", "'sql_statement' occurs twice"),
                Arguments.of("{" + sql + ", \"database_name\": 1}", "'database_name' must be a string"),
                Arguments.of("{" + sql + ", \"database_name\": \"\"}", "database name ''"),
                Arguments.of("{" + sql + ", \"database_name\": \"../etc/passwd\"}", "database name '../etc/passwd'"),
                Arguments.of("{" + sql + ", \"database_name\": \"a.cloudsqlite\"}", "database name 'a.cloudsqlite'"),
                Arguments.of("{" + sql + ", \"row_format\": \"rows\"}", "'row_format' must be"),
                Arguments.of("{" + sql + ", \"max_staleness_ms\": \"1\"}", "'max_staleness_ms' must be an integer"),
                Arguments.of("{" + sql + ", \"max_staleness_ms\": 1.5}", "'max_staleness_ms' must be an integer"),
                Arguments.of("{" + sql + ", \"max_staleness_ms\": -1}", "'max_staleness_ms' must not be negative"),
                Arguments.of("{" + sql + ", \"min_txid\": 9223372036854775808}", "'min_txid' is an integer beyond"),
                Arguments.of("{" + sql + ", \"as_of_txid\": 0}", "'as_of_txid' must be 1 or above"),
                Arguments.of("{" + sql + ", \"as_of_txid\": \"1\"}", "'as_of_txid' must be an integer"),
                Arguments.of("{" + sql + ", \"as_of\": 1793716200}", "'as_of' must be a string"),
                Arguments.of("{" + sql + ", \"as_of\": \"2026-11-03T14:30:00\"}", "'as_of' is not a time"),
                Arguments.of("{" + sql + ", \"as_of_txid\": 1, \"as_of\": \"2026-11-03\"}", "not both"),
                Arguments.of("{" + sql + ", \"as_of_txid\": 1, \"min_txid\": 1}", "neither 'min_txid' nor"),
                Arguments.of(
                        "{" + sql + ", \"max_staleness_ms\": 1, \"as_of\": \"2026-11-03\"}", "neither 'min_txid' nor"),
                Arguments.of("{" + sql + ", \"parameters\": 1}", "'parameters' must be an array"),
                Arguments.of("{" + sql + ", \"parameters\": [[1]]}", "'parameters[0]' must be null"),
                Arguments.of(
                        "{" + sql + ", \"parameters\": [1, 9223372036854775808]}", "'parameters[1]' is an integer"),
                Arguments.of("{" + sql + ", \"parameters\": [1e999]}", "'parameters[0]' is a number beyond"),
                Arguments.of("{" + sql + ", \"parameters\": [NaN]}", "not valid JSON"),
                Arguments.of("{" + sql + ", \"parameters\": [\"\\udc00\"]}", "'parameters[0]' is not Unicode"),
                Arguments.of("{" + sql + ", \"parameters\": [{}]}", "'parameters[0]' must be {"),
                Arguments.of("{" + sql + ", \"parameters\": [{\"base64\": \"?\"}]}", "'parameters[0].base64' is not"),
                Arguments.of("{" + sql + ", \"parameters\": [{\"hex\": \"00\"}]}", "'parameters[0].hex' is unknown"),
                Arguments.of("{" + sql + ", \"parameters\": {\"a\": 1, \"a\": 2}}", "'parameters.a' occurs twice"),
                Arguments.of("{" + sql + ", \"parameters\": {\"a\": {\"b\": 1}}}", "'parameters.a.b' is unknown"),
                Arguments.of("{" + sql + ", \"statements\": []}", "at least one"),
                Arguments.of("{" + sql + ", \"statements\": [{" + sql + "}]}", "not both"),
                Arguments.of("{\"statements\": {}}", "'statements' must be an array"),
                Arguments.of("{\"statements\": [1]}", "'statements[0]' must be an object"),
                Arguments.of("{\"statements\": [{}]}", "'statements[0].sql_statement' is missing"),
                Arguments.of("{\"statements\": [{\"x\": 1}]}", "'statements[0].x' is unknown"),
                Arguments.of(
                        "{\"statements\": [{" + sql + "}, {" + sql + ", \"parameters\": [[]]}]}",
                        "'statements[1].parameters[0]' must be null"),
                Arguments.of("{\"statements\": [" + "{},".repeat(10_001) + "{}]}", "missing"),
                Arguments.of(
                        "{\"statements\": [" + ("{" + sql + "},").repeat(10_001) + "{" + sql + "}]}",
                        "more than 10000 statements"),
                Arguments.of("[".repeat(100_000), "JSON object"),
                Arguments.of("{\"a\":".repeat(100_000), "'a' is unknown"),
                Arguments.of("{" + sql + ", \"parameters\": " + "[".repeat(100_000), "'parameters[0]' must be null"),
                Arguments.of("{" + sql + ", \"parameters\": [" + "9".repeat(1_000_000) + "]}", "too many digits"),
                Arguments.of(
                        "{" + sql + ", \"parameters\": [1e" + "9".repeat(500) + "]}", "'parameters[0]' is a number"));
    }

    @ParameterizedTest(name = "{index}: {1}")
    @MethodSource("requests_that_are_not_understood")
    void a_request_that_is_not_understood_is_refused_by_name(String body, String complaint) throws Exception {
        Reply reply = post(body);

        assertRefused(reply, 400, "INVALID_REQUEST");
        assertThat(reply.text()).contains(complaint).hasSizeLessThan(500);
    }

    @Test
    void null_is_as_good_as_leaving_a_member_out() throws Exception {
        Reply reply = post("{\"sql_statement\": \"SELECT 1 AS one\", \"database_name\": null, \"parameters\": null,"
                + " \"statements\": null, \"max_staleness_ms\": null, \"min_txid\": null, \"row_format\": null,"
                + " \"as_of_txid\": null, \"as_of\": null}");

        assertThat(dataOf(reply)).isEqualTo("[{\"one\":1}]");
    }

    @Test
    void malformed_utf_8_is_refused() throws Exception {
        for (byte[] bytes : List.of(new byte[] {(byte) 0xff}, new byte[] {(byte) 0xc0, (byte) 0x80}, new byte[] {
            (byte) 0xed, (byte) 0xa0, (byte) 0x80
        })) {
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            byte[] body = ("{\"sql_statement\": \"SELECT '" + text + "'\"}").getBytes(StandardCharsets.ISO_8859_1);

            Reply reply = call(HttpRequest.post("/sql", "").withBody(HttpBody.of(body)));

            assertRefused(reply, 400, "INVALID_REQUEST");
            assertThat(reply.text()).contains("not valid UTF-8");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "SELECT * FROM nowhere | 400 | SQL_ERROR",
                "SELEC 1 | 400 | SQL_ERROR",
                "'' | 400 | SQL_ERROR",
                "SELECT 1; SELECT 2 | 400 | SQL_ERROR",
                "ATTACH 'x.db' AS x | 400 | STATEMENT_NOT_ALLOWED",
                "BEGIN | 400 | STATEMENT_NOT_ALLOWED",
                "COMMIT | 400 | STATEMENT_NOT_ALLOWED",
                "PRAGMA journal_mode = DELETE | 400 | STATEMENT_NOT_ALLOWED",
                "VACUUM INTO 'x.db' | 400 | STATEMENT_NOT_ALLOWED",
                "SELECT load_extension('x') | 400 | STATEMENT_NOT_ALLOWED",
                "INSERT INTO people (name) VALUES ('Ada') | 409 | SQLITE_CONSTRAINT",
            })
    void sql_that_fails_is_told_by_its_code(String sql, int status, String code) throws Exception {
        run(PEOPLE);
        run("INSERT INTO people (name) VALUES ('Ada')");

        Reply reply = post("{\"sql_statement\": \"" + sql + "\"}");

        assertRefused(reply, status, code);
    }

    @Test
    void an_sql_error_tells_what_sqlite_said_and_its_code() throws Exception {
        run(PEOPLE);

        Reply reply = post("{\"sql_statement\": \"SELECT * FROM nowhere\"}");

        assertThat(reply.text())
                .contains("no such table: nowhere")
                .endsWith("\"code\":\"SQL_ERROR\",\"sqlite_code\":\"SQLITE_ERROR\"}");
    }

    @Test
    void no_error_repeats_the_value_of_a_parameter() throws Exception {
        run("CREATE TABLE t (a INTEGER CHECK (a > 0)) STRICT");

        for (String parameters : List.of("[\"s3cret\"]", "[-1]", "[\"s3cret\", 1]", "{\"s3cret\": 1}")) {
            Reply reply = post("{\"sql_statement\": \"INSERT INTO t VALUES (?)\", \"parameters\": " + parameters + "}");

            assertThat(reply.status()).as(reply.text()).isBetween(400, 409);
            assertThat(reply.text().replace("s3cret' is", "")).doesNotContain("\"s3cret\"", "-1");
        }
    }

    @Test
    void reading_a_database_that_does_not_exist_is_404_and_creates_none() throws Exception {
        assertRefused(post("{\"sql_statement\": \"SELECT * FROM t\"}"), 404, "DATABASE_NOT_FOUND");
        assertRefused(get("/databases/nowhere.db"), 404, "DATABASE_NOT_FOUND");
        assertRefused(get("/databases/nowhere.db/export"), 404, "DATABASE_NOT_FOUND");
        assertRefused(call(HttpRequest.of("DELETE", "/databases/nowhere.db", "")), 404, "DATABASE_NOT_FOUND");
        assertThat(get("/databases").text()).contains("\"databases\":[]");
    }

    @Test
    void too_many_rows_are_413() throws Exception {
        Reply reply = post("{\"sql_statement\": \"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n"
                + " LIMIT 200000) SELECT x FROM n\"}");

        assertRefused(reply, 413, "RESULT_TOO_LARGE");
    }

    @Test
    void a_write_whose_answer_would_be_too_large_does_not_happen() throws Exception {
        run("CREATE TABLE t (a TEXT)");

        // A NUL is six characters in JSON, so this passes the budget of SQLite's values and not that of the answer.
        Reply reply =
                post("{\"sql_statement\": \"INSERT INTO t VALUES (CAST(zeroblob(1500000) AS TEXT)) RETURNING a\"}");

        assertRefused(reply, 413, "RESULT_TOO_LARGE");
        assertThat(query("SELECT count(*) AS n FROM t")).isEqualTo("[{\"n\":0}]");
    }

    @Test
    void a_body_over_the_limit_is_413() throws Exception {
        int size = ApiLimits.DEFAULT.maxRequestBytes() + 1;

        Reply reply = post("{\"sql_statement\": \"" + " ".repeat(size) + "\"}");

        assertRefused(reply, 413, "REQUEST_TOO_LARGE");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/sqll",
                "/sql/",
                "/databases/",
                "/databases/a.db/import",
                "/databases/a.db/export/x",
                "/databases/a.db/history/1"
            })
    void an_unknown_path_is_404(String path) throws Exception {
        assertRefused(get(path), 404, "NOT_FOUND");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "GET | /sql | POST",
                "PUT | / | POST",
                "POST | /health | GET, HEAD",
                "DELETE | /databases | GET, HEAD",
                "POST | /databases/a.db | DELETE, GET, HEAD, PUT",
                "PUT | /databases/a.db/export | GET, HEAD",
                "POST | /databases/a.db/history | GET, HEAD",
            })
    void a_method_that_a_path_has_not_is_405_and_tells_which_it_has(String method, String path, String allow)
            throws Exception {
        Reply reply = call(HttpRequest.of(method, path, ""));

        assertRefused(reply, 405, "METHOD_NOT_ALLOWED");
        assertThat(reply.header("Allow")).isEqualTo(allow);
    }

    @ParameterizedTest
    @CsvSource({
        "Sec-Fetch-Site, cross-site, 403",
        "Sec-Fetch-Site, same-site, 403",
        "Sec-Fetch-Site, same-origin, 200",
        "Sec-Fetch-Site, none, 200",
        "Origin, https://evil.example, 403",
        "Origin, null, 403",
    })
    void a_form_that_a_page_of_another_site_sent_is_refused(String header, String value, int status) throws Exception {
        HttpRequest form = HttpRequest.post("/sql", "{\"sql_statement\": \"SELECT 1\"}")
                .withHeader("Content-Type", "text/plain")
                .withHeader(header, value);

        assertThat(call(form).status()).isEqualTo(status);
    }

    @Test
    void a_page_of_another_site_that_had_to_ask_first_is_answered() throws Exception {
        HttpRequest json = HttpRequest.post("/sql", "{\"sql_statement\": \"SELECT 1\"}")
                .withHeader("Sec-Fetch-Site", "cross-site")
                .withHeader("Origin", "https://app.example");

        assertThat(call(json).status()).isEqualTo(200);
    }

    @Test
    void headers_that_ask_for_a_safeguard_we_do_not_give_are_refused() throws Exception {
        assertRefused(
                call(HttpRequest.of("DELETE", "/databases/a.db", "").withHeader("Idempotency-Key", "k")),
                400,
                "INVALID_REQUEST");
        assertRefused(
                call(HttpRequest.of("PUT", "/databases/a.db", "").withHeader("Idempotency-Key", "k")),
                400,
                "INVALID_REQUEST");
        assertRefused(
                call(HttpRequest.of("DELETE", "/databases/a.db", "").withHeader("If-Match", "\"x\"")),
                400,
                "INVALID_REQUEST");
        assertRefused(
                call(HttpRequest.of("PUT", "/databases/a.db", "").withHeader("If-Match", "\"x\"")),
                400,
                "INVALID_REQUEST");
        assertRefused(
                call(HttpRequest.of("PUT", "/databases/a.db", "").withHeader("If-None-Match", "\"x\"")),
                400,
                "INVALID_REQUEST");
    }

    // ---- Idempotency-Key

    private Reply keyed(String key, String json) throws Exception {
        return call(HttpRequest.post("/sql", json).withHeader("Idempotency-Key", key));
    }

    @Test
    void a_write_that_is_sent_again_with_its_key_is_answered_and_not_applied_again() throws Exception {
        run(PEOPLE);
        String insert = "{\"sql_statement\": \"INSERT INTO people (name) VALUES ('Ada') RETURNING id, name, x'00ff'\"}";

        Reply first = keyed("k-1", insert);
        Reply again = keyed("k-1", insert);
        run("INSERT INTO people (name) VALUES ('Bob')");
        Reply later = keyed("k-1", insert);

        assertThat(first.status()).as(first.text()).isEqualTo(200);
        assertThat(first.header("CloudSQLite-Replayed")).isEmpty();
        for (Reply replayed : List.of(again, later)) {
            assertThat(replayed.status()).isEqualTo(200);
            assertThat(replayed.json()).isEqualTo(first.json());
            assertThat(replayed.header("CloudSQLite-Replayed")).isEqualTo("true");
            assertThat(replayed.header("CloudSQLite-Txid")).isEqualTo("2");
            assertThat(replayed.meta()).startsWith("{\"rows_affected\":1,\"last_insert_id\":1,");
        }
        assertThat(again.header("ETag")).isEqualTo(first.header("ETag"));
        assertThat(query("SELECT name FROM people ORDER BY id")).isEqualTo("[{\"name\":\"Ada\"},{\"name\":\"Bob\"}]");
    }

    @Test
    void a_list_of_statements_has_one_key() throws Exception {
        run(PEOPLE);
        String statements = "{\"statements\": [{\"sql_statement\": \"INSERT INTO people (name, age) VALUES (:n, :a)\","
                + " \"parameters\": {\"n\": \"Ada\", \"a\": 36.5}}, {\"sql_statement\": \"SELECT * FROM people\"}]}";

        Reply first = keyed("k", statements);
        Reply again = keyed("k", statements.replace("\"n\": \"Ada\", \"a\": 36.5", "\"a\": 36.5, \"n\": \"Ada\""));

        assertThat(first.status()).as(first.text()).isEqualTo(200);
        assertThat(again.json()).isEqualTo(first.json());
        assertThat(again.header("CloudSQLite-Replayed")).isEqualTo("true");
        assertThat(query("SELECT count(*) AS n FROM people")).isEqualTo("[{\"n\":1}]");
    }

    @Test
    void a_replay_is_shown_in_the_format_that_its_own_request_asks_for() throws Exception {
        run(PEOPLE);
        String insert = "\"sql_statement\": \"INSERT INTO people (name) VALUES ('Ada') RETURNING id, name\"";

        keyed("k", "{" + insert + "}");
        Reply again = keyed("k", "{" + insert + ", \"row_format\": \"arrays\", \"min_txid\": 2}");

        assertThat(dataOf(again)).isEqualTo("[[1,\"Ada\"]]");
        assertThat(again.header("CloudSQLite-Replayed")).isEqualTo("true");
    }

    @Test
    void a_key_of_another_request_is_refused() throws Exception {
        run(PEOPLE);
        String insert = "{\"sql_statement\": \"INSERT INTO people (name) VALUES (?)\", \"parameters\": [\"%s\"]}";
        keyed("k", insert.formatted("Ada"));

        Reply reply = keyed("k", insert.formatted("Bob"));

        assertRefused(reply, 422, "IDEMPOTENCY_KEY_REUSED");
        assertThat(reply.header("Retry-After")).isEmpty();
        assertThat(keyed("l", insert.formatted("Bob")).status()).isEqualTo(200);
        assertThat(query("SELECT count(*) AS n FROM people")).isEqualTo("[{\"n\":2}]");
    }

    @Test
    void a_key_of_a_write_that_failed_is_free() throws Exception {
        run(PEOPLE);
        run("INSERT INTO people (name) VALUES ('Ada')");
        String insert = "{\"sql_statement\": \"INSERT INTO people (name) VALUES ('Ada')\"}";

        Reply refused = keyed("k", insert);
        run("DELETE FROM people");
        Reply done = keyed("k", insert);

        assertRefused(refused, 409, "SQLITE_CONSTRAINT");
        assertThat(done.status()).isEqualTo(200);
        assertThat(done.header("CloudSQLite-Replayed")).isEmpty();
    }

    @Test
    void reads_pay_no_attention_to_a_key() throws Exception {
        run(PEOPLE);
        String count = "{\"sql_statement\": \"SELECT count(*) AS n FROM people\"}";

        Reply before = keyed("k", count);
        run("INSERT INTO people (name) VALUES ('Ada')");
        Reply after = keyed("k", count);

        assertThat(dataOf(before)).isEqualTo("[{\"n\":0}]");
        assertThat(dataOf(after)).isEqualTo("[{\"n\":1}]");
        assertThat(after.header("CloudSQLite-Replayed")).isEmpty();
    }

    @Test
    void what_is_no_key_or_cannot_have_one_is_refused() throws Exception {
        run(PEOPLE);
        String insert = "{\"sql_statement\": \"INSERT INTO people (name) VALUES ('Ada')\"}";

        assertRefused(keyed("two words", insert), 400, "INVALID_REQUEST");
        assertRefused(keyed("k".repeat(256), insert), 400, "INVALID_REQUEST");
        assertRefused(keyed("k", "{\"sql_statement\": \"VACUUM\"}"), 400, "INVALID_REQUEST");
        assertThat(query("SELECT count(*) AS n FROM people")).isEqualTo("[{\"n\":0}]");
        assertThat(keyed("!" + "k".repeat(253) + "~", insert).status()).isEqualTo(200);
    }

    @Test
    void the_table_of_keys_is_out_of_reach() throws Exception {
        run(PEOPLE);
        keyed("k", "{\"sql_statement\": \"INSERT INTO people (name) VALUES ('Ada')\"}");

        assertRefused(
                post("{\"sql_statement\": \"SELECT * FROM _cloudsqlite_requests\"}"), 400, "STATEMENT_NOT_ALLOWED");
        assertRefused(
                post("{\"sql_statement\": \"DELETE FROM '_cloudsqlite_requests'\"}"), 400, "STATEMENT_NOT_ALLOWED");
        assertThat(query("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '_cloudsqlite_%'"))
                .isEqualTo("[{\"name\":\"people\"}]");
    }

    // ---- The rest

    @Test
    void health_is_answered() throws Exception {
        Reply reply = get("/health");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.text()).matches("\\{\"status\":\"ok\",\"version\":\"[^\"]+\"}");
    }

    @Test
    void head_tells_what_get_would() throws Exception {
        Reply get = get("/health");
        Reply head = call(HttpRequest.of("HEAD", "/health", ""));

        assertThat(head.status()).isEqualTo(200);
        assertThat(head.bytes()).isEmpty();
        assertThat(head.header("Content-Type")).isEqualTo(get.header("Content-Type"));
        assertThat(head.header("Content-Length")).isEqualTo(String.valueOf(get.bytes().length));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nothing", "/databases/absent.db", "/databases/-", "/sql"})
    void head_of_what_is_refused_has_no_body_either(String path) throws Exception {
        Reply get = get(path);
        Reply head = call(HttpRequest.of("HEAD", path, ""));

        assertThat(head.status()).isEqualTo(get.status()).isGreaterThanOrEqualTo(400);
        assertThat(head.bytes()).isEmpty();
        assertThat(head.header("Content-Length")).isEqualTo(String.valueOf(get.bytes().length));
    }

    @Test
    void databases_are_listed_in_pages() throws Exception {
        for (String name : List.of("a.db", "b.db", "c.db")) {
            post("{\"sql_statement\": \"CREATE TABLE t (a)\", \"database_name\": \"" + name + "\"}");
        }

        Reply first = call(HttpRequest.of("GET", "/databases", "limit=2"));
        String after = first.text().replaceAll(".*\"next_after\":\"([^\"]*)\".*", "$1");
        Reply second = call(HttpRequest.of("GET", "/databases", "limit=2&after=" + after));

        String database = "\\{\"name\":\"%s\",\"format\":\"[a-z]+\",\"size_bytes\":[0-9]+,\"txid\":1,"
                + "\"version\":\"[^\"]+\",\"last_modified\":\"20[0-9T:.-]+Z\"}";
        assertThat(first.text())
                .matches("\\{\"success\":true,\"databases\":\\[" + database.formatted("a.db") + ","
                        + database.formatted("b.db") + "],\"next_after\":\"[^\"]+\"}");
        assertThat(second.text())
                .matches("\\{\"success\":true,\"databases\":\\[" + database.formatted("c.db")
                        + "],\"next_after\":null}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "limit=0",
                "limit=1001",
                "limit=-1",
                "limit=99999999999",
                "limit=x",
                "limit=",
                "after=",
                "after=..",
                "after=a%00",
                "before=1"
            })
    void a_list_with_a_bad_query_is_refused(String query) throws Exception {
        assertRefused(call(HttpRequest.of("GET", "/databases", query)), 400, "INVALID_REQUEST");
    }

    @Test
    void a_database_is_described() throws Exception {
        Reply created = run(PEOPLE);

        Reply reply = get("/databases/database.db");

        assertThat(reply.text())
                .matches("\\{\"success\":true,\"name\":\"database.db\",\"format\":\"[a-z]+\",\"size_bytes\":[0-9]+,"
                        + "\"txid\":1,\"version\":\"[^\"]+\",\"last_modified\":\"[^\"]+\",\"page_size_bytes\":4096,"
                        + "\"page_count\":3,\"log_length\":"
                        + (keepsHistory() ? "1,\"log_bytes\":[1-9][0-9]*}" : "0,\"log_bytes\":0}"));
        assertThat(reply.header("ETag")).isEqualTo(created.header("ETag"));
        assertThat(reply.header("CloudSQLite-Txid")).isEqualTo("1");
    }

    @Test
    void a_database_is_exported_imported_and_deleted() throws Exception {
        run(PEOPLE);
        run("INSERT INTO people (name) VALUES ('Ada')");

        Reply exported = get("/databases/database.db/export");
        Reply imported = call(put("copy.db", exported.bytes()));
        Reply copy = post("{\"sql_statement\": \"SELECT name FROM people\", \"database_name\": \"copy.db\"}");
        Reply deleted = call(HttpRequest.of("DELETE", "/databases/copy.db", ""));

        assertThat(exported.header("Content-Type")).isEqualTo("application/vnd.sqlite3");
        assertThat(exported.header("Content-Disposition")).isEqualTo("attachment; filename=\"database.db\"");
        assertThat(exported.header("ETag"))
                .isEqualTo(get("/databases/database.db").header("ETag"));
        assertThat(new String(exported.bytes(), 0, 16, UTF_8)).isEqualTo("SQLite format 3\0");
        assertThat(imported.text()).isEqualTo("{\"success\":true,\"name\":\"copy.db\",\"txid\":1}");
        assertThat(imported.header("CloudSQLite-Txid")).isEqualTo("1");
        assertThat(dataOf(copy)).isEqualTo("[{\"name\":\"Ada\"}]");
        assertThat(deleted.text()).isEqualTo("{\"success\":true,\"name\":\"copy.db\"}");
        assertRefused(get("/databases/copy.db"), 404, "DATABASE_NOT_FOUND");
    }

    @Test
    void an_import_replaces_unless_told_not_to() throws Exception {
        run(PEOPLE);
        byte[] empty = get("/databases/database.db/export").bytes();
        run("INSERT INTO people (name) VALUES ('Ada')");

        Reply refused = call(put("database.db", empty).withHeader("If-None-Match", "*"));
        String before = query("SELECT count(*) AS n FROM people");
        Reply replaced = call(put("database.db", empty));

        assertRefused(refused, 412, "DATABASE_EXISTS");
        assertThat(before).isEqualTo("[{\"n\":1}]");
        assertThat(replaced.text()).isEqualTo("{\"success\":true,\"name\":\"database.db\",\"txid\":3}");
        assertThat(query("SELECT count(*) AS n FROM people")).isEqualTo("[{\"n\":0}]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "U1FMaXRlIGZvcm1hdCAzAA==", "PGh0bWw+"})
    void what_is_not_a_database_is_not_imported(String base64) throws Exception {
        Reply reply = call(put("a.db", Base64.getDecoder().decode(base64)));

        assertRefused(reply, 400, "INVALID_REQUEST");
        assertRefused(get("/databases/a.db"), 404, "DATABASE_NOT_FOUND");
    }

    private static HttpRequest put(String name, byte[] body) {
        return HttpRequest.of("PUT", "/databases/" + name, "").withBody(HttpBody.of(body));
    }
}
