package io.cloudsqlite.cli;

import io.cloudsqlite.http.ApiLimits;
import io.cloudsqlite.http.EmbeddedServer;
import io.cloudsqlite.http.HttpApi;
import io.cloudsqlite.http.ServerLimits;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.sql.SqlLimits;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "serve",
        description = "Serve the HTTP API. Ctrl-C ends it, after the requests that are under way.",
        footer = {
            "",
            "Any number of servers may use one store at the same time.",
            "",
            "Examples:",
            "  cloudsqlite serve",
            "  cloudsqlite serve --port 0 --store memory:"
        })
final class ServeCommand implements Callable<Integer> {

    private static final int MAX_PORT = 65_535;

    private final Console console;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private StoreOptions options;

    // Less than other commands take: clients, and gateways in front of the server, give up after some 30 seconds.
    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "25",
            description = "How long each request may take, imports excepted. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    private Duration timeout;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8080",
            description = "The port to listen at; 0 for any that is free. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(
            names = "--host",
            paramLabel = "HOST",
            defaultValue = "127.0.0.1",
            description =
                    "The address to listen at. The API lets everybody in who reaches it. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    private String host;

    @Option(
            names = "--maintenance-interval",
            paramLabel = "SECONDS",
            defaultValue = "300",
            description = "How often the databases that are in use are maintained, in the background: see the command"
                    + " maintain. 0 for never. Default: ${DEFAULT-VALUE}.")
    private int maintenanceIntervalSeconds;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private CreationOptions creation;

    ServeCommand(Console console) {
        this.console = console;
    }

    /** Serves until the process is asked to end, or this thread is interrupted. */
    @Override
    public Integer call() throws IOException {
        if (port < 0 || port > MAX_PORT) {
            throw new ParameterException(spec.commandLine(), "--port must be 0 to " + MAX_PORT + ", not " + port);
        }
        if (maintenanceIntervalSeconds < 0) {
            throw new ParameterException(
                    spec.commandLine(), "--maintenance-interval must be 0 or above, not " + maintenanceIntervalSeconds);
        }
        InetAddress address = address();
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stopAndAwait(stop, stopped), "stop"));
        try (CloudSqlite cloud = options.open(SqlExecutor.guarded(SqlLimits.DEFAULT), timeout, this::configure);
                EmbeddedServer server = start(cloud)) {
            announce(address, server.port());
            stop.await();
        } catch (InterruptedException e) {
            // Asked to end; closing the server is all that there is to do.
        } finally {
            stopped.countDown();
        }
        return ExitCode.OK.number();
    }

    private void configure(CloudSqlite.Builder builder) {
        creation.applyTo(builder);
        builder.answersEarly(true);
        if (maintenanceIntervalSeconds > 0) {
            builder.maintenanceInterval(Duration.ofSeconds(maintenanceIntervalSeconds));
        }
    }

    /** Runs while the process ends. It must not wait for the main thread itself, which waits in turn for the process to end. */
    private static void stopAndAwait(CountDownLatch stop, CountDownLatch stopped) {
        stop.countDown();
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private InetAddress address() {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new CommandFailedException("there is no host '" + host + "' to listen at", e);
        }
    }

    private EmbeddedServer start(CloudSqlite cloud) throws IOException {
        HttpApi api = new HttpApi(cloud, ApiLimits.DEFAULT, VersionProvider.version(), TimeSource.system());
        try {
            return EmbeddedServer.start(api, host, port, ServerLimits.DEFAULT);
        } catch (BindException e) {
            throw new CommandFailedException(
                    "cannot listen at " + host + " port " + port + " (" + e.getMessage()
                            + "): choose another --port, or 0 for any that is free",
                    e);
        }
    }

    private void announce(InetAddress address, int boundPort) {
        String shown =
                address.isAnyLocalAddress() ? "localhost" : address instanceof Inet6Address ? "[" + host + "]" : host;
        String url = "http://" + shown + ":" + boundPort;
        PrintWriter out = console.out();
        out.println("CloudSQLite serves " + options.store() + " at " + url + " (Ctrl-C ends it). Try:");
        out.println();
        out.println("  curl -H 'Content-Type: application/json' -d '{\"sql_statement\": \"SELECT 1 as test;\"}' " + url
                + "/sql");
        out.println();
        out.flush();
        if (!address.isLoopbackAddress()) {
            console.err()
                    .println("cloudsqlite: warning: " + host
                            + " is not a loopback address, and the API lets everybody in who reaches it");
        }
    }
}
