package io.cloudsqlite.emulators;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.shaded.org.eclipse.jetty.http.HttpHeader;
import org.gaul.shaded.org.eclipse.jetty.http.HttpMethod;
import org.gaul.shaded.org.eclipse.jetty.io.Content;
import org.gaul.shaded.org.eclipse.jetty.io.content.ByteBufferContentSource;
import org.gaul.shaded.org.eclipse.jetty.server.Handler;
import org.gaul.shaded.org.eclipse.jetty.server.Request;
import org.gaul.shaded.org.eclipse.jetty.server.Response;
import org.gaul.shaded.org.eclipse.jetty.util.Callback;

/**
 * Lets one request at a time change an object, so that looking at the condition and acting on it are one step.
 *
 * <p>A request's body is received before its turn comes: a client that sends slowly, or never ends, keeps nobody waiting.
 * Reads pass by; {@link WholeReads} takes care of them.
 */
final class OneRequestPerKey extends Handler.Wrapper {

    private static final byte[] NO_SUCH_KEY =
            "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"
                    .getBytes(StandardCharsets.UTF_8);

    private final BlobStore store;
    private final KeyLocks locks;

    OneRequestPerKey(Handler handler, BlobStore store, KeyLocks locks) {
        super(handler);
        this.store = store;
        this.locks = locks;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String[] path = request.getHttpURI().getDecodedPath().split("/", 3);
        boolean isRead = HttpMethod.GET.is(request.getMethod()) || HttpMethod.HEAD.is(request.getMethod());
        if (isRead || path.length < 3 || path[2].isEmpty()) {
            return super.handle(request, response, callback);
        }
        Request received = new ReceivedRequest(request);
        return locks.holding(path[1], path[2], () -> {
            if (isConditionalDelete(request) && !store.blobExists(path[1], path[2])) {
                // S3Proxy would answer 204 as if it had deleted something.
                response.setStatus(404);
                response.write(true, ByteBuffer.wrap(NO_SUCH_KEY), callback);
                return true;
            }
            return super.handle(received, response, callback);
        });
    }

    private static boolean isConditionalDelete(Request request) {
        return HttpMethod.DELETE.is(request.getMethod()) && request.getHeaders().contains(HttpHeader.IF_MATCH);
    }

    /** A request whose body has arrived. */
    private static final class ReceivedRequest extends Request.Wrapper {

        private final Content.Source body;

        ReceivedRequest(Request request) throws Exception {
            super(request);
            this.body = new ByteBufferContentSource(Content.Source.asByteBuffer(request));
        }

        @Override
        public Content.Chunk read() {
            return body.read();
        }

        @Override
        public void demand(Runnable demandCallback) {
            body.demand(demandCallback);
        }

        @Override
        public void fail(Throwable failure) {
            body.fail(failure);
        }
    }
}
