package io.cloudsqlite.lambda;

final class HttpApiOverLambdaFormat2IT extends HttpApiOverLambdaContract {

    HttpApiOverLambdaFormat2IT() {
        super(FunctionProcess.PayloadFormat.V2);
    }
}
