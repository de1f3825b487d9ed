package io.cloudsqlite.cli;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.session.CloudSqlite;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of all commands that may create a database. */
final class CreationOptions {

    private static final String VARIABLE = "CLOUDSQLITE_FORMAT";

    // Not --format, which says how rows are shown.
    @Option(
            names = "--storage-format",
            paramLabel = "FORMAT",
            description = {
                "How a database is stored that is created: log (a commit costs what it changes) or file (one plain SQLite"
                        + " file, which each commit uploads whole). Default: CLOUDSQLITE_FORMAT if it is set, else log.",
                "A database that exists keeps the format it has; the command convert changes it."
            })
    private @Nullable DatabaseFormat format;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    /**
     * Sets the format of the command line, or else of the environment.
     *
     * @throws ParameterException if the environment names no format that there is
     */
    void applyTo(CloudSqlite.Builder builder) {
        if (format != null) {
            builder.format(format);
            return;
        }
        try {
            ofEnvironment(System.getenv()).ifPresent(builder::format);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), e.getMessage(), e);
        }
    }

    /**
     * The format that {@value #VARIABLE} names; empty if it is not set.
     *
     * @throws IllegalArgumentException if there is no such format
     */
    static Optional<DatabaseFormat> ofEnvironment(Map<String, String> environment) {
        String label = environment.getOrDefault(VARIABLE, "");
        if (label.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(DatabaseFormat.of(label)
                .orElseThrow(() -> new IllegalArgumentException("environment variable " + VARIABLE + ": '" + label
                        + "' is not one of " + Arrays.toString(DatabaseFormat.values()))));
    }
}
