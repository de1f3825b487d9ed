package io.cloudsqlite.lambda.logging;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * Makes the loggers. Ours print from the level that Lambda's {@code application_log_level} sets, which it tells in
 * {@code AWS_LAMBDA_LOG_LEVEL}; those of libraries from WARN, whatever that says: at DEBUG some would print requests, in which
 * there are values.
 */
public final class JsonLoggingProvider implements SLF4JServiceProvider {

    private static final String OURS = "io.cloudsqlite.";

    private final Map<String, Logger> loggers = new ConcurrentHashMap<>();
    private final IMarkerFactory markers = new BasicMarkerFactory();
    private final MDCAdapter mdc = new NOPMDCAdapter();
    private final LogLines lines;
    private final Level level;

    /** What slf4j calls. */
    public JsonLoggingProvider() {
        this(System.getenv("AWS_LAMBDA_LOG_LEVEL"), LogLines.toStandardOutput());
    }

    JsonLoggingProvider(@Nullable String level, LogLines lines) {
        this.level = level(level);
        this.lines = lines;
    }

    private static Level level(@Nullable String name) {
        if (name == null) {
            return Level.INFO;
        }
        return switch (name) {
            case "TRACE", "DEBUG", "WARN", "ERROR" -> Level.valueOf(name);
            case "FATAL" -> Level.ERROR;
            default -> Level.INFO;
        };
    }

    private Logger create(String name) {
        boolean isStricter = level.toInt() > Level.WARN.toInt();
        return new JsonLogger(name, name.startsWith(OURS) || isStricter ? level : Level.WARN, lines);
    }

    @Override
    public void initialize() {
        // Nothing has to be found or read first.
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        return name -> loggers.computeIfAbsent(name, this::create);
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return markers;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return mdc;
    }

    @Override
    public String getRequestedApiVersion() {
        return "2.0.99";
    }
}
