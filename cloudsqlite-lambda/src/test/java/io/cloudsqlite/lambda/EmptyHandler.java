package io.cloudsqlite.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Answers at once: what a function costs that does nothing. */
public final class EmptyHandler implements RequestStreamHandler {

    @Override
    public void handleRequest(InputStream in, OutputStream out, Context context) throws IOException {
        in.readAllBytes();
        out.write("{\"statusCode\":200,\"headers\":{},\"isBase64Encoded\":false,\"body\":\"{}\"}"
                .getBytes(StandardCharsets.UTF_8));
    }
}
