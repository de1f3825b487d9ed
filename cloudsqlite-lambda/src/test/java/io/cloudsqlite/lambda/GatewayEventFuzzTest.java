package io.cloudsqlite.lambda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cloudsqlite.Fuzz;
import io.cloudsqlite.lambda.logging.LogLines;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events that are almost those of API Gateway: each is answered as HTTP is, or fails the invocation as no request. */
final class GatewayEventFuzzTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final List<String> EVENTS = List.of(
            "{\"version\":\"2.0\",\"rawPath\":\"/prod/sql\",\"rawQueryString\":\"a=1\",\"headers\":{\"content-type\":"
                    + "\"application/json\"},\"requestContext\":{\"http\":{\"method\":\"POST\",\"path\":\"/prod/sql\"},"
                    + "\"stage\":\"prod\",\"timeEpoch\":1}"
                    + ",\"body\":\"eyJzcWxfc3RhdGVtZW50IjoiU0VMRUNUIDEifQ==\",\"isBase64Encoded\":true}",
            "{\"httpMethod\":\"GET\",\"path\":\"/databases\",\"multiValueQueryStringParameters\":{\"limit\":[\"1\"]},"
                    + "\"multiValueHeaders\":{\"Accept\":[\"*/*\"]},\"requestContext\":{\"stage\":\"prod\","
                    + "\"path\":\"/prod/databases\"},\"body\":null}");

    /** What may stand where a value is expected. */
    private static final List<String> VALUES = List.of(
            "null", "7", "true", "[]", "{}", "\"\"", "\"\\u0000\"", "[null]", "{\"a\":null}", "\"%zz\"", "-1e999");

    @Test
    void an_event_is_answered_or_is_no_request(@TempDir Path directory) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), true, UTF_8);
        ApiGatewayHandler handler = new ApiGatewayHandler(() -> Backend.inMemory(directory), new LogLines(nowhere));
        AtomicInteger answered = new AtomicInteger();

        Fuzz.cases("gateway events", 2_000, random -> {
            byte[] event = mutated(EVENTS.get(random.nextInt(EVENTS.size())), random);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try {
                handler.handleRequest(new ByteArrayInputStream(event), out, new TestContext(10_000));
            } catch (IllegalArgumentException | IOException e) {
                // It is no event of an HTTP request, or no JSON.
                return;
            }
            JsonNode answer = JSON.readTree(out.toByteArray());
            assertThat(answer.at("/statusCode").intValue())
                    .as(new String(event, UTF_8))
                    .isBetween(200, 499);
            answered.incrementAndGet();
        });

        assertThat(answered).hasValueGreaterThan(0);
    }

    private static byte[] mutated(String event, SplittableRandom random) {
        byte[] bytes = event.getBytes(UTF_8);
        switch (random.nextInt(4)) {
            case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            case 1 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            case 2 -> bytes = withOtherValue(event, random).getBytes(UTF_8);
            default ->
                bytes = withOtherValue(withOtherValue(event, random), random).getBytes(UTF_8);
        }
        return bytes;
    }

    /** Another value behind one of the colons. */
    private static String withOtherValue(String event, SplittableRandom random) {
        int[] colons = event.chars().filter(character -> character == ':').toArray();
        int at = -1;
        for (int colon = random.nextInt(colons.length); colon >= 0; colon--) {
            at = event.indexOf(':', at + 1);
        }
        int end = at + 1;
        while (end < event.length() && event.charAt(end) != ',' && event.charAt(end) != '}') {
            end++;
        }
        return event.substring(0, at + 1) + VALUES.get(random.nextInt(VALUES.size())) + event.substring(end);
    }
}
