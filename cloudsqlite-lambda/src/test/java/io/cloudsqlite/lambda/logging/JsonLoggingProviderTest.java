package io.cloudsqlite.lambda.logging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

final class JsonLoggingProviderTest {

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    private Logger logger(String level, String name) {
        LogLines lines = new LogLines(new PrintStream(printed, true, UTF_8));
        return new JsonLoggingProvider(level, lines).getLoggerFactory().getLogger(name);
    }

    @Test
    void slf4j_finds_it() {
        assertThat(LoggerFactory.getLogger("io.cloudsqlite.x")).isInstanceOf(JsonLogger.class);
    }

    @Test
    void a_line_is_an_object() throws IOException {
        logger(null, "io.cloudsqlite.x").warn("db={} \"quoted\"\n", "a.db", new IllegalStateException("why"));

        String text = printed.toString(UTF_8);
        assertThat(text.indexOf('\n')).isEqualTo(text.length() - 1);
        JsonNode line = new ObjectMapper().readTree(text);
        assertThat(line.at("/level").textValue()).isEqualTo("WARN");
        assertThat(line.at("/logger").textValue()).isEqualTo("io.cloudsqlite.x");
        assertThat(line.at("/message").textValue()).isEqualTo("db=a.db \"quoted\"\n");
        assertThat(line.at("/stackTrace").textValue()).startsWith("java.lang.IllegalStateException: why\n\tat ");
        assertThat(line.at("/timestamp").textValue()).endsWith("Z");
    }

    @ParameterizedTest
    @CsvSource({
        "DEBUG, io.cloudsqlite.x, DEBUG",
        "INFO, io.cloudsqlite.x, INFO",
        ", io.cloudsqlite.x, INFO",
        "FATAL, io.cloudsqlite.x, ERROR",
        "TRACE, org.apache.hc.client5.http.wire, WARN",
        "ERROR, org.apache.hc.client5.http.wire, ERROR",
    })
    void only_our_own_loggers_print_details(String level, String name, String expected) {
        Logger logger = logger(level, name);

        logger.trace("TRACE");
        logger.debug("DEBUG");
        logger.info("INFO");
        logger.warn("WARN");
        logger.error("ERROR");

        assertThat(printed.toString(UTF_8).lines().findFirst().orElse("")).contains("\"level\":\"" + expected + "\"");
    }
}
