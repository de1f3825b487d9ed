package io.cloudsqlite.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The program as a user starts it. */
final class LocalAwsIT {

    private static final Pattern URL = Pattern.compile(" at (http://\\S+)");

    @Test
    @Timeout(120)
    void what_is_written_through_the_api_is_read_back() throws Exception {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dcloudsqlite.emulators.jar=" + System.getProperty("cloudsqlite.emulators.jar"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LocalAws.class.getName(),
                        "0"))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            String url = url(process);

            assertThat(post(url, "CREATE TABLE t AS SELECT 7 AS n")).contains("\"success\":true");
            assertThat(post(url, "SELECT n FROM t")).contains("\"data\":[{\"n\":7}]");
        } finally {
            process.destroyForcibly();
        }
    }

    private static String url(Process process) throws IOException {
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            Matcher url = URL.matcher(line);
            if (url.find()) {
                return url.group(1);
            }
        }
        throw new AssertionError("the program ended without a URL");
    }

    private static String post(String url, String sql) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/sql"))
                .POST(BodyPublishers.ofString("{\"sql_statement\": \"" + sql + "\"}"))
                .build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    }
}
