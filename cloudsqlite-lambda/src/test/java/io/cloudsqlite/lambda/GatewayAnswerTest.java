package io.cloudsqlite.lambda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.amazonaws.services.lambda.runtime.events.APIGatewayV2HTTPResponse;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cloudsqlite.http.HttpBody;
import io.cloudsqlite.http.HttpHeaders;
import io.cloudsqlite.http.HttpResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Base64;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class GatewayAnswerTest {

    private static final int LAMBDA_LIMIT_BYTES = 6 << 20;

    private static HttpResponse response(String type, HttpBody body) {
        return new HttpResponse(200, HttpHeaders.NONE.with("Content-Type", type), body);
    }

    private static byte[] write(HttpResponse response) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        GatewayAnswer.of(response).writeTo(out);
        return out.toByteArray();
    }

    private static APIGatewayV2HTTPResponse read(byte[] json) throws IOException {
        return new ObjectMapper().readValue(json, APIGatewayV2HTTPResponse.class);
    }

    @Test
    void json_is_text() throws IOException {
        String json = "{\"a\":\"h\u00e9 \ud83d\ude00 \\\"\\n\"}";

        APIGatewayV2HTTPResponse answer = read(write(response("application/json", HttpBody.of(json))));

        assertThat(answer.getStatusCode()).isEqualTo(200);
        assertThat(answer.getHeaders()).containsEntry("Content-Type", "application/json");
        assertThat(answer.getIsBase64Encoded()).isFalse();
        assertThat(answer.getBody()).isEqualTo(json);
    }

    @Test
    void anything_else_is_base64() throws IOException {
        byte[] bytes = {0, (byte) 0xff, '\n'};

        APIGatewayV2HTTPResponse answer = read(write(response("application/vnd.sqlite3", HttpBody.of(bytes))));

        assertThat(answer.getIsBase64Encoded()).isTrue();
        assertThat(Base64.getDecoder().decode(answer.getBody())).isEqualTo(bytes);
    }

    @Test
    void json_that_would_not_fit_with_its_quotes_escaped_goes_in_base64() throws IOException {
        byte[] quotes = "\"".repeat(GatewayAnswer.MAX_BODY_BYTES).getBytes(UTF_8);

        byte[] written = write(response("application/json", HttpBody.of(quotes)));

        assertThat(written.length).isLessThan(LAMBDA_LIMIT_BYTES);
        assertThat(Base64.getDecoder().decode(read(written).getBody())).isEqualTo(quotes);
    }

    @Test
    void what_does_not_fit_is_413_whether_or_not_it_says_its_size() throws IOException {
        byte[] large = new byte[GatewayAnswer.MAX_BODY_BYTES + 1];

        for (OptionalLong size : new OptionalLong[] {OptionalLong.of(large.length), OptionalLong.empty()}) {
            HttpBody body = new HttpBody(new ByteArrayInputStream(large), size);
            APIGatewayV2HTTPResponse answer = read(write(response("application/vnd.sqlite3", body)));

            assertThat(answer.getStatusCode()).isEqualTo(413);
            assertThat(answer.getIsBase64Encoded()).isFalse();
            assertThat(answer.getBody())
                    .startsWith("{\"success\":false,\"error\":\"")
                    .contains("4706304 bytes")
                    .endsWith(",\"code\":\"RESULT_TOO_LARGE\"}");
        }
    }

    @Test
    void a_body_that_breaks_off_is_503() throws IOException {
        InputStream closed = InputStream.nullInputStream();
        closed.close();
        InputStream broken = new SequenceInputStream(new ByteArrayInputStream(new byte[10]), closed);

        APIGatewayV2HTTPResponse answer =
                read(write(response("application/vnd.sqlite3", new HttpBody(broken, OptionalLong.empty()))));

        assertThat(answer.getStatusCode()).isEqualTo(503);
        assertThat(answer.getHeaders()).containsEntry("Retry-After", "1");
        assertThat(answer.getBody()).contains("STORAGE_UNAVAILABLE").doesNotContain("Stream closed");
    }
}
