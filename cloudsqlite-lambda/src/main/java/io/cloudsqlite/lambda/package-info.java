/**
 * The HTTP API as an AWS Lambda function, behind an API Gateway or a function URL.
 *
 * <p>Start reading at {@link io.cloudsqlite.lambda.ApiGatewayHandler}. An event becomes a request in {@code GatewayEvent}, a
 * response becomes what Lambda wants in {@code GatewayAnswer}; everything between them is {@link io.cloudsqlite.http.HttpApi},
 * over the bucket and the table that {@code Backend} opens.
 */
@NullMarked
package io.cloudsqlite.lambda;

import org.jspecify.annotations.NullMarked;
