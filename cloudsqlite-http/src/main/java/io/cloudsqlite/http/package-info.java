/**
 * The HTTP API and a small server for it.
 *
 * <p>Start reading at {@link io.cloudsqlite.http.HttpApi}: it turns an {@link io.cloudsqlite.http.HttpRequest} into an
 * {@link io.cloudsqlite.http.HttpResponse} and knows nothing of how either travels. The body of {@code POST /sql} is read
 * by {@code SqlRequest} and answered by {@code SqlAnswer}, whose rows {@link io.cloudsqlite.http.JsonRowWriter} writes; what
 * goes wrong is one row of {@code ErrorCode}. The transports are {@link io.cloudsqlite.http.EmbeddedServer} here and the API
 * Gateway handler of the module {@code cloudsqlite-lambda}.
 */
@NullMarked
package io.cloudsqlite.http;

import org.jspecify.annotations.NullMarked;
