package io.cloudsqlite.cli;

import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.sql.SqlExecutor;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that works on a store for its owner, and ends. */
abstract class StoreCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private StoreOptions options;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "How long each statement or transfer may take. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    private Duration timeout;

    StoreCommand(Console console) {
        this.console = console;
    }

    final Console console() {
        return console;
    }

    final StoreUrl store() {
        return options.store();
    }

    final Duration timeout() {
        return timeout;
    }

    /** The store, for SQL that its owner wrote. */
    final CloudSqlite open() {
        return open(builder -> {});
    }

    /** The same, with settings of its own. */
    final CloudSqlite open(Consumer<CloudSqlite.Builder> settings) {
        return options.open(SqlExecutor.trusted(), timeout, settings);
    }
}
