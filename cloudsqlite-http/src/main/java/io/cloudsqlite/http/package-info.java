/** The HTTP API, transport-neutral, and the embedded server. */
@NullMarked
package io.cloudsqlite.http;

import org.jspecify.annotations.NullMarked;
