package io.cloudsqlite.aws;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpFullResponse;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.retries.api.BackoffStrategy;

/**
 * In place of the network: answers that no server here gives, one after the other.
 *
 * <pre>{@code
 * ScriptedHttp http = new ScriptedHttp();
 * http.thenBreak().thenXml(412, "PreconditionFailed");
 * S3Client client = http.configured(S3Client.builder()).build();
 * }</pre>
 */
final class ScriptedHttp implements SdkHttpClient {

    private final Deque<Answer> answers = new ArrayDeque<>();
    private final List<String> requests = new ArrayList<>();

    /** What happens to one request, whose body was received. */
    private interface Answer {
        SdkHttpFullResponse to(String body) throws IOException, InterruptedException;

        /** Whether the request's body is received at all. */
        default boolean receives() {
            return true;
        }
    }

    /** A client over this that sends a call up to three times, as those of {@link AwsClients} do, but at once. */
    <B extends AwsClientBuilder<B, ?> & AwsSyncClientBuilder<B, ?>> B configured(B builder) {
        builder.httpClient(this)
                .region(Region.US_EAST_1)
                .endpointOverride(URI.create("https://scripted.invalid"))
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .overrideConfiguration(
                        configuration -> configuration.retryStrategy(DefaultRetryStrategy.standardStrategyBuilder()
                                .backoffStrategy(BackoffStrategy.retryImmediately())
                                .throttlingBackoffStrategy(BackoffStrategy.retryImmediately())
                                .build()));
        return builder;
    }

    /** Answers a body computed from the request's. */
    ScriptedHttp thenAnswer(int status, Function<String, String> body, String... headers) {
        answers.add(request -> response(status, body.apply(request), headers));
        return this;
    }

    /** Answers this status, with headers given as name, value, name, value. */
    ScriptedHttp thenStatus(int status, String... headers) {
        return thenAnswer(status, request -> "", headers);
    }

    /** Answers this status and these headers, and the connection ends: neither the other headers nor a body come. */
    ScriptedHttp thenCutAfter(int status, String... headers) {
        answers.add(request -> {
            SdkHttpFullResponse.Builder response = SdkHttpFullResponse.builder()
                    .statusCode(status)
                    .content(AbortableInputStream.create(InputStream.nullInputStream()));
            putAll(response, headers);
            return response.build();
        });
        return this;
    }

    /** Answers an error as S3 words it. */
    ScriptedHttp thenXml(int status, String code) {
        return thenAnswer(status, request -> "<Error><Code>" + code + "</Code><Message>scripted</Message></Error>");
    }

    /** Answers an error as DynamoDB words it. */
    ScriptedHttp thenJson(int status, String type) {
        return thenAnswer(
                status,
                request -> "{\"__type\":\"com.amazonaws.dynamodb.v20120810#" + type + "\",\"message\":\"scripted\"}");
    }

    /** Receives the request, then the connection breaks: nobody knows what became of it. */
    ScriptedHttp thenBreak() {
        answers.add(request -> {
            throw new IOException("scripted fault: connection reset");
        });
        return this;
    }

    /** Cannot be reached. */
    ScriptedHttp thenRefuseConnection() {
        answers.add(new Answer() {
            @Override
            public SdkHttpFullResponse to(String body) throws IOException {
                throw new ConnectException("scripted fault: connection refused");
            }

            @Override
            public boolean receives() {
                return false;
            }
        });
        return this;
    }

    /** Receives the request and never answers; tells {@code received} first. */
    ScriptedHttp thenHang(CountDownLatch received) {
        answers.add(request -> {
            received.countDown();
            new CountDownLatch(1).await();
            throw new AssertionError("nobody counts down");
        });
        return this;
    }

    /** The requests so far, each as {@code METHOD path?query}. */
    List<String> requests() {
        return List.copyOf(requests);
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        return new ExecutableHttpRequest() {
            @Override
            public HttpExecuteResponse call() throws IOException {
                URI uri = request.httpRequest().getUri();
                requests.add(request.httpRequest().method() + " " + uri.getPath()
                        + (uri.getQuery() == null ? "" : "?" + uri.getQuery()));
                Answer answer = answers.remove();
                try {
                    SdkHttpFullResponse response = answer.to(answer.receives() ? receive(request) : "");
                    return HttpExecuteResponse.builder()
                            .response(response)
                            .responseBody(response.content().orElse(null))
                            .build();
                } catch (InterruptedException e) {
                    // As HTTP clients do: the SDK tells an interrupt by the flag.
                    Thread.currentThread().interrupt();
                    throw new IOException("interrupted", e);
                }
            }

            @Override
            public void abort() {}
        };
    }

    private static String receive(HttpExecuteRequest request) throws IOException {
        if (request.contentStreamProvider().isEmpty()) {
            return "";
        }
        try (InputStream in = request.contentStreamProvider().get().newStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static SdkHttpFullResponse response(int status, String body, String... headers) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        SdkHttpFullResponse.Builder response = SdkHttpFullResponse.builder()
                .statusCode(status)
                .putHeader("Content-Length", Integer.toString(bytes.length))
                .content(AbortableInputStream.create(new ByteArrayInputStream(bytes)));
        putAll(response, headers);
        return response.build();
    }

    private static void putAll(SdkHttpFullResponse.Builder response, String... headers) {
        for (int i = 0; i < headers.length; i += 2) {
            response.putHeader(headers[i], headers[i + 1]);
        }
    }

    @Override
    public void close() {}
}
