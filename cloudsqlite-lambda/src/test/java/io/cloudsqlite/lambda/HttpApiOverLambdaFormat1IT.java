package io.cloudsqlite.lambda;

final class HttpApiOverLambdaFormat1IT extends HttpApiOverLambdaContract {

    HttpApiOverLambdaFormat1IT() {
        super(FunctionProcess.PayloadFormat.V1);
    }
}
