/**
 * Logging for a Lambda function, where it goes to standard output and CloudWatch wants a line of JSON an event. It takes the
 * place of a logging framework, which would cost a megabyte and a quarter of a second of each cold start.
 */
@NullMarked
package io.cloudsqlite.lambda.logging;

import org.jspecify.annotations.NullMarked;
