package io.cloudsqlite.lambda;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.amazonaws.services.lambda.runtime.api.client.AWSLambda;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cloudsqlite.aws.Emulators;
import io.cloudsqlite.http.HttpBody;
import io.cloudsqlite.http.HttpHeaders;
import io.cloudsqlite.http.HttpRequest;
import io.cloudsqlite.http.HttpResponse;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A function as Lambda runs it: the packaged jar, unpacked, in a process with the real runtime interface client.
 *
 * <pre>{@code
 * try (FunctionProcess function = FunctionProcess.over(emulators, bucket, table).start(directory)) {
 *     HttpResponse answer = function.send(HttpRequest.post("/sql", "{...}"));
 * }
 * }</pre>
 */
final class FunctionProcess implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofSeconds(29);

    /** Else each process writes the client's library to the same place in /tmp, and may load it half written by another. */
    private static final String NATIVE_CLIENT =
            "com.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI";

    private final RuntimeApi runtimeApi;
    private final Process process;
    private final Path output;
    private final CompletableFuture<Void> ended;

    /** How the gateway writes events. */
    enum PayloadFormat {
        V1,
        V2
    }

    /** What to start. */
    static final class Builder {

        private final Map<String, String> environment = new HashMap<>();
        private final List<String> options = new ArrayList<>(List.of("-XX:+UseSerialGC", "-Xshare:auto"));
        private String handler = "io.cloudsqlite.lambda.ApiGatewayHandler";
        private Path javaHome = Path.of(System.getProperty("java.home"));
        private @Nullable Path taskRoot;

        Builder with(String variable, String value) {
            environment.put(variable, value);
            return this;
        }

        Builder option(String value) {
            options.add(value);
            return this;
        }

        /** Runs it on another JDK than that of this process. */
        Builder on(Path jdk) {
            javaHome = jdk;
            return this;
        }

        /** Runs another handler, whose classes are in this directory. */
        Builder handler(String name, Path directory) {
            handler = name;
            taskRoot = directory;
            return this;
        }

        /** As Lambda starts a function whose versions have SnapStart. */
        Builder snapStart() {
            return with("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
                    .option("-Dorg.crac.Core.Compat=com.amazonaws.services.lambda.crac");
        }

        /** Starts it; its temporary files, and what it prints, go to {@code directory}. */
        FunctionProcess start(Path directory) throws IOException {
            RuntimeApi runtimeApi = new RuntimeApi();
            Path output = directory.resolve("output-" + System.nanoTime() + ".txt");
            List<String> command = new ArrayList<>();
            command.add(javaHome.resolve("bin").resolve("java").toString());
            command.addAll(options);
            command.add("-Djava.io.tmpdir=" + directory);
            command.add("-D" + NATIVE_CLIENT + "=" + nativeClient());
            command.add("-cp");
            command.add(runtime());
            command.add("com.amazonaws.services.lambda.runtime.api.client.AWSLambda");
            command.add(handler);
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory((taskRoot == null ? unpacked() : taskRoot).toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            builder.environment().put("AWS_LAMBDA_RUNTIME_API", runtimeApi.address());
            builder.environment().put("AWS_LAMBDA_FUNCTION_NAME", "cloudsqlite-lambda");
            builder.environment().put("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024");
            return new FunctionProcess(runtimeApi, builder.start(), output);
        }

        private static String runtime() throws IOException {
            try (var jars = Files.list(Path.of(System.getProperty("runtime.directory")))) {
                return String.join(
                        File.pathSeparator, jars.map(Path::toString).sorted().toList());
            }
        }
    }

    private FunctionProcess(RuntimeApi runtimeApi, Process process, Path output) {
        this.runtimeApi = runtimeApi;
        this.process = process;
        this.output = output;
        this.ended = process.onExit().thenRun(runtimeApi::functionEnded);
    }

    /** The packaged jar, as it is deployed. */
    static Path jar() {
        return Path.of(System.getProperty("function.jar"));
    }

    /** The library that the runtime interface client speaks HTTP with, from its jar. */
    private static synchronized Path nativeClient() throws IOException {
        Path library = jar().resolveSibling("libaws-lambda-jni.so");
        if (!Files.exists(library)) {
            String architecture = System.getProperty("os.arch").equals("aarch64") ? "aarch_64" : "x86_64";
            String name = "/jni/libaws-lambda-jni.linux-" + architecture + ".so";
            try (InputStream in = AWSLambda.class.getResourceAsStream(name)) {
                Files.copy(in, library);
            }
        }
        return library;
    }

    /** The packaged jar's files, in a directory, as Lambda has them. */
    private static synchronized Path unpacked() throws IOException {
        Path directory = jar().resolveSibling("function");
        Path done = directory.resolveSibling("function.done");
        if (Files.exists(done) && Files.getLastModifiedTime(done).compareTo(Files.getLastModifiedTime(jar())) > 0) {
            return directory;
        }
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(jar()))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                Path file = directory.resolve(entry.getName());
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                } else {
                    Files.createDirectories(file.getParent());
                    Files.write(file, in.readAllBytes());
                }
            }
        }
        Files.deleteIfExists(done);
        Files.createFile(done);
        return directory;
    }

    /** The function over these emulators. */
    static Builder over(Emulators emulators, String bucket, String table) {
        return over(emulators.s3Endpoint(), emulators.dynamoDbEndpoint(), bucket, table);
    }

    static Builder over(URI s3, URI dynamoDb, String bucket, String table) {
        return new Builder()
                .with("S3_BUCKET_NAME", bucket)
                .with("DYNAMODB_TABLE_NAME", table)
                .with("AWS_REGION", "us-east-1")
                .with("AWS_ACCESS_KEY_ID", "emulator")
                .with("AWS_SECRET_ACCESS_KEY", "emulator")
                .with("AWS_ENDPOINT_URL_S3", s3.toString())
                .with("AWS_ENDPOINT_URL_DYNAMODB", dynamoDb.toString());
    }

    RuntimeApi runtimeApi() {
        return runtimeApi;
    }

    /** What the process has printed so far. */
    String output() throws IOException {
        return Files.readString(output);
    }

    /** Sends a request as a gateway does. */
    HttpResponse send(HttpRequest request) throws Exception {
        return send(request, PayloadFormat.V2, LIMIT);
    }

    HttpResponse send(HttpRequest request, PayloadFormat format, Duration limit) throws Exception {
        byte[] event = JSON.writeValueAsBytes(format == PayloadFormat.V2 ? format2(request) : format1(request));
        return response(runtimeApi.invoke(event, limit));
    }

    /** Runs a statement on the default database and gives the body of the answer. */
    String sql(String statement) throws Exception {
        return sql(statement, LIMIT);
    }

    String sql(String statement, Duration limit) throws Exception {
        String body = JSON.writeValueAsString(Map.of("sql_statement", statement));
        try (HttpResponse response = send(HttpRequest.post("/sql", body), PayloadFormat.V2, limit)) {
            return new String(response.body().stream().readAllBytes(), UTF_8);
        }
    }

    private static Map<String, Object> format2(HttpRequest request) throws IOException {
        Map<String, Object> event = new HashMap<>();
        event.put("version", "2.0");
        event.put("rawPath", request.path());
        event.put("rawQueryString", request.query());
        event.put("headers", request.headers().values());
        event.put(
                "requestContext",
                Map.of("stage", "$default", "http", Map.of("method", request.method(), "path", request.path())));
        putBody(event, request);
        return event;
    }

    private static Map<String, Object> format1(HttpRequest request) throws IOException {
        Map<String, Object> event = new HashMap<>();
        event.put("version", "1.0");
        event.put("httpMethod", request.method());
        event.put("path", request.path());
        event.put("headers", request.headers().values());
        Map<String, List<String>> query = new HashMap<>();
        for (String member : request.query().split("&", -1)) {
            int equals = member.indexOf('=');
            if (equals > 0) {
                query.computeIfAbsent(member.substring(0, equals), name -> new ArrayList<>())
                        .add(java.net.URLDecoder.decode(member.substring(equals + 1), UTF_8));
            }
        }
        event.put("multiValueQueryStringParameters", query);
        event.put("requestContext", Map.of("stage", "prod", "path", "/prod" + request.path()));
        putBody(event, request);
        return event;
    }

    /** A gateway gives text as it is, and bytes in base64. */
    private static void putBody(Map<String, Object> event, HttpRequest request) throws IOException {
        byte[] body = request.body().stream().readAllBytes();
        String text = null;
        try {
            text = UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException e) {
            // Bytes, then.
        }
        event.put("isBase64Encoded", text == null);
        event.put("body", text == null ? Base64.getEncoder().encodeToString(body) : text);
    }

    private static HttpResponse response(byte[] json) throws IOException {
        JsonNode answer = JSON.readTree(json);
        HttpHeaders headers = HttpHeaders.NONE;
        for (Map.Entry<String, JsonNode> header : answer.get("headers").properties()) {
            headers = headers.with(header.getKey(), header.getValue().textValue());
        }
        String body = answer.get("body").textValue();
        boolean isBase64 = answer.get("isBase64Encoded").booleanValue();
        return new HttpResponse(
                answer.get("statusCode").intValue(),
                headers,
                isBase64 ? HttpBody.of(Base64.getDecoder().decode(body)) : HttpBody.of(body));
    }

    /** Kills it as {@code kill -9} does. */
    @Override
    public void close() {
        process.destroyForcibly();
        ended.join();
        runtimeApi.close();
    }
}
