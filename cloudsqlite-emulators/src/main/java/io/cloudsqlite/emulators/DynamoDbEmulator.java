package io.cloudsqlite.emulators;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;

/**
 * DynamoDB Local, in memory: {@code java -cp cloudsqlite-emulators.jar io.cloudsqlite.emulators.DynamoDbEmulator [PORT]}.
 *
 * <p>Prints {@code READY port} and runs until its standard input ends. Its conditional writes are atomic. It deletes by TTL
 * late, as DynamoDB does, and never throttles or answers TransactionConflict.
 */
public final class DynamoDbEmulator {

    private DynamoDbEmulator() {}

    /** Starts the server. */
    public static void main(String[] arguments) throws Exception {
        // DynamoDB Local's own main class binds every address of the machine and reports its use to its makers.
        LocalDynamoDBRequestHandler inMemory = new LocalDynamoDBRequestHandler(0, true, null, true, false);
        Server server = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), Launch.port(arguments)));
        server.setHandler(new ContextHandler(new LocalDynamoDBServerHandler(inMemory, null), "/"));
        server.start();
        Launch.readyUntilInputEnds(((ServerConnector) server.getConnectors()[0]).getLocalPort());
    }
}
