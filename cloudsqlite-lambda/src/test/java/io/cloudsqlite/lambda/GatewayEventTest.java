package io.cloudsqlite.lambda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.amazonaws.services.lambda.runtime.events.APIGatewayProxyRequestEvent;
import com.amazonaws.services.lambda.runtime.events.APIGatewayV2HTTPEvent;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cloudsqlite.http.HttpRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Events of every kind, written from AWS's own classes for them. */
final class GatewayEventTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static HttpRequest read(Object event) throws IOException {
        return GatewayEvent.read(new ByteArrayInputStream(JSON.writeValueAsBytes(event)));
    }

    private static String body(HttpRequest request) throws IOException {
        return new String(request.body().stream().readAllBytes(), UTF_8);
    }

    private static APIGatewayV2HTTPEvent.APIGatewayV2HTTPEventBuilder format2(
            String method, String stage, String path) {
        return APIGatewayV2HTTPEvent.builder()
                .withVersion("2.0")
                .withRouteKey("$default")
                .withRawPath(path)
                .withRawQueryString("")
                .withHeaders(Map.of())
                .withRequestContext(APIGatewayV2HTTPEvent.RequestContext.builder()
                        .withStage(stage)
                        .withHttp(APIGatewayV2HTTPEvent.RequestContext.Http.builder()
                                .withMethod(method)
                                .withPath(path)
                                .build())
                        .build());
    }

    private static APIGatewayProxyRequestEvent format1(String method, String stage, String path, String wholePath) {
        return new APIGatewayProxyRequestEvent()
                .withHttpMethod(method)
                .withPath(path)
                .withRequestContext(new APIGatewayProxyRequestEvent.ProxyRequestContext()
                        .withStage(stage)
                        .withPath(wholePath));
    }

    @Test
    void format_2_is_a_request() throws IOException {
        HttpRequest request = read(format2("POST", "$default", "/sql")
                .withRawQueryString("a=1&a=2&b=%20")
                .withHeaders(Map.of("content-type", "application/json", "accept", "a,b"))
                .withCookies(List.of("x=1"))
                .withBody("{\"sql_statement\": \"SELECT 'h\u00e9 \ud83d\ude00'\"}")
                .build());

        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.path()).isEqualTo("/sql");
        assertThat(request.query()).isEqualTo("a=1&a=2&b=%20");
        assertThat(request.headers().get("Content-Type")).contains("application/json");
        assertThat(request.headers().get("Accept")).contains("a,b");
        assertThat(body(request)).isEqualTo("{\"sql_statement\": \"SELECT 'h\u00e9 \ud83d\ude00'\"}");
    }

    @Test
    void format_1_is_a_request() throws IOException {
        HttpRequest request = read(format1("GET", "prod", "/databases", "/prod/databases")
                .withHeaders(Map.of("Host", "example.org", "X-Two", "2"))
                .withMultiValueHeaders(Map.of("X-Two", List.of("1", "2")))
                .withQueryStringParameters(Map.of("limit", "2"))
                .withMultiValueQueryStringParameters(
                        Map.of("limit", List.of("1", "2"), "after", List.of("a/b&limit=9"))));

        assertThat(request.method()).isEqualTo("GET");
        assertThat(request.path()).isEqualTo("/databases");
        assertThat(request.query()).isEqualTo("after=a/b%26limit%3D9&limit=1&limit=2");
        assertThat(request.headers().get("host")).contains("example.org");
        assertThat(request.headers().get("x-two")).contains("1, 2");
        assertThat(body(request)).isEmpty();
    }

    @Test
    void format_1_without_lists_of_values_is_a_request_too() throws IOException {
        HttpRequest request = read(format1("GET", "$default", "/databases", "/databases")
                .withHeaders(Map.of("Host", "example.org"))
                .withQueryStringParameters(Map.of("limit", "2")));

        assertThat(request.query()).isEqualTo("limit=2");
        assertThat(request.headers().get("host")).contains("example.org");
    }

    @Test
    void a_body_in_base64_is_bytes() throws IOException {
        byte[] bytes = {0, (byte) 0xff, 'x'};
        String base64 = Base64.getEncoder().encodeToString(bytes);

        HttpRequest second = read(format2("PUT", "$default", "/databases/a.db")
                .withBody(base64)
                .withIsBase64Encoded(true)
                .build());
        HttpRequest first = read(format1("PUT", "prod", "/databases/a.db", "/prod/databases/a.db")
                .withBody(base64)
                .withIsBase64Encoded(true));

        assertThat(second.body().stream().readAllBytes()).isEqualTo(bytes);
        assertThat(first.body().stream().readAllBytes()).isEqualTo(bytes);
        assertThat(second.body().sizeBytes()).hasValue(3);
    }

    @ParameterizedTest
    @CsvSource({
        "$default, /sql, /sql",
        "prod, /prod/sql, /sql",
        "prod, /prod, /",
        "prod, /prod/, /",
        "prod, /sql, /sql",
        "prod, /production/sql, /production/sql",
        "sql, /sql/sql, /sql",
        "$default, /, /",
    })
    void format_2_leaves_the_stage_out(String stage, String raw, String path) throws IOException {
        assertThat(read(format2("POST", stage, raw).build()).path()).isEqualTo(path);
    }

    @ParameterizedTest
    @CsvSource({
        "prod, /sql, /prod/sql, /sql",
        "databases, /databases, /databases/databases, /databases",
        "prod, /prod/sql, /prod/sql, /sql",
        "$default, /sql, /sql, /sql",
        "prod, /sql, , /sql",
    })
    void format_1_leaves_the_stage_out_unless_it_is_not_there(String stage, String path, String whole, String expected)
            throws IOException {
        assertThat(read(format1("POST", stage, path, whole)).path()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"/v1/databases/a.db, databases/a.db, /databases/a.db", "/v1/a%20b, a b, /v1/a%20b"})
    void what_a_domain_maps_to_the_api_is_left_out(String raw, String proxy, String expected) throws IOException {
        APIGatewayV2HTTPEvent event = format2("GET", "$default", raw)
                .withPathParameters(Map.of("proxy", proxy))
                .build();

        assertThat(read(event).path()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"Records\": [{\"body\": \"x\"}]}", "[]", "\"text\""})
    void other_events_are_refused(String event) {
        assertThatThrownBy(() -> GatewayEvent.read(new ByteArrayInputStream(event.getBytes(UTF_8))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("The event is not");
    }

    @Test
    void what_is_not_json_is_refused() {
        assertThatThrownBy(() -> GatewayEvent.read(new ByteArrayInputStream("{\"a\"".getBytes(UTF_8))))
                .isInstanceOf(IOException.class);
    }
}
