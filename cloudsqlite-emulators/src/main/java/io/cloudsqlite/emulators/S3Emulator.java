package io.cloudsqlite.emulators;

import java.lang.reflect.Field;
import java.net.URI;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import org.gaul.shaded.org.eclipse.jetty.server.Server;

/**
 * S3Proxy over a store in memory, made atomic: {@code java -cp cloudsqlite-emulators.jar
 * io.cloudsqlite.emulators.S3Emulator [PORT]}.
 *
 * <p>Prints {@code READY port} and runs until its standard input ends. Clients use path style, the access key {@code
 * emulator} and the secret {@code emulator}; signatures are verified.
 *
 * <p>Of itself S3Proxy looks at a condition first and writes then, so that several racing writers win. Here {@link
 * OneRequestPerKey} makes each conditional request one step and {@link WholeReads} keeps reads whole. Still unlike S3: there
 * are no lifecycle rules and tags, and it never answers 409 ConditionalRequestConflict or SlowDown.
 */
public final class S3Emulator {

    private static final String ACCESS_KEY = "emulator";

    /** More than the threads of any test that races. */
    private static final int THREADS = 128;

    private S3Emulator() {}

    /** Starts the server. */
    public static void main(String[] arguments) throws Exception {
        KeyLocks locks = new KeyLocks();
        BlobStore store = new WholeReads(new TransientNio2BlobStore(), locks);
        S3Proxy proxy = S3Proxy.builder()
                .endpoint(URI.create("http://127.0.0.1:" + Launch.port(arguments)))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ACCESS_KEY, ACCESS_KEY)
                .ignoreUnknownHeaders(true)
                .jettyMaxThreads(THREADS)
                .blobStore(store)
                .build();
        Server server = jettyOf(proxy);
        server.setHandler(new OneRequestPerKey(server.getHandler(), store, locks));
        proxy.start();
        Launch.readyUntilInputEnds(proxy.getPort());
    }

    /** S3Proxy keeps its server to itself, and its store is not told the condition of a delete: only HTTP knows both. */
    private static Server jettyOf(S3Proxy proxy) throws ReflectiveOperationException {
        Field server = S3Proxy.class.getDeclaredField("server");
        server.setAccessible(true);
        return (Server) server.get(proxy);
    }
}
