package io.cloudsqlite.lambda;

import io.cloudsqlite.aws.Emulators;
import io.cloudsqlite.http.HttpApiContractTest;
import io.cloudsqlite.http.HttpRequest;
import io.cloudsqlite.http.HttpResponse;
import io.cloudsqlite.lambda.FunctionProcess.PayloadFormat;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The API in the packaged function, over the emulators of S3 and DynamoDB, called through events. */
@ExtendWith(Emulators.Shared.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class HttpApiOverLambdaContract extends HttpApiContractTest {

    private final PayloadFormat format;
    private FunctionProcess function;

    HttpApiOverLambdaContract(PayloadFormat format) {
        this.format = format;
    }

    @BeforeAll
    void start(Emulators emulators, @TempDir Path directory) throws Exception {
        function = FunctionProcess.over(emulators, emulators.newBucket(), emulators.newLockTable())
                .start(directory);
    }

    @AfterAll
    void stop() throws Exception {
        function.close();
    }

    @Override
    protected HttpResponse send(HttpRequest request) throws Exception {
        return function.send(request, format, Duration.ofSeconds(29));
    }
}
